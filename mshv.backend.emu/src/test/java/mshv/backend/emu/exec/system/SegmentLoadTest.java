package mshv.backend.emu.exec.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;

class SegmentLoadTest {
	private static final int ES = 0xC0, SS = 0xD0, FS = 0xE0;

	private static void load(Guest guest, int register, int selector) {
		guest.cpu.r[Cpu.RAX] = selector;
		guest.execute(0x8E, register);
	}

	private static Guest.Fault refusal(Guest guest, int register, int selector) {
		guest.cpu.r[Cpu.RAX] = selector;
		return guest.fault(0x8E, register);
	}

	@Test
	void aDataSegmentIsLoadedAndMarkedAccessed() {
		try (Guest guest = Guest.protectedMode()) {
			guest.put64(Guest.GDT + Guest.DATA16, 0x1200_9245_6780_8000L);
			load(guest, FS, Guest.DATA16);
			assertEquals(0x12456780, guest.cpu.segments[Segment.FS].base);
			assertEquals(0x8000, guest.cpu.segments[Segment.FS].limit);
			assertEquals(0x12456780, guest.cpu.r[Cpu.FS_BASE]);
			assertEquals(0x1200_9345_6780_8000L, guest.get64(Guest.GDT + Guest.DATA16));
		}
	}

