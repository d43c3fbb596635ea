package mshv.tck.register;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.abi.PartitionProperty;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

@Conformance("register access")
class RegisterAccess {
	/** Bits of SYNTHETIC_PROC_FEATURES and of the processor features. */
	private static final int SYNIC = 4, SYNTHETIC_TIMERS = 5, ASSIST_PAGE = 6, HYPERCALLS = 7, REFERENCE_TSC = 9, TSC_ADJUST = 18,
		SPECULATION_CONTROL = 44;

	private final Hypervisor hypervisor;
	private Guest guest;
	private VirtualProcessor processor;

	RegisterAccess(Hypervisor hypervisor) {
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

	private void assertKept(Register register, long low, long high) {
		RegisterValue value = new RegisterValue(low, high);
		processor.setRegisters(Map.of(register, value));
		assertEquals(value, processor.getRegisters(List.of(register)).getFirst(), register::toString);
	}

	private void assertKept(Register register, long value) {
		assertKept(register, value, 0);
	}

	/** Each takes the value that it has. */
	private void assertTakeTheirOwn(Stream<Register> registers) {
		assertAll(registers.map(register -> () -> {
			RegisterValue value = processor.getRegisters(List.of(register)).getFirst();
			processor.setRegisters(Map.of(register, value));
			assertEquals(value, processor.getRegisters(List.of(register)).getFirst(), register::toString);
		}));
	}

	private static Stream<Register> range(Register first, Register last) {
		return Arrays.stream(Register.values()).filter(register -> register.code() >= first.code() && register.code() <= last.code());
	}

	private void assumeOffered(int property, int bit) {
		assumeTrue((guest.partition().getProperty(property) >>> bit & 1) != 0);
	}

	@Test
	void generalRegistersKeepAllBits() {
		range(Register.RAX, Register.R15).forEach(register -> assertKept(register, 0x8000_0000_0000_0001L + register.code()));
		assertKept(Register.RIP, 0x1000);
		assertKept(Register.RFLAGS, 0xCD7);
		assertKept(Register.RFLAGS, 2);
	}

	@Test
	void registersOfOneCallKeepTheirValuesApart() {
		Map<Register, RegisterValue> values = new LinkedHashMap<>();
		range(Register.RAX, Register.R15).forEach(register -> values.put(register, RegisterValue.of(register.code())));
		values.put(Register.XMM3, new RegisterValue(1, 2));
		processor.setRegisters(values);
		List<Register> names = List.copyOf(values.keySet()).reversed();
		assertEquals(names.stream().map(values::get).toList(), processor.getRegisters(names));
	}

	@Test
	void moreRegistersThanFitInOnePageAreAccessedByOneCall() {
		List<Register> many = IntStream.range(0, 1000).mapToObj(i -> i % 2 == 0 ? Register.SYSENTER_ESP : Register.XMM7).toList();
		processor.setRegisters(Map.of(Register.SYSENTER_ESP, RegisterValue.of(11), Register.XMM7, new RegisterValue(12, 13)));
		List<RegisterValue> values = processor.getRegisters(many);
		assertEquals(1000, values.size());
		assertEquals(RegisterValue.of(11), values.get(998));
		assertEquals(new RegisterValue(12, 13), values.get(999));
	}

	@Test
	void vectorRegistersKeepAllBits() {
		range(Register.XMM0, Register.XMM15).forEach(register -> assertKept(register, -2L - register.code(), ~0x0123_4567_89AB_CDEFL));
	}

	@Test
	void floatingPointRegistersKeepEightyBits() {
		range(Register.FP_MMX0, Register.FP_MMX7)
			.forEach(register -> assertKept(register, 0xC000_0000_0000_0000L + register.code(), 0x4001));
		assertKept(Register.FP_CONTROL_STATUS, 0x027FL | 0xFFL << 32);
	}

	@Test
	void theSseControlRegisterKeepsItsBits() {
		long mask = processor.getRegisters(List.of(Register.XMM_CONTROL_STATUS)).getFirst().high() >>> 32;
		assertEquals(0xFFBF, mask & 0xFFBF, "bits that may be set");
		assertKept(Register.XMM_CONTROL_STATUS, 0, mask << 32 | 0x1FA0);
	}

	@Test
	void segmentRegistersKeepBaseLimitSelectorAndAttributes() {
		for (Register register : List.of(Register.ES, Register.SS, Register.DS, Register.FS, Register.GS)) {
			RegisterValue value = RegisterValue.segment(0x12340, 0xFFFF, 0x1234, 0x93);
			assertKept(register, value.low(), value.high());
		}
		RegisterValue code = RegisterValue.segment(0xF0000, 0xFFFF, 0xF000, 0x9B);
		assertKept(Register.CS, code.low(), code.high());
		RegisterValue task = RegisterValue.segment(0x5000, 0x67, 0x18, 0x8B);
		assertKept(Register.TR, task.low(), task.high());
		RegisterValue local = RegisterValue.segment(0x6000, 0xFF, 0x20, 0x82);
		assertKept(Register.LDTR, local.low(), local.high());
	}

	@Test
	void descriptorTablesKeepBaseAndLimit() {
		for (Register register : List.of(Register.IDTR, Register.GDTR)) {
			RegisterValue value = RegisterValue.table(0xFFFF_8000_0000_1000L, 0x7FF);
			assertKept(register, value.low(), value.high());
		}
	}

	@Test
	void controlRegistersKeepValidValues() {
		assertKept(Register.CR0, 0x6000_0030L);
		assertKept(Register.CR2, 0xFFFF_FFFF_FFFF_F000L);
		assertKept(Register.CR3, 0x22000);
		assertKept(Register.CR4, 0x620);
		assertKept(Register.CR8, 9);
		assertKept(Register.INTERMEDIATE_CR0, 0x6000_0010L);
		assertKept(Register.INTERMEDIATE_CR3, 0x23000);
		assertKept(Register.INTERMEDIATE_CR4, 0x20);
		assertKept(Register.XFEM, 3);
	}

	@Test
	void intermediateControlRegistersAreThoseOfTheGuest() {
		processor.setRegister(Register.INTERMEDIATE_CR4, 0x20);
		assertEquals(0x20, processor.getRegister(Register.CR4));
		processor.setRegister(Register.CR3, 0x5000);
		assertEquals(0x5000, processor.getRegister(Register.INTERMEDIATE_CR3));
	}

	@Test
	void debugRegistersKeepValidValues() {
		for (Register register : List.of(Register.DR0, Register.DR1, Register.DR2, Register.DR3)) {
			assertKept(register, 0x1234_5000L + register.code());
		}
		assertKept(Register.DR6, 0xFFFF_0FF1L);
		assertKept(Register.DR7, 0x401);
	}

	@Test
	void modelSpecificRegistersKeepValidValues() {
		assertKept(Register.SYSENTER_CS, 1);
		assertKept(Register.SYSENTER_ESP, 2);
		for (Register register : List.of(Register.SYSENTER_EIP, Register.KERNEL_GS_BASE, Register.LSTAR, Register.CSTAR)) {
			assertKept(register, 0xFFFF_FFFF_8000_0000L + register.code());
		}
		assertKept(Register.STAR, 0x0023_0010_0000_0000L);
		assertKept(Register.SFMASK, 0x4_7700);
		assertKept(Register.PAT, 0x0606_0606_0606_0606L);
		assertKept(Register.EFER, 0x100);
		assertKept(Register.TSC_AUX, 7);
		assertKept(Register.MTRR_DEF_TYPE, 0xC06);
	}

	@Test
	void modelSpecificRegistersTakeTheValueThatTheyHave() {
		assertTakeTheirOwn(Stream.of(Register.EFER, Register.APIC_BASE, Register.MTRR_CAP, Register.MISC_ENABLE, Register.DEBUG_CTL));
		assertTakeTheirOwn(range(Register.MTRR_FIX64K_00000, Register.MTRR_FIX4K_F8000));
		int variable = (int) processor.getRegister(Register.MTRR_CAP) & 0xFF;
		assertTakeTheirOwn(range(Register.MTRR_PHYS_BASE0, Register.MTRR_PHYS_BASE7).limit(variable));
		assertTakeTheirOwn(range(Register.MTRR_PHYS_MASK0, Register.MTRR_PHYS_MASK7).limit(variable));
	}

	@Test
	void eventRegistersTakeTheValueThatTheyHave() {
		assertTakeTheirOwn(Stream.of(Register.PENDING_INTERRUPTION, Register.INTERRUPT_STATE, Register.INTERNAL_ACTIVITY_STATE,
			Register.PENDING_EVENT0, Register.PENDING_EVENT1, Register.PENDING_DEBUG_EXCEPTION));
	}

	@Test
	void hypercallRegistersTakeTheValueThatTheyHave() {
		assumeOffered(PartitionProperty.SYNTHETIC_PROC_FEATURES, HYPERCALLS);
		assertTakeTheirOwn(Stream.of(Register.GUEST_OS_ID, Register.HYPERCALL));
		assertKept(Register.GUEST_OS_ID, 0x8100_0000_0001_0000L);
	}

	@Test
	void theReferenceTscRegisterTakesTheValueThatItHas() {
		assumeOffered(PartitionProperty.SYNTHETIC_PROC_FEATURES, REFERENCE_TSC);
		assertTakeTheirOwn(Stream.of(Register.REFERENCE_TSC));
	}

	@Test
	void theAssistPageRegisterTakesTheValueThatItHas() {
		assumeOffered(PartitionProperty.SYNTHETIC_PROC_FEATURES, ASSIST_PAGE);
		assertTakeTheirOwn(Stream.of(Register.VP_ASSIST_PAGE));
	}

	@Test
	void synicRegistersTakeTheValueThatTheyHave() {
		assumeOffered(PartitionProperty.SYNTHETIC_PROC_FEATURES, SYNIC);
		assertTakeTheirOwn(range(Register.SINT0, Register.SCONTROL));
		assertTakeTheirOwn(Stream.of(Register.SIEFP, Register.SIMP));
	}

	@Test
	void syntheticTimersTakeTheValueThatTheyHave() {
		assumeOffered(PartitionProperty.SYNTHETIC_PROC_FEATURES, SYNTHETIC_TIMERS);
		assertTakeTheirOwn(range(Register.STIMER0_CONFIG, Register.STIMER3_COUNT));
	}

	@Test
	void theTscAdjustRegisterTakesTheValueThatItHas() {
		assumeOffered(PartitionProperty.PROCESSOR_FEATURES1, TSC_ADJUST);
		assertTakeTheirOwn(Stream.of(Register.TSC_ADJUST));
	}

	@Test
	void theSpeculationControlRegisterTakesTheValueThatItHas() {
		assumeOffered(PartitionProperty.PROCESSOR_FEATURES0, SPECULATION_CONTROL);
		assertTakeTheirOwn(Stream.of(Register.SPEC_CTRL));
	}

	@Test
	void deliverabilityNotificationsOfInterruptsThatAreNotThereAreRefused() {
		processor.setRegister(Register.DELIVERABILITY_NOTIFICATIONS, 0);
		processor.setRegister(Register.DELIVERABILITY_NOTIFICATIONS, 0);
		assertRefused(HvStatus.INVALID_PARAMETER, () -> processor.setRegister(Register.DELIVERABILITY_NOTIFICATIONS, 1));
	}

	@Test
	void aValueThatTheRegisterCannotHaveIsRefused() {
		assertAll(
			() -> assertRefused(HvStatus.INVALID_REGISTER_VALUE, () -> processor.setRegister(Register.CR8, 16)),
			() -> assertRefused(HvStatus.INVALID_REGISTER_VALUE, () -> processor.setRegister(Register.EFER, 1L << 62)),
			() -> assertRefused(HvStatus.INVALID_REGISTER_VALUE, () -> processor.setRegister(Register.PAT, 2)),
			() -> assertRefused(HvStatus.INVALID_REGISTER_VALUE, () -> processor.setRegister(Register.XFEM, 0)));
	}

	@Test
	void noRegistersAtAllAreRefused() {
		assertThrows(HypervisorException.class, () -> processor.getRegisters(List.of()));
		assertThrows(HypervisorException.class, () -> processor.setRegisters(Map.of()));
	}

	@Test
	void aRunningProcessorsRegistersAreThoseOfAnInstructionBoundary() {
		// RAX and RBX are equal but for the moment between the two instructions, RIP says which
		GuestCode code = GuestCode.forLongMode();
		code.raw(0x48, 0xFF, 0xC0).raw(0x48, 0xFF, 0xC3).jump(0);
		try (Guest other = Guest.inLongMode(hypervisor, code)) {
			Future<Intercept> run = other.start();
			Guest.await("the guest counts", () -> other.processor().getRegister(Register.RAX) > 1000);
			for (int i = 0; i < 100; i++) {
				List<RegisterValue> values = other.processor().getRegisters(List.of(Register.RAX, Register.RBX, Register.RIP));
				long expected = values.get(2).low() == Guest.CODE + 3 ? 1 : 0;
				assertEquals(expected, values.get(0).low() - values.get(1).low(), values::toString);
			}
			other.processor().interrupt();
			Guest.join(run);
		}
	}

	@Test
	void aWriteToARunningProcessorTakesEffect() {
		// CMP RAX, 0; JE; OUT
		GuestCode code = GuestCode.forLongMode().raw(0x48, 0x83, 0xF8, 0x00, 0x74, 0xFA).out(1);
		try (Guest other = Guest.inLongMode(hypervisor, code)) {
			Future<Intercept> run = other.start();
			other.processor().setRegister(Register.RAX, 42);
			assertEquals(42, ((Intercept.IoPort) Guest.join(run)).rax());
		}
	}

	/** What a client does that saves and restores all that it knows of. */
	@Test
	void everyRegisterCanBeReadAndTakesTheValueThatItHas() {
		Set<Register> moving = EnumSet.of(Register.TSC, Register.TIME_REF_COUNT, Register.VP_RUNTIME, Register.DELIVERABILITY_NOTIFICATIONS);
		assertAll(Arrays.stream(Register.values()).map(register -> () -> {
			RegisterValue value = processor.getRegisters(List.of(register)).getFirst();
			if (!moving.contains(register)) {
				processor.setRegisters(Map.of(register, value));
				assertEquals(value, processor.getRegisters(List.of(register)).getFirst(), register::toString);
			}
		}));
	}
}
