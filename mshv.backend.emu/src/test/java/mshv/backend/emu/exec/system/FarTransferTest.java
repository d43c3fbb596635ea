package mshv.backend.emu.exec.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

class FarTransferTest {
	private static final int TARGET = 0x9000;

	private static int[] farJump(int selector) {
		return new int[] {0xEA, 0, 0x90, 0, 0, selector & 0xFF, selector >> 8};
	}

	private static int[] farCall(int selector) {
		return new int[] {0x9A, 0, 0x90, 0, 0, selector & 0xFF, selector >> 8};
	}

	@Test
	void realModeCallsAndReturns() {
		try (Guest guest = Guest.real()) {
			guest.execute(0x9A, 0x10, 0x00, 0x00, 0x90);
			assertEquals(0x10, guest.cpu.rip);
			assertEquals(0x90000, guest.cpu.segments[Segment.CS].base);
			assertEquals(Guest.CODE_AT + 5, guest.get16(Guest.STACK - 4));
			guest.execute(0xCA, 0x08, 0x00);
			assertEquals(Guest.CODE_AT + 5, guest.cpu.rip);
			assertEquals(Guest.STACK + 8, guest.cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void jumpsCheckTheDescriptorInOrder() {
		try (Guest guest = Guest.protectedMode()) {
			assertEquals(new Guest.Fault(13, 0), guest.fault(farJump(3)));
			assertEquals(new Guest.Fault(13, Guest.BEYOND), guest.fault(farJump(Guest.BEYOND)));
			assertEquals(new Guest.Fault(13, Guest.DATA), guest.fault(farJump(Guest.DATA)));
			assertEquals(new Guest.Fault(13, Guest.CODE), guest.fault(farJump(Guest.CODE | 3)));
			assertEquals(new Guest.Fault(13, Guest.USER_CODE & ~3), guest.fault(farJump(Guest.USER_CODE)));
			assertEquals(new Guest.Fault(Vector.NP, Guest.ABSENT_CODE), guest.fault(farJump(Guest.ABSENT_CODE)));
			assertEquals(new Guest.Fault(13, 0), guest.fault(0xEA, 0, 0, 1, 0, Guest.CODE16, 0));
			assertEquals(Guest.CODE_AT, guest.cpu.rip);
		}
	}

	@Test
	void aConformingSegmentKeepsTheCallersPrivilege() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			guest.execute(farJump(Guest.CONFORMING));
			assertEquals(3, guest.cpu.cpl);
			assertEquals(Guest.CONFORMING | 3, guest.selector(Segment.CS));
			assertEquals(TARGET, guest.cpu.rip);
		}
	}

	@Test
	void aCallGateSwitchesStacksAndCopiesParametersAndTheReturnUndoesIt() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			Cpu cpu = guest.cpu;
			guest.put64(Guest.GDT + Guest.CALL_GATE, Guest.protectedGate(Guest.CODE, TARGET, 12, 3) | 2L << 32);
			guest.put32(Guest.STACK, 0x1111);
			guest.put32(Guest.STACK + 4, 0x2222);
			guest.execute(farCall(Guest.CALL_GATE));
			long sp = Guest.KERNEL_STACK - 24;
			assertEquals(0, cpu.cpl);
			assertEquals(TARGET, cpu.rip);
			assertEquals(sp, cpu.r[Cpu.RSP]);
			assertEquals(Guest.CODE_AT + 7, guest.get32(sp));
			assertEquals(Guest.USER_CODE, guest.get32(sp + 4));
			assertEquals(0x1111, guest.get32(sp + 8));
			assertEquals(0x2222, guest.get32(sp + 12));
			assertEquals(Guest.STACK, guest.get32(sp + 16));
			assertEquals(Guest.USER_DATA, guest.get32(sp + 20));
			guest.loadSegment(Segment.DS, Guest.DATA);
			guest.execute(0xCA, 8, 0); // lret 8
			assertEquals(3, cpu.cpl);
			assertEquals(Guest.STACK + 8, cpu.r[Cpu.RSP]);
			assertEquals(Guest.USER_DATA, guest.selector(Segment.SS));
			assertEquals(0, guest.selector(Segment.DS));
			assertFalse(cpu.segments[Segment.DS].present());
			assertEquals(Guest.USER_DATA, guest.selector(Segment.ES));
		}
	}

	@Test
	void a16BitCallGatePushes16BitValues() {
		try (Guest guest = Guest.protectedMode()) {
			guest.put64(Guest.GDT + Guest.CALL_GATE, Guest.protectedGate(Guest.CODE, 0x7FFF0000 | TARGET, 4, 0));
			guest.execute(farCall(Guest.CALL_GATE));
			assertEquals(TARGET, guest.cpu.rip);
			assertEquals(Guest.STACK - 4, guest.cpu.r[Cpu.RSP]);
			assertEquals(Guest.CODE_AT + 7, guest.get16(Guest.STACK - 4));
		}
	}

	@Test
	void gatesAreCheckedBeforeTheirTargets() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			guest.put64(Guest.GDT + Guest.CALL_GATE, Guest.protectedGate(Guest.CODE, TARGET, 12, 0));
			assertEquals(new Guest.Fault(13, Guest.CALL_GATE), guest.fault(farCall(Guest.CALL_GATE)));
			guest.put64(Guest.GDT + Guest.CALL_GATE, Guest.protectedGate(Guest.CODE, TARGET, 12, 3) & ~(1L << 47));
			assertEquals(new Guest.Fault(Vector.NP, Guest.CALL_GATE), guest.fault(farCall(Guest.CALL_GATE)));
			guest.put64(Guest.GDT + Guest.CALL_GATE, Guest.protectedGate(0, TARGET, 12, 3));
			assertEquals(new Guest.Fault(13, 0), guest.fault(farCall(Guest.CALL_GATE)));
			guest.put64(Guest.GDT + Guest.CALL_GATE, Guest.protectedGate(Guest.CODE, TARGET, 12, 3));
			assertEquals(new Guest.Fault(13, Guest.CODE), guest.fault(farJump(Guest.CALL_GATE)));
			guest.put64(Guest.GDT + Guest.CALL_GATE, Guest.protectedGate(Guest.ABSENT_CODE, TARGET, 12, 3));
			assertEquals(new Guest.Fault(Vector.NP, Guest.ABSENT_CODE), guest.fault(farCall(Guest.CALL_GATE)));
		}
	}

	@Test
	void aLongModeCallGateTakesRsp0() {
		try (Guest guest = Guest.longMode().asUser()) {
			Cpu cpu = guest.cpu;
			guest.put64(Guest.TSS + 4, Guest.KERNEL_STACK);
			guest.put64(Guest.GDT + Guest.CALL_GATE, Guest.protectedGate(Guest.CODE64, TARGET, 12, 3));
			guest.put64(Guest.GDT + Guest.CALL_GATE + 8, 0);
			guest.put64(0x600, 0);
			guest.put16(0x604, Guest.CALL_GATE);
			cpu.r[Cpu.RBX] = 0x600;
			guest.execute(0xFF, 0x1B); // call far [rbx]
			assertEquals(0, cpu.cpl);
			assertEquals(0, guest.selector(Segment.SS));
			assertEquals(Guest.KERNEL_STACK - 32, cpu.r[Cpu.RSP]);
			assertEquals(Guest.USER_DATA, guest.get64(Guest.KERNEL_STACK - 8));
			guest.execute(0x48, 0xCB); // lretq
			assertEquals(3, cpu.cpl);
			assertEquals(Guest.STACK, cpu.r[Cpu.RSP]);
			guest.put64(Guest.GDT + Guest.CALL_GATE + 8, 1L << 40);
			assertEquals(new Guest.Fault(13, Guest.CALL_GATE), guest.fault(0xFF, 0x1B));
		}
	}

	@Test
	void a64BitFarPointerIsReadWithRexW() {
		try (Guest guest = Guest.longMode()) {
			guest.put64(0x600, 0xFFFF_8000_0000_1000L);
			guest.put16(0x608, Guest.CODE64);
			guest.cpu.r[Cpu.RBX] = 0x600;
			guest.execute(0x48, 0xFF, 0x2B);
			assertEquals(0xFFFF_8000_0000_1000L, guest.cpu.rip);
			guest.put64(0x600, 0x8000_0000_0000L);
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x48, 0xFF, 0x2B));
		}
	}

	@Test
	void aReturnToAnInnerPrivilegeIsRefused() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			guest.put32(Guest.STACK, TARGET);
			guest.put32(Guest.STACK + 4, Guest.CODE);
			assertEquals(new Guest.Fault(13, Guest.CODE), guest.fault(0xCB));
			assertEquals(new Guest.Fault(13, Guest.CODE), guest.fault(0xCF));
		}
	}

	@Test
	void aReturnToUserChecksTheStackSegment() {
		try (Guest guest = Guest.protectedMode()) {
			int[] values = {TARGET, Guest.USER_CODE, Flag.FIXED, 0x5000, 0};
			for (int n = 0; n < values.length; n++) {
				guest.put32(Guest.STACK + 4 * n, values[n]);
			}
			assertEquals(new Guest.Fault(13, 0), guest.fault(0xCF));
			guest.put32(Guest.STACK + 16, Guest.DATA);
			assertEquals(new Guest.Fault(13, Guest.DATA), guest.fault(0xCF));
			guest.put64(Guest.GDT + Guest.ABSENT, 0x00CF_7200_0000_FFFFL);
			guest.put32(Guest.STACK + 16, Guest.ABSENT | 3);
			assertEquals(new Guest.Fault(Vector.SS, Guest.ABSENT), guest.fault(0xCF));
			assertEquals(Guest.STACK, guest.cpu.r[Cpu.RSP]);
			assertEquals(0, guest.cpu.cpl);
		}
	}

	@Test
	void iretToUserKeepsPrivilegedFlagsForItself() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			int flags = Flag.IF | Flag.IOPL | Flag.AC | Flag.ID | Flag.RF | Flag.ZF;
			int[] values = {TARGET, Guest.USER_CODE, flags, 0x5000, Guest.USER_DATA};
			for (int n = 0; n < values.length; n++) {
				guest.put32(Guest.STACK + 4 * n, values[n]);
			}
			cpu.dr[7] = 0x401; // RF matters only with an instruction breakpoint
			guest.execute(0xCF);
			assertEquals(flags | Flag.FIXED, cpu.rflags());
			assertEquals(0x5000, cpu.r[Cpu.RSP]);
			assertEquals(3, cpu.cpl);
			cpu.setRflags(0);
			guest.put32(0x5000, TARGET);
			guest.put32(0x5004, Guest.USER_CODE);
			guest.put32(0x5008, Flag.IF | Flag.IOPL | Flag.CF);
			guest.execute(0xCF);
			assertEquals(Flag.CF | Flag.FIXED, cpu.rflags());
		}
	}

	@Test
	void iretToA16BitStackLoadsOnlySp() {
		try (Guest guest = Guest.protectedMode()) {
			guest.put64(Guest.GDT + Guest.DATA16, 0x0000_F200_0000_FFFFL);
			int[] values = {TARGET, Guest.USER_CODE, 2, 0x12345000, Guest.DATA16 | 3};
			for (int n = 0; n < values.length; n++) {
				guest.put32(0x20000 + 4 * n, values[n]);
			}
			guest.cpu.r[Cpu.RSP] = 0x20000;
			guest.execute(0xCF);
			assertEquals(0x25000, guest.cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void iretIn64BitModeAlwaysLoadsTheStackAndAllowsANullOne() {
		try (Guest guest = Guest.longMode()) {
			long[] values = {0x9000, Guest.CODE64, Flag.FIXED, 0xFFFF_8000_0000_0000L, 0};
			for (int n = 0; n < values.length; n++) {
				guest.put64(Guest.STACK + 8 * n, values[n]);
			}
			guest.execute(0x48, 0xCF);
			assertEquals(0xFFFF_8000_0000_0000L, guest.cpu.r[Cpu.RSP]);
			assertEquals(0, guest.selector(Segment.SS));
			guest.cpu.r[Cpu.RSP] = Guest.STACK;
			guest.put64(Guest.STACK, 0x8000_0000_0000L);
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x48, 0xCF));
			guest.cpu.systemFlags |= Flag.NT;
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x48, 0xCF));
		}
	}

	@Test
	void anL64AndDSegmentIsRefusedInLongMode() {
		try (Guest guest = Guest.longMode().asCompatibility()) {
			guest.put64(Guest.GDT + Guest.CONFORMING, 0x00EF_9E00_0000_FFFFL);
			assertEquals(new Guest.Fault(13, Guest.CONFORMING), guest.fault(farJump(Guest.CONFORMING)));
			assertEquals(new Guest.Fault(13, Guest.SECOND_TASK), guest.fault(farJump(Guest.SECOND_TASK)));
			assertTrue(guest.cpu.longModeActive());
		}
	}
}
