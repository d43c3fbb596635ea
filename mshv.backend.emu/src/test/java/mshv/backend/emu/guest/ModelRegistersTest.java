package mshv.backend.emu.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ModelRegistersTest {
	private final ModelRegisters registers = new ModelRegisters(ProcessorFeatures.without(0, 0, true, true));

	@Test
	void memoryTypesAreKeptButReservedOnesRefused() {
		assertEquals(0x508, registers.read(0xFE));
		assertFalse(registers.write(0xFE, 0x508));
		assertTrue(registers.write(0x2FF, 0xC06));
		assertEquals(0xC06, registers.read(0x2FF));
		assertFalse(registers.write(0x2FF, 2));
		assertFalse(registers.write(0x2FF, 0x1006));
		assertTrue(registers.write(0x200, 0x80000006L));
		assertTrue(registers.write(0x201, 0xFF80000800L));
		assertEquals(0xFF80000800L, registers.read(0x201));
		assertFalse(registers.write(0x200, 0x80000106L), "reserved bit");
		assertFalse(registers.write(0x201, 1L << 40), "beyond physical addresses");
		assertTrue(registers.write(0x268, 0x0606060606060606L));
		assertFalse(registers.write(0x268, 0x0606060606060306L));
		assertFalse(registers.has(0x210));
		assertFalse(registers.has(0x251));
	}

	@Test
	void theProcessorSuffersFromNoSpeculation() {
		long capabilities = registers.read(0x10A);
		assertEquals(1, capabilities & 1, "RDCL_NO");
		assertEquals(1 << 5, capabilities & 1 << 5, "MDS_NO");
		assertEquals(0, capabilities & 1 << 1, "IBRS_ALL needs SPEC_CTRL, which there is not");
		assertFalse(registers.write(0x10A, capabilities));
		ModelRegisters other = new ModelRegisters(ProcessorFeatures.without(ProcessorFeatures.RDCL_NO, 0, true, true));
		assertEquals(0, other.read(0x10A) & 1);
	}

	@Test
	void readOnlyBitsStay() {
		assertEquals(0x1801, registers.read(ModelRegisters.MISC_ENABLE));
		assertTrue(registers.write(ModelRegisters.MISC_ENABLE, 0));
		assertEquals(0x1800, registers.read(ModelRegisters.MISC_ENABLE));
		assertFalse(registers.write(ModelRegisters.MISC_ENABLE, 1L << 35));
		assertTrue(registers.write(ModelRegisters.MISC_ENABLE, 1L << 34 | 1 << 22));
		assertTrue(registers.limitsCpuid());
		assertTrue(registers.hidesExecuteDisable());
		assertFalse(registers.write(ModelRegisters.DEBUG_CONTROL, 1));
	}
}
