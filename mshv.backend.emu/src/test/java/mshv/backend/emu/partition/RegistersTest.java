package mshv.backend.emu.partition;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VpState;
import mshv.api.abi.CallCode;
import mshv.api.abi.CreateVpInput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.RegisterPage;
import mshv.api.abi.StatsPageInput;
import mshv.api.abi.VpRegistersInput;
import mshv.api.abi.VpStateInput;
import mshv.backend.emu.Root;

class RegistersTest {
	private final Root root = new Root();
	private final long partition = root.partition(Root.STANDARD);

	@AfterEach
	void close() {
		root.close();
	}

	private HvStatus set(Register register, long low, long high) {
		return root.trySet(partition, 0, register.code(), low, high);
	}

	private void roundTrip(Register register, long low, long high) {
		assertEquals(HvStatus.SUCCESS, set(register, low, high), register::name);
		assertEquals(new RegisterValue(low, high), root.get(partition, 0, register.code()), register::name);
	}

	@Test
	void aFreshProcessorIsSuspendedInTheStateAfterReset() {
		root.simple(CallCode.CREATE_VP, new CreateVpInput(partition, 0, 0, 0, 0, 0)::encode);
		assertEquals(1, root.get(partition, 0, Register.EXPLICIT_SUSPEND));
		assertEquals(0, root.get(partition, 0, Register.INTERCEPT_SUSPEND));
		RegisterValue cs = root.get(partition, 0, Register.CS.code());
		assertEquals(0xFFFF0000L, cs.segmentBase());
		assertEquals(0xF000, cs.segmentSelector());
		assertEquals(0xFFF0, root.get(partition, 0, Register.RIP));
		assertEquals(0x60000010L, root.get(partition, 0, Register.CR0));
		assertEquals(0xFEE00900L, root.get(partition, 0, Register.APIC_BASE));
		MemorySegment page = root.statePage(partition, 0, 0);
		assertEquals(1, page.get(JAVA_SHORT, RegisterPage.VERSION));
		assertEquals(1, page.get(JAVA_BYTE, RegisterPage.IS_VALID));
		assertEquals(0, page.get(JAVA_INT, RegisterPage.DIRTY));
	}

	@Test
	void whatIsWrittenIsRead() {
		root.createVp(partition, 0);
		roundTrip(Register.R15, -1, 0);
		roundTrip(Register.RIP, 0x123456789AL, 0);
		roundTrip(Register.RFLAGS, 0x246, 0);
		roundTrip(Register.XMM7, 0x1111222233334444L, 0x5555666677778888L);
		roundTrip(Register.FP_MMX3, 0x8000000000000000L, 0x3FFF);
		roundTrip(Register.FP_CONTROL_STATUS, 0x037FL | 0x3800L << 16 | 0x80L << 32, 0);
		roundTrip(Register.XMM_CONTROL_STATUS, 0, 0x1F80L | 0xFFFFL << 32);
		roundTrip(Register.CR2, -1, 0);
		roundTrip(Register.CR3, 0xFFFFFF000L, 0);
		roundTrip(Register.CR8, 9, 0);
		roundTrip(Register.XFEM, 3, 0);
		roundTrip(Register.DR3, 0x1234, 0);
		RegisterValue tr = RegisterValue.segment(0x5000, 0x67, 0x28, 0x8B);
		roundTrip(Register.TR, tr.low(), tr.high());
		RegisterValue gdtr = RegisterValue.table(0x2000, 0x7F);
		roundTrip(Register.GDTR, gdtr.low(), gdtr.high());
		roundTrip(Register.EFER, 0x901, 0);
		roundTrip(Register.PAT, 0x0007040600070406L, 0);
		roundTrip(Register.LSTAR, 0xFFFFFFFF81000000L, 0);
		roundTrip(Register.SYSENTER_CS, 1, 0);
		roundTrip(Register.MTRR_DEF_TYPE, 0xC06, 0);
		roundTrip(Register.MTRR_PHYS_MASK7, 0xFF80000800L, 0);
		roundTrip(Register.MTRR_FIX4K_F8000, 0x0505050505050505L, 0);
		roundTrip(Register.TSC_AUX, 7, 0);
		roundTrip(Register.APIC_BASE, 0xFEE00D00L, 0);
		roundTrip(Register.APIC_BASE, 0xFEE00900L, 0);
		roundTrip(Register.GUEST_OS_ID, 0x8100000000000000L, 0);
		roundTrip(Register.INTERRUPT_STATE, 3, 0);
		roundTrip(Register.INTERNAL_ACTIVITY_STATE, 2, 0);
		roundTrip(Register.DISPATCH_SUSPEND, 1, 0);
	}

