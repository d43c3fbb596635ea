package mshv.api.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;

class HypercallWordsTest {
	@Test
	void aRepetitionCallHasCountAndStart() {
		long control = HypercallControl.repetitions(CallCode.MAP_GPA_PAGES, 509, 100);
		assertEquals(0x0064_01FD_0000_004BL, control);
		assertEquals(CallCode.MAP_GPA_PAGES, HypercallControl.code(control));
		assertEquals(509, HypercallControl.count(control));
		assertEquals(100, HypercallControl.start(control));
	}

	@Test
	void theHighestCountAndStartFit() {
		long control = HypercallControl.repetitions(0xFFFF, HypercallControl.MAX_REPETITIONS, HypercallControl.MAX_REPETITIONS);
		assertEquals(4095, HypercallControl.count(control));
		assertEquals(4095, HypercallControl.start(control));
		assertEquals(0, control & HypercallControl.RESERVED);
	}

	@Test
	void theVariableHeaderIsInUnitsOfEightBytes() {
		long control = HypercallControl.simple(CallCode.SET_VP_STATE, 200);
		assertEquals(CallCode.SET_VP_STATE | 25L << 17, control);
		assertEquals(200, HypercallControl.variableHeader(control));
		assertEquals(4088, HypercallControl.variableHeader(HypercallControl.simple(0, 4088)));
	}

	@Test
	void aFastCallSaysSo() {
		assertEquals(0x10041, HypercallControl.fast(CallCode.INITIALIZE_PARTITION));
		assertTrue(HypercallControl.isFast(0x10041));
		assertFalse(HypercallControl.isFast(HypercallControl.simple(CallCode.INITIALIZE_PARTITION, 4088)));
	}

	@Test
	void aResultHasStatusAndCompletedRepetitions() {
		long result = HypercallResult.of(HvStatus.INSUFFICIENT_MEMORY, 300);
		assertEquals(0x0000_012C_0000_000BL, result);
		assertEquals(0x0B, HypercallResult.status(result));
		assertEquals(300, HypercallResult.completed(result));
		assertEquals(0, HypercallResult.of(HvStatus.SUCCESS));
	}
}