	@Test
	void aDataSegmentThatMayNotBeLoadedFaultsWithItsSelector() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			assertEquals(new Guest.Fault(13, Guest.BEYOND), refusal(guest, ES, Guest.BEYOND | 3));
			assertEquals(new Guest.Fault(13, Guest.DATA), refusal(guest, ES, Guest.DATA));
			assertEquals(new Guest.Fault(13, Guest.TASK), refusal(guest, ES, Guest.TASK));
			guest.put64(Guest.GDT + Guest.ABSENT, 0x00CF_7200_0000_FFFFL);
			assertEquals(new Guest.Fault(Vector.NP, Guest.ABSENT), refusal(guest, ES, Guest.ABSENT));
			load(guest, ES, Guest.CONFORMING | 3);
			assertEquals(Guest.CONFORMING | 3, guest.selector(Segment.ES));
		}
	}

	@Test
	void theRequestedPrivilegeCountsEvenForTheSupervisor() {
		try (Guest guest = Guest.protectedMode()) {
			assertEquals(new Guest.Fault(13, Guest.DATA), refusal(guest, ES, Guest.DATA | 3));
			load(guest, ES, Guest.USER_DATA);
		}
	}

	@Test
	void theStackSegmentMustMatchThePrivilegeExactly() {
		try (Guest guest = Guest.protectedMode()) {
			assertEquals(new Guest.Fault(13, 0), refusal(guest, SS, 0));
			assertEquals(new Guest.Fault(13, Guest.DATA), refusal(guest, SS, Guest.DATA | 1));
			assertEquals(new Guest.Fault(13, Guest.USER_DATA & ~3), refusal(guest, SS, Guest.USER_DATA & ~3));
			assertEquals(new Guest.Fault(13, Guest.READ_ONLY), refusal(guest, SS, Guest.READ_ONLY));
			assertEquals(new Guest.Fault(Vector.SS, Guest.ABSENT), refusal(guest, SS, Guest.ABSENT));
			assertFalse(guest.cpu.interruptShadow());
			load(guest, SS, Guest.DATA);
			assertTrue(guest.cpu.interruptShadow());
		}
	}

	@Test
	void aNullSelectorMakesARegisterUnusable() {
		try (Guest guest = Guest.protectedMode()) {
			load(guest, ES, 2);
			assertEquals(2, guest.selector(Segment.ES));
			assertEquals(new Guest.Fault(13, 0), guest.faultOf(() -> guest.cpu.linear(Segment.ES, 0, 1, false)));
		}
	}

	@Test
	void aNullStackIsFor64BitModeOnly() {
		try (Guest guest = Guest.longMode()) {
			load(guest, SS, 0);
			guest.cpu.push(5, 8);
			assertEquals(5, guest.get64(Guest.STACK - 8));
			assertEquals(new Guest.Fault(13, 0), refusal(guest, SS, 1));
			guest.asUser();
			assertEquals(new Guest.Fault(13, 0), refusal(guest, SS, 3));
		}
	}

	@Test
	void theLocalTableIsFoundThroughLldt() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			assertEquals(new Guest.Fault(13, 0xC), refusal(guest, ES, 0xC));
			cpu.r[Cpu.RAX] = Guest.LDT;
			guest.execute(0x0F, 0x00, 0xD0);
			guest.put64(Guest.LDT_TABLE + 8, 0x0040_9200_5000_0FFFL);
			load(guest, ES, 0xC);
			assertEquals(0x5000, cpu.segments[Segment.ES].base);
			assertEquals(new Guest.Fault(13, 0x14), refusal(guest, ES, 0x14));
			cpu.r[Cpu.RAX] = Guest.DATA;
			assertEquals(new Guest.Fault(13, Guest.DATA), guest.fault(0x0F, 0x00, 0xD0));
			cpu.r[Cpu.RAX] = 0xC;
			assertEquals(new Guest.Fault(13, 0xC), guest.fault(0x0F, 0x00, 0xD0));
			cpu.r[Cpu.RAX] = 0;
			guest.execute(0x0F, 0x00, 0xD0);
			assertEquals(new Guest.Fault(13, 0xC), refusal(guest, ES, 0xC));
		}
	}

	@Test
	void ltrMarksTheTaskBusyAndRefusesABusyOne() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.r[Cpu.RAX] = Guest.SECOND_TASK;
			guest.execute(0x0F, 0x00, 0xD8);
			assertEquals(0x8B, cpu.segments[Segment.TR].attributes);
			assertEquals(0x0000_8B00_3800_0067L, guest.get64(Guest.GDT + Guest.SECOND_TASK));
			assertEquals(new Guest.Fault(13, Guest.SECOND_TASK), guest.fault(0x0F, 0x00, 0xD8));
			cpu.r[Cpu.RAX] = 0;
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x00, 0xD8));
			guest.execute(0x0F, 0x00, 0xC8); // str eax
			assertEquals(Guest.SECOND_TASK, cpu.r[Cpu.RAX]);
		}
	}

	@Test
	void ltrInLongModeReadsTheUpperHalfOfTheBase() {
		try (Guest guest = Guest.longMode()) {
			guest.put64(Guest.GDT + Guest.TASK + 8, 0xFFFF_8000L);
			guest.cpu.r[Cpu.RAX] = Guest.TASK;
			guest.execute(0x0F, 0x00, 0xD8);
			assertEquals(0xFFFF_8000_0000_3000L, guest.cpu.segments[Segment.TR].base);
		}
	}

	@Test
	void pushOfASegmentWritesTwoBytesOfA32BitSlot() {
		try (Guest guest = Guest.protectedMode()) {
			guest.put32(Guest.STACK - 4, 0x7777_7777);
			guest.execute(0x1E); // push ds
			assertEquals(Guest.STACK - 4, guest.cpu.r[Cpu.RSP]);
			assertEquals(0x7777_0000L | Guest.DATA, guest.get32(Guest.STACK - 4));
			guest.execute(0x07); // pop es
			assertEquals(Guest.STACK, guest.cpu.r[Cpu.RSP]);
			assertEquals(Guest.DATA, guest.selector(Segment.ES));
		}
	}

	@Test
	void aPopThatFaultsLeavesTheStackPointer() {
		try (Guest guest = Guest.protectedMode()) {
			guest.put32(Guest.STACK, Guest.BEYOND);
			assertEquals(new Guest.Fault(13, Guest.BEYOND), guest.fault(0x17));
			assertEquals(Guest.STACK, guest.cpu.r[Cpu.RSP]);
		}
	}

	@Test
	void farPointersLoadBothOrNothing() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			guest.put32(0x600, 0x12345678);
			guest.put16(0x604, Guest.BEYOND);
			cpu.r[Cpu.RBX] = 0x600;
			assertEquals(new Guest.Fault(13, Guest.BEYOND), guest.fault(0xC4, 0x0B));
			assertEquals(0, cpu.r[Cpu.RCX]);
			guest.put16(0x604, Guest.READ_ONLY);
			guest.execute(0xC4, 0x0B); // les ecx, [ebx]
			assertEquals(0x12345678, cpu.r[Cpu.RCX]);
			assertEquals(Guest.READ_ONLY, guest.selector(Segment.ES));
		}
	}

	@Test
	void segmentBasesFollowTheirInstructions() {
		try (Guest guest = Guest.longMode()) {
			Cpu cpu = guest.cpu;
			cpu.kernelGsBase = 0x1234;
			cpu.setSegmentBase(Segment.GS, 0x5678);
			guest.execute(0x0F, 0x01, 0xF8); // swapgs
			assertEquals(0x1234, cpu.r[Cpu.GS_BASE]);
			assertEquals(0x5678, cpu.kernelGsBase);
			assertEquals(Vector.UD, guest.fault(0xF3, 0x0F, 0xAE, 0xC8).vector());
			cpu.cr4 |= Cpu.CR4_FSGSBASE;
			guest.execute(0xF3, 0x48, 0x0F, 0xAE, 0xC8); // rdgsbase rax
			assertEquals(0x1234, cpu.r[Cpu.RAX]);
			cpu.r[Cpu.RAX] = 0x8000_0000_0000L;
			assertEquals(new Guest.Fault(13, 0), guest.fault(0xF3, 0x48, 0x0F, 0xAE, 0xD0));
			guest.execute(0xF3, 0x0F, 0xAE, 0xD0); // wrfsbase eax
			assertEquals(0, cpu.r[Cpu.FS_BASE]);
			guest.asUser();
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x01, 0xF8));
		}
	}
}