	@Test
	void everyRegisterThatIsReadTakesItsOwnValue() {
		root.createVp(partition, 0);
		int readable = 0;
		for (Register register : Register.values()) {
			RegisterValue value = root.get(partition, 0, register.code());
			if (value != null && register != Register.TSC && register != Register.TIME_REF_COUNT) {
				readable++;
				assertEquals(HvStatus.SUCCESS, set(register, value.low(), value.high()), register::name);
			}
		}
		assertTrue(readable > 130, readable + " registers");
	}

	@Test
	void valuesThatCannotBeAreRefused() {
		root.createVp(partition, 0);
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.CR0, 1L << 32, 0));
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.CR4, 1 << 18, 0), "no XSAVE");
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.CR8, 16, 0));
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.EFER, 1 << 12, 0), "no SVM");
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.PAT, 2, 0));
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.XFEM, 7, 0));
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.EXPLICIT_SUSPEND, 2, 0));
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.VP_INDEX, 5, 0), "read only");
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.PENDING_INTERRUPTION, 1 | 7 << 1, 0));
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.XMM_CONTROL_STATUS, 0, 0x10000));
		assertEquals(HvStatus.INVALID_PARAMETER, set(Register.DELIVERABILITY_NOTIFICATIONS, 1, 0));
		assertEquals(HvStatus.SUCCESS, set(Register.DELIVERABILITY_NOTIFICATIONS, 0, 0));
	}

	@Test
	void registersOfFeaturesThatDoNotExistAreZero() {
		root.createVp(partition, 0);
		for (int name : new int[] {0x80018, 0x80085, 0x8008C, 0x800A2, 0xA0015, 0xD0002}) {
			assertEquals(RegisterValue.of(0), root.get(partition, 0, name), Integer.toHexString(name));
			assertEquals(HvStatus.SUCCESS, root.trySet(partition, 0, name, 0, 0), Integer.toHexString(name));
			assertEquals(HvStatus.INVALID_REGISTER_VALUE, root.trySet(partition, 0, name, 1, 0), Integer.toHexString(name));
		}
	}

	@Test
	void namesThatDoNotExistAreRefused() {
		root.createVp(partition, 0);
		for (int name : new int[] {5, 0x20012, 0x40006, 0x60008, 0x70002, 0x80020, 0x80097, 0xA0016, 0xD0001, 0xFFFFFFFF, 0x12345678, 0x80000000}) {
			assertNull(root.get(partition, 0, name), Integer.toHexString(name));
			assertEquals(HvStatus.INVALID_PARAMETER, root.trySet(partition, 0, name, 0, 0), Integer.toHexString(name));
		}
	}

	@Test
	void anUnknownNameStopsTheCallWhereItStands() {
		root.createVp(partition, 0);
		long result = root.call(HypercallControl.repetitions(CallCode.SET_VP_REGISTERS, 3, 0), page -> {
			new VpRegistersInput(partition, 0, 0).encode(page);
			new RegisterAssociation(Register.RBX.code(), 77, 0).encode(page.asSlice(16));
			new RegisterAssociation(0x12345, 0, 0).encode(page.asSlice(48));
			new RegisterAssociation(Register.RCX.code(), 88, 0).encode(page.asSlice(80));
		});
		assertEquals(HypercallResult.of(HvStatus.INVALID_PARAMETER, 1), result);
		assertEquals(77, root.get(partition, 0, Register.RBX));
		assertEquals(0, root.get(partition, 0, Register.RCX));
	}

	@Test
	void reservedFieldsOfAnAssociationAreRefused() {
		root.createVp(partition, 0);
		long result = root.call(HypercallControl.repetitions(CallCode.SET_VP_REGISTERS, 1, 0), page -> {
			new VpRegistersInput(partition, 0, 0).encode(page);
			new RegisterAssociation(Register.RBX.code(), 77, 0).encode(page.asSlice(16));
			page.set(JAVA_INT, 20, 1);
		});
		assertEquals(HvStatus.INVALID_PARAMETER.code(), HypercallResult.status(result));
		result = root.call(HypercallControl.repetitions(CallCode.GET_VP_REGISTERS, 1, 0), new VpRegistersInput(partition, 0, 1)::encode);
		assertEquals(HvStatus.INVALID_PARAMETER.code(), HypercallResult.status(result), "there is one trust level");
	}

	@Test
	void thePageAndTheRegistersStayInStep() {
		root.createVp(partition, 0);
		MemorySegment page = root.statePage(partition, 0, 0);
		root.set(partition, 0, Register.RSI, 0x55);
		assertEquals(0x55, page.get(JAVA_LONG, RegisterPage.RAX + 48));
		page.set(JAVA_LONG, RegisterPage.RAX + 48, 0x66);
		assertEquals(0x55, root.get(partition, 0, Register.RSI), "not said to be dirty");
		page.set(JAVA_LONG, RegisterPage.RAX + 48, 0x66);
		page.set(JAVA_INT, RegisterPage.DIRTY, RegisterPage.DIRTY_GENERAL);
		assertEquals(0x66, root.get(partition, 0, Register.RSI));
		assertEquals(0, page.get(JAVA_INT, RegisterPage.DIRTY));
		page.set(JAVA_LONG, RegisterPage.XMM0 + 16, 0x77);
		page.set(JAVA_LONG, RegisterPage.RFLAGS, 0x202);
		page.set(JAVA_LONG, RegisterPage.ES + 4 * 16, 0x123000);
		page.set(JAVA_INT, RegisterPage.DIRTY, RegisterPage.DIRTY_XMM | RegisterPage.DIRTY_FLAGS | RegisterPage.DIRTY_SEGMENT);
		assertEquals(0x77, root.get(partition, 0, Register.XMM1));
		assertEquals(0x202, root.get(partition, 0, Register.RFLAGS));
		assertEquals(0x123000, root.get(partition, 0, Register.FS));
	}

	private HvStatus state(int code, VpState state, MemorySegment page) {
		return HvStatus.of(HypercallResult.status(root.call(HypercallControl.simple(code, 8), input -> {
			new VpStateInput(partition, 0, 0, state.hypervisorType(), 0, 3).encode(input);
			input.set(JAVA_LONG, VpStateInput.SIZE, page.address() >>> 12);
		})));
	}

	@Test
	void blocksOfStateComeBackAsTheyWere() {
		root.createVp(partition, 0);
		root.set(partition, 0, Register.XMM3, new RegisterValue(1, 2));
		root.set(partition, 0, Register.FP_MMX1, new RegisterValue(0xC000000000000000L, 0x4000));
		for (VpState state : new VpState[] {VpState.LAPIC, VpState.XSAVE, VpState.SIMP, VpState.SIEFP}) {
			MemorySegment first = root.arena.allocate(4096, 4096);
			MemorySegment second = root.arena.allocate(4096, 4096);
			assertEquals(HvStatus.SUCCESS, state(CallCode.GET_VP_STATE, state, first));
			assertEquals(HvStatus.SUCCESS, state(CallCode.SET_VP_STATE, state, first));
			assertEquals(HvStatus.SUCCESS, state(CallCode.GET_VP_STATE, state, second));
			assertEquals(-1, first.mismatch(second), state::name);
		}
		root.output.fill((byte) 1);
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.GET_VP_STATE, new VpStateInput(partition, 0, 0, 4, 0, 0)::encode));
		assertEquals(0, root.output.get(JAVA_LONG, 192));
		assertEquals(HvStatus.SUCCESS.code(), HypercallResult.status(root.call(HypercallControl.simple(CallCode.SET_VP_STATE, 200),
			new VpStateInput(partition, 0, 0, 4, 0, 0)::encode)));
	}

	@Test
	void theExtendedStateIsCompacted() {
		root.createVp(partition, 0);
		root.set(partition, 0, Register.XMM3, new RegisterValue(1, 2));
		MemorySegment page = root.arena.allocate(4096, 4096);
		assertEquals(HvStatus.SUCCESS, state(CallCode.GET_VP_STATE, VpState.XSAVE, page));
		assertEquals(3, page.get(JAVA_LONG, 512));
		assertEquals(1L << 63 | 3, page.get(JAVA_LONG, 520));
		assertEquals(1, page.get(JAVA_LONG, 160 + 48));
		assertEquals(0x1F80, page.get(JAVA_INT, 24));
		page.set(JAVA_LONG, 512, 1);
		assertEquals(HvStatus.SUCCESS, state(CallCode.SET_VP_STATE, VpState.XSAVE, page));
		assertEquals(0, root.get(partition, 0, Register.XMM3), "left out: initial");
		page.set(JAVA_LONG, 520, 3);
		assertEquals(HvStatus.INVALID_PARAMETER, state(CallCode.SET_VP_STATE, VpState.XSAVE, page), "not compacted");
		page.set(JAVA_LONG, 520, 1L << 63 | 7);
		assertEquals(HvStatus.INVALID_PARAMETER, state(CallCode.SET_VP_STATE, VpState.XSAVE, page), "no AVX");
		page.set(JAVA_LONG, 520, 1L << 63 | 3);
		page.set(JAVA_INT, 24, 0x10000);
		assertEquals(HvStatus.INVALID_PARAMETER, state(CallCode.SET_VP_STATE, VpState.XSAVE, page), "reserved bit of MXCSR");
	}

	@Test
	void apicStateHoldsTheRegisters() {
		root.createVp(partition, 0);
		MemorySegment page = root.arena.allocate(4096, 4096);
		assertEquals(HvStatus.SUCCESS, state(CallCode.GET_VP_STATE, VpState.LAPIC, page));
		assertEquals(0xFF, page.get(JAVA_INT, 16));
		assertEquals(0x10000, page.get(JAVA_INT, 140));
		page.set(JAVA_INT, 16, 0x1FF);
		page.set(JAVA_INT, 140, 0x700);
		page.set(JAVA_INT, 144, 0x400);
		assertEquals(HvStatus.SUCCESS, state(CallCode.SET_VP_STATE, VpState.LAPIC, page));
		assertEquals(HvStatus.SUCCESS, state(CallCode.GET_VP_STATE, VpState.LAPIC, page));
		assertEquals(0x700, page.get(JAVA_INT, 140));
		assertEquals(0x400, page.get(JAVA_INT, 144));
	}

	@Test
	void theHypercallRegisterNeedsAnOperatingSystem() {
		root.createVp(partition, 0);
		root.map(partition, 0x5000, 1);
		root.set(partition, 0, Register.HYPERCALL, 0x5001);
		assertEquals(0x5000, root.get(partition, 0, Register.HYPERCALL), "not enabled without an identity");
		root.set(partition, 0, Register.GUEST_OS_ID, 1);
		root.set(partition, 0, Register.HYPERCALL, 0x5001);
		assertEquals(0x5001, root.get(partition, 0, Register.HYPERCALL));
		root.set(partition, 0, Register.GUEST_OS_ID, 0);
		assertEquals(0x5000, root.get(partition, 0, Register.HYPERCALL));
		assertEquals(HvStatus.INVALID_REGISTER_VALUE, set(Register.HYPERCALL, 1L << 40 | 1, 0));
	}

	@Test
	void statisticsHaveAPage() {
		root.createVp(partition, 0);
		HvStatus status = root.simple(CallCode.MAP_STATS_PAGE, new StatsPageInput(0x10002, partition, 0, 0, 0)::encode);
		assertEquals(HvStatus.SUCCESS, status);
		long page = root.output.get(JAVA_LONG, 0);
		assertNotEquals(0, page);
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.UNMAP_STATS_PAGE,
			new StatsPageInput(0x10002, partition, 0, 0, 0)::encode));
		assertEquals(HvStatus.NOT_FOUND, root.simple(CallCode.UNMAP_STATS_PAGE,
			new StatsPageInput(0x10002, partition, 0, 0, 0)::encode));
	}
}
