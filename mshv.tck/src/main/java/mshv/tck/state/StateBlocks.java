package mshv.tck.state;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.abi.PartitionProperty;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

@Conformance("state blocks")
class StateBlocks {
	/** Offsets in the state of a local APIC, and in an XSAVE area. */
	private static final int APIC_ID = 0, SPURIOUS_VECTOR = 16, CONTROL_WORD = 0, MXCSR = 24, XMM0 = 160;
	private static final long APIC_SPURIOUS_VECTOR = 0xFEE0_00F0L;

	private final Hypervisor hypervisor;
	private Guest guest;
	private VirtualProcessor processor;

	StateBlocks(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@BeforeEach
	void create() {
		guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().movRdi(APIC_SPURIOUS_VECTOR).store(0x1FF).out(1).loadEax().out(4));
		processor = guest.processor();
	}

	@AfterEach
	void close() {
		guest.close();
	}

	@ParameterizedTest
	@EnumSource
	void aBlockReadsAsItWasWritten(VpState state) {
		byte[] block = processor.getState(state);
		processor.setState(state, block);
		assertArrayEquals(block, processor.getState(state));
	}

	@Test
	void theApicBlockHasTheStateOfTheApic() {
		guest.runToPort();
		MemorySegment block = MemorySegment.ofArray(processor.getState(VpState.LAPIC));
		assertEquals(4096, block.byteSize());
		assertEquals(0, block.get(JAVA_INT_UNALIGNED, APIC_ID));
		assertEquals(0x1FF, block.get(JAVA_INT_UNALIGNED, SPURIOUS_VECTOR));
	}

	@Test
	void theApicHasTheStateOfTheBlockThatWasWritten() {
		guest.runToPort();
		byte[] bytes = processor.getState(VpState.LAPIC);
		MemorySegment.ofArray(bytes).set(JAVA_INT_UNALIGNED, SPURIOUS_VECTOR, 0x1EE);
		processor.setState(VpState.LAPIC, bytes);
		assertEquals(0x1EE, guest.runToPort().rax());
	}

	@Test
	void theXsaveBlockHasTheRegisters() {
		processor.setRegisters(Map.of(Register.XMM0, new RegisterValue(11, 12)));
		MemorySegment block = MemorySegment.ofArray(processor.getState(VpState.XSAVE));
		assertEquals(guest.partition().getProperty(PartitionProperty.MAX_XSAVE_DATA_SIZE), block.byteSize());
		assertEquals(11, block.get(JAVA_LONG_UNALIGNED, XMM0));
		assertEquals(12, block.get(JAVA_LONG_UNALIGNED, XMM0 + 8));
		assertEquals(0x1F80, block.get(JAVA_INT_UNALIGNED, MXCSR));
		assertEquals((short) processor.getRegister(Register.FP_CONTROL_STATUS), (short) block.get(JAVA_INT_UNALIGNED, CONTROL_WORD));
	}

	@Test
	void theXsaveBlockRestoresTheRegisters() {
		RegisterValue before = new RegisterValue(11, 12);
		RegisterValue number = new RegisterValue(0x8000_0000_0000_0000L, 0x3FFF);
		processor.setRegisters(Map.of(Register.XMM15, before, Register.FP_MMX2, number));
		byte[] block = processor.getState(VpState.XSAVE);
		processor.setRegisters(Map.of(Register.XMM15, RegisterValue.of(0), Register.FP_MMX2, RegisterValue.of(0)));
		processor.setState(VpState.XSAVE, block);
		assertEquals(List.of(before, number), processor.getRegisters(List.of(Register.XMM15, Register.FP_MMX2)));
	}

	@Test
	void anXsaveBlockThatIsNoneIsRefusedAndChangesNothing() {
		processor.setRegisters(Map.of(Register.XMM0, new RegisterValue(11, 12)));
		byte[] block = processor.getState(VpState.XSAVE);
		// Reserved bits of MXCSR
		MemorySegment.ofArray(block).set(JAVA_INT_UNALIGNED, MXCSR, -1);
		assertThrows(HypervisorException.class, () -> processor.setState(VpState.XSAVE, block));
		assertEquals(new RegisterValue(11, 12), processor.getRegisters(List.of(Register.XMM0)).getFirst());
	}

	@Test
	void aBlockOfAnotherSizeIsRefused() {
		assertThrows(HypervisorException.class, () -> processor.setState(VpState.LAPIC, new byte[100]));
		assertThrows(HypervisorException.class, () -> processor.setState(VpState.XSAVE, new byte[0]));
	}

	@Test
	void theApicBlockOfOneProcessorGoesToAnother() {
		guest.runToPort();
		byte[] block = processor.getState(VpState.LAPIC);
		try (Guest copy = Guest.afterReset(hypervisor)) {
			copy.processor().setState(VpState.LAPIC, block);
			assertArrayEquals(block, copy.processor().getState(VpState.LAPIC));
		}
		assertTrue(MemorySegment.ofArray(block).get(JAVA_INT_UNALIGNED, SPURIOUS_VECTOR) != 0);
	}
}
