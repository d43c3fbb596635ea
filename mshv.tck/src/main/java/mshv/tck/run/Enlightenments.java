package mshv.tck.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.abi.PartitionProperty;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

/** What the guest sees of the processor and of the hypervisor: CPUID, MSRs, time. */
@Rule(Section.GUEST_INTERFACE)
@Conformance("guest interface")
class Enlightenments {
	private static final int GENERAL_PROTECTION = 13;
	/** HV_INTERCEPT_TYPE. */
	private static final int MSR_INTERCEPT = 1, CPUID_INTERCEPT = 2;
	/** HV_INTERCEPT_ACCESS_MASK. */
	private static final int READ_WRITE = 3, EXECUTE = 4;
	private static final int UNKNOWN_MSR = 0x2FFF_FFFF;

	private final Hypervisor hypervisor;

	Enlightenments(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** @return RAX, RBX, RCX and RDX after CPUID in a guest */
	private int[] cpuid(int leaf) {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().movEcx(0).movEax(leaf).cpuid().out(1))) {
			guest.run(Intercept.IoPort.class);
			return guest.processor().getRegisters(List.of(Register.RAX, Register.RBX, Register.RCX, Register.RDX)).stream()
				.mapToInt(value -> (int) value.low()).toArray();
		}
	}

	@Test
	void theHypervisorIsMicrosofts() {
		assertTrue(cpuid(1)[2] < 0, "bit 31: a hypervisor is present");
		int[] leaf = cpuid(0x4000_0000);
		assertEquals("Microsoft Hv", text(leaf[1]) + text(leaf[2]) + text(leaf[3]));
		assertTrue(leaf[0] >= 0x4000_0005, "highest leaf");
		assertEquals("Hv#1", text(cpuid(0x4000_0001)[0]));
	}

	private static String text(int register) {
		return new String(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(register).array(), StandardCharsets.US_ASCII);
	}

	@Test
	void theProcessorHasLongModeAndANumberOfLeaves() {
		assertTrue(cpuid(0)[0] >= 1);
		assertNotEquals(0, cpuid(0x8000_0001)[3] & 1 << 29, "long mode");
	}

	@Test
	void theSignatureIsTheOneOfTheResetState() {
		int signature = cpuid(1)[0];
		try (Guest guest = Guest.afterReset(hypervisor)) {
			assertEquals(signature, (int) guest.processor().getRegister(Register.RDX));
		}
	}

	@Test
	void anInterceptedLeafIsAnsweredByTheVmm() {
		GuestCode code = GuestCode.forLongMode().movEax(0x4000_0000).movEcx(3).cpuid().out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.partition().installIntercept(EXECUTE, CPUID_INTERCEPT, 0x4000_0000);
			Intercept.Cpuid query = guest.run(Intercept.Cpuid.class);
			assertEquals(0x4000_0000, query.rax());
			assertEquals(3, query.rcx());
			assertEquals(0x7263_694D, query.defaultRbx(), "Micr");
			assertEquals(2, query.header().instructionLength());
			guest.processor().setRegister(Register.RAX, 77);
			guest.skip(query.header());
			assertEquals(77, guest.runToPort().rax());
		}
	}

	@Test
	void aLeafIsNoLongerInterceptedWhenTheInterceptIsRemoved() {
		GuestCode code = GuestCode.forLongMode().movEax(1).cpuid().out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.partition().installIntercept(EXECUTE, CPUID_INTERCEPT, 1);
			guest.partition().installIntercept(0, CPUID_INTERCEPT, 1);
			guest.run(Intercept.IoPort.class);
		}
	}

	private static GuestCode readMsr(int index) {
		return GuestCode.forLongMode().movEax(-1).movEdx(-1).movEcx(index).rdmsr().out(4);
	}

	@Test
	void anUnknownMsrRaisesAFault() {
		try (Guest guest = Guest.inLongMode(hypervisor, readMsr(UNKNOWN_MSR))) {
			guest.partition().setProperty(PartitionProperty.UNIMPLEMENTED_MSR_ACTION, 0);
			guest.longMode().handle(GENERAL_PROTECTION, GuestCode.forLongMode().movEax(GENERAL_PROTECTION).out(1));
			assertEquals(GENERAL_PROTECTION, guest.runToPort().rax());
		}
	}

	@Test
	void anUnknownMsrReadsAsZeroIfThePartitionWantsIt() {
		try (Guest guest = Guest.inLongMode(hypervisor, readMsr(UNKNOWN_MSR))) {
			guest.partition().setProperty(PartitionProperty.UNIMPLEMENTED_MSR_ACTION, 1);
			assertEquals(0, guest.runToPort().rax());
			assertEquals(0, guest.processor().getRegister(Register.RDX));
		}
	}

	@Test
	void anUnknownMsrIgnoresWritesIfThePartitionWantsIt() {
		GuestCode code = GuestCode.forLongMode().movEcx(UNKNOWN_MSR).movEax(1).wrmsr().movAl(2).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.partition().setProperty(PartitionProperty.UNIMPLEMENTED_MSR_ACTION, 1);
			assertEquals(2, guest.runToPort().rax());
		}
	}

	@Test
	void anMsrThatTheHostWroteIsReadByTheGuest() {
		try (Guest guest = Guest.inLongMode(hypervisor, readMsr(0x175))) {
			guest.processor().setRegister(Register.SYSENTER_ESP, 0x1_2345_6789L);
			assertEquals(0x2345_6789, guest.runToPort().rax());
			assertEquals(1, guest.processor().getRegister(Register.RDX));
		}
	}

	@Test
	void anInterceptedMsrIsAnsweredByTheVmm() {
		try (Guest guest = Guest.inLongMode(hypervisor, readMsr(UNKNOWN_MSR))) {
			guest.partition().installIntercept(READ_WRITE, MSR_INTERCEPT, UNKNOWN_MSR);
			Intercept.Msr access = guest.run(Intercept.Msr.class);
			assertEquals(UNKNOWN_MSR, access.msr());
			assertEquals(0, access.header().access());
			guest.processor().setRegisters(Map.of(Register.RAX, RegisterValue.of(6), Register.RDX, RegisterValue.of(0)));
			guest.skip(access.header());
			assertEquals(6, guest.runToPort().rax());
		}
	}

	@Test
	void aGuestReadsItsProcessorIndex() {
		try (Guest guest = Guest.inLongMode(hypervisor, readMsr(0x4000_0002))) {
			assertEquals(0, guest.runToPort().rax());
		}
	}

	@Test
	void theTimeStampCounterAdvances() {
		GuestCode code = GuestCode.forLongMode();
		// RDTSC; SHL RDX, 32; OR RAX, RDX
		code.rdtsc().raw(0x48, 0xC1, 0xE2, 32, 0x48, 0x09, 0xD0).out(4).jump(0);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			long before = guest.runToPort().rax();
			for (int i = 0; i < 100; i++) {
				long now = guest.runToPort().rax();
				assertTrue(now > before, before + " then " + now);
				before = now;
			}
		}
	}

	@Test
	void theTimeStampCounterGoesOnFromWhatTheHostSet() {
		GuestCode code = GuestCode.forLongMode().rdtsc().raw(0x48, 0xC1, 0xE2, 32, 0x48, 0x09, 0xD0).out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.processor().setRegister(Register.TSC, 1L << 60);
			long now = guest.runToPort().rax();
			assertTrue(now > 1L << 60 && now < (1L << 60) + (1L << 50), () -> Long.toHexString(now));
		}
	}

	@Test
	void referenceTimeOfTheGuestIsThatOfThePartition() {
		GuestCode code = GuestCode.forLongMode().movEcx(0x4000_0020).rdmsr().raw(0x48, 0xC1, 0xE2, 32, 0x48, 0x09, 0xD0).out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			long before = guest.partition().getProperty(PartitionProperty.REFERENCE_TIME);
			long seen = guest.runToPort().rax();
			long after = guest.partition().getProperty(PartitionProperty.REFERENCE_TIME);
			assertTrue(before <= seen && seen <= after, () -> before + ", " + seen + ", " + after);
		}
	}
}
