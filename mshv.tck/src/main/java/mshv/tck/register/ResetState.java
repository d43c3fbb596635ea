package mshv.tck.register;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.tck.Conformance;
import mshv.tck.Guest;

/** The state after RESET: Intel SDM vol. 3, table 11-1. */
@Conformance("reset state")
class ResetState {
	private final Hypervisor hypervisor;
	private Guest guest;
	private VirtualProcessor processor;

	ResetState(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@BeforeEach
	void create() {
		guest = Guest.afterReset(hypervisor);
		processor = guest.processor();
	}

	@AfterEach
	void close() {
		guest.close();
	}

	private void assertHas(long value, Register register) {
		assertEquals(Long.toHexString(value), Long.toHexString(processor.getRegister(register)), register::toString);
	}

	@Test
	void executionStartsSixteenBytesBelowFourGib() {
		RegisterValue cs = processor.getRegisters(List.of(Register.CS)).getFirst();
		assertEquals(0xF000, cs.segmentSelector());
		assertEquals(0xFFFF_0000L, cs.segmentBase());
		assertEquals(0xFFFF, cs.segmentLimit());
		assertHas(0xFFF0, Register.RIP);
		assertHas(2, Register.RFLAGS);
	}

	@Test
	void edxHasTheProcessorSignatureAndTheOtherGeneralRegistersAreZero() {
		assertNotEquals(0, processor.getRegister(Register.RDX));
		assertAll(List.of(Register.RAX, Register.RBX, Register.RCX, Register.RSI, Register.RDI, Register.RBP, Register.RSP, Register.R8,
			Register.R15).stream().map(register -> () -> assertHas(0, register)));
	}

	@Test
	void dataSegmentsStartAtZero() {
		for (Register register : List.of(Register.DS, Register.ES, Register.SS, Register.FS, Register.GS)) {
			RegisterValue segment = processor.getRegisters(List.of(register)).getFirst();
			assertEquals(0, segment.segmentSelector(), register::toString);
			assertEquals(0, segment.segmentBase(), register::toString);
			assertEquals(0xFFFF, segment.segmentLimit(), register::toString);
			assertEquals(0x93, segment.segmentAttributes() & 0xFF, register::toString);
		}
	}

	@Test
	void descriptorTablesStartAtZero() {
		for (Register register : List.of(Register.IDTR, Register.GDTR)) {
			RegisterValue table = processor.getRegisters(List.of(register)).getFirst();
			assertEquals(0, table.tableBase(), register::toString);
			assertEquals(0xFFFF, table.tableLimit(), register::toString);
		}
	}

	@Test
	void pagingIsOffAndCachesAreDisabled() {
		assertHas(0x6000_0010L, Register.CR0);
		assertHas(0, Register.CR2);
		assertHas(0, Register.CR3);
		assertHas(0, Register.CR4);
		assertHas(0, Register.CR8);
		assertHas(0, Register.EFER);
		assertHas(1, Register.XFEM);
	}

	@Test
	void debugRegistersHaveNoBreakpoints() {
		assertHas(0, Register.DR0);
		assertHas(0xFFFF_0FF0L, Register.DR6);
		assertHas(0x400, Register.DR7);
	}

	@Test
	void theFirstProcessorIsTheBootProcessor() {
		assertHas(0xFEE0_0900L, Register.APIC_BASE);
		assertHas(0, Register.INTERNAL_ACTIVITY_STATE);
	}

	@Test
	void theOthersWaitForStartUp() {
		VirtualProcessor other = guest.partition().createVirtualProcessor(1);
		assertEquals(0xFEE0_0800L, other.getRegister(Register.APIC_BASE));
		assertEquals(1, other.getRegister(Register.INTERNAL_ACTIVITY_STATE) & 1);
	}

	@Test
	void memoryTypesAreThoseOfThePowerUp() {
		assertHas(0x0007_0406_0007_0406L, Register.PAT);
		assertEquals(0, processor.getRegister(Register.MTRR_DEF_TYPE) & 0x800);
	}

	@Test
	void sseExceptionsAreMasked() {
		assertEquals(0x1F80, processor.getRegisters(List.of(Register.XMM_CONTROL_STATUS)).getFirst().high() & 0xFFFF_FFFFL);
	}

	@Test
	void nothingIsPending() {
		assertHas(0, Register.PENDING_INTERRUPTION);
		assertHas(0, Register.INTERRUPT_STATE);
		assertHas(0, Register.PENDING_EVENT0);
		assertHas(0, Register.PENDING_EVENT1);
	}

	@Test
	void aNewProcessorIsSuspendedExplicitlyButByNoIntercept() {
		assertHas(1, Register.EXPLICIT_SUSPEND);
		assertHas(0, Register.INTERCEPT_SUSPEND);
	}
}
