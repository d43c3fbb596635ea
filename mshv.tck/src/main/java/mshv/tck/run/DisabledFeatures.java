package mshv.tck.run;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;

import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.LongMode;

/** Processor features that a partition is created without: not only CPUID lacks them. */
@Conformance("disabled features")
class DisabledFeatures {
	/** Features of bank 0. */
	private static final int LAHF_SAHF = 1, PAGE_1GB = 15, RDWRFSGS = 22, SMEP = 23, SMAP = 35, RDTSCP = 38, UMIP = 58;
	private static final int CR4_UMIP = 11, CR4_FSGSBASE = 16, CR4_SMEP = 20, CR4_SMAP = 21;
	private static final int INVALID_OPCODE = 6, GENERAL_PROTECTION = 13, PAGE_FAULT = 14;
	private static final int TSC_AUX = 0xC000_0103;
	private static final int RESERVED_BIT = 1 << 3;
	private static final int LARGE = 0x80;

	private final Hypervisor hypervisor;

	DisabledFeatures(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private Guest without(int feature, GuestCode code) {
		Guest guest = Guest.inLongMode(hypervisor, new PartitionConfig(
			Set.of(PartitionConfig.Flag.LAPIC, PartitionConfig.Flag.X2APIC, PartitionConfig.Flag.CPU_AND_XSAVE_FEATURES), 1L << feature, 0, 0),
			code);
		for (int vector : new int[] {INVALID_OPCODE, GENERAL_PROTECTION, PAGE_FAULT}) {
			// POP RBX: an error code, or the address
			guest.longMode().handle(vector, GuestCode.forLongMode().raw(0x5B).movAl(vector).out(1));
		}
		return guest;
	}

	private void assertRaises(int vector, int feature, GuestCode code) {
		try (Guest guest = without(feature, code.movAl(0).out(1))) {
			assertEquals(vector, guest.runToPort().rax() & 0xFF);
		}
	}

	private void assertBitIsMissing(int feature, int bit) {
		// MOV RAX, CR4; BTS EAX, bit; MOV CR4, RAX
		assertRaises(GENERAL_PROTECTION, feature,
			GuestCode.forLongMode().raw(0x0F, 0x20, 0xE0, 0x0F, 0xBA, 0xE8, bit, 0x0F, 0x22, 0xE0));
		try (Guest guest = without(feature, GuestCode.forLongMode().hlt())) {
			long before = guest.processor().getRegister(Register.CR4);
			assertRefused(HvStatus.INVALID_REGISTER_VALUE, () -> guest.processor().setRegister(Register.CR4, before | 1L << bit));
			assertEquals(before, guest.processor().getRegister(Register.CR4));
		}
	}

	@Test
	void bitsOfTheControlRegisterCannotBeSet() {
		assertBitIsMissing(RDWRFSGS, CR4_FSGSBASE);
		assertBitIsMissing(SMEP, CR4_SMEP);
		assertBitIsMissing(SMAP, CR4_SMAP);
		assertBitIsMissing(UMIP, CR4_UMIP);
	}

	@Test
	void instructionsAreInvalid() {
		// LAHF, SAHF, RDTSCP, CLAC, STAC, RDFSBASE EAX
		assertRaises(INVALID_OPCODE, LAHF_SAHF, GuestCode.forLongMode().raw(0x9F));
		assertRaises(INVALID_OPCODE, LAHF_SAHF, GuestCode.forLongMode().raw(0x9E));
		assertRaises(INVALID_OPCODE, RDTSCP, GuestCode.forLongMode().raw(0x0F, 0x01, 0xF9));
		assertRaises(INVALID_OPCODE, SMAP, GuestCode.forLongMode().raw(0x0F, 0x01, 0xCA));
		assertRaises(INVALID_OPCODE, SMAP, GuestCode.forLongMode().raw(0x0F, 0x01, 0xCB));
		assertRaises(INVALID_OPCODE, RDWRFSGS, GuestCode.forLongMode().raw(0xF3, 0x0F, 0xAE, 0xC0));
	}

	@Test
	void theRegisterOfAnInstructionGoesWithIt() {
		assertRaises(GENERAL_PROTECTION, RDTSCP, GuestCode.forLongMode().movEcx(TSC_AUX).rdmsr());
		assertRaises(GENERAL_PROTECTION, RDTSCP, GuestCode.forLongMode().movEcx(TSC_AUX).wrmsr());
		try (Guest guest = without(RDTSCP, GuestCode.forLongMode().hlt())) {
			assertRefused(HvStatus.INVALID_REGISTER_VALUE, () -> guest.processor().setRegister(Register.TSC_AUX, 1));
		}
	}

	@Test
	void pagesOfAGibibyteHaveAReservedBit() {
		GuestCode code = GuestCode.forLongMode().movRdi(LongMode.HUGE).loadEax();
		try (Guest guest = without(PAGE_1GB, code)) {
			guest.longMode().mapHuge(LongMode.PRESENT | LARGE);
			assertEquals(PAGE_FAULT, guest.runToPort().rax() & 0xFF);
			assertEquals(RESERVED_BIT | 1, guest.processor().getRegister(Register.RBX));
		}
	}

	@Test
	void withoutXsaveThereIsOnlyTheStateOfTheFloatingPointUnit() {
		PartitionConfig config = new PartitionConfig(Set.of(PartitionConfig.Flag.LAPIC, PartitionConfig.Flag.CPU_AND_XSAVE_FEATURES), 0, 0, 1);
		// XSETBV
		try (Guest guest = Guest.inLongMode(hypervisor, config, GuestCode.forLongMode().raw(0x0F, 0x01, 0xD1))) {
			guest.longMode().handle(INVALID_OPCODE, GuestCode.forLongMode().movAl(INVALID_OPCODE).out(1));
			assertEquals(INVALID_OPCODE, guest.runToPort().rax() & 0xFF);
			guest.processor().setRegister(Register.XFEM, 1);
			assertRefused(HvStatus.INVALID_REGISTER_VALUE, () -> guest.processor().setRegister(Register.XFEM, 3));
		}
	}
}
