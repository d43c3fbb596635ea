package mshv.backend.emu.exec.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

class SelectorQueryTest {
	private static final long UNTOUCHED = 0x5555;
	private static final int LAR = 2, LSL = 3;

	/** Executes LAR or LSL of ECX from EAX. @return the result, or {@link #UNTOUCHED} if ZF is clear */
	private static long query(Guest guest, int opcode, int selector) {
		Cpu cpu = guest.cpu;
		cpu.r[Cpu.RAX] = selector;
		cpu.r[Cpu.RCX] = UNTOUCHED;
		guest.execute(0x0F, opcode, 0xC8);
		assertEquals(cpu.r[Cpu.RCX] != UNTOUCHED, (cpu.arithmeticFlags() & Flag.ZF) != 0);
		return cpu.r[Cpu.RCX];
	}

	@Test
	void larTellsTheAccessRights() {
		try (Guest guest = Guest.protectedMode()) {
			assertEquals(0xCF9A00, query(guest, LAR, Guest.CODE));
			assertEquals(0xCF1200, query(guest, LAR, Guest.ABSENT));
			assertEquals(0x8B00, query(guest, LAR, Guest.TASK));
			assertEquals(0xE500, query(guest, LAR, Guest.TASK_GATE));
			assertEquals(UNTOUCHED, query(guest, LAR, 0));
			assertEquals(UNTOUCHED, query(guest, LAR, Guest.BEYOND));
			assertEquals(UNTOUCHED, query(guest, LAR, Guest.CODE | 3));
			guest.put64(Guest.GDT + Guest.CALL_GATE, Guest.protectedGate(Guest.CODE, 0, 14, 0));
			assertEquals(UNTOUCHED, query(guest, LAR, Guest.CALL_GATE));
		}
	}

	@Test
	void lslTellsTheLimitInBytes() {
		try (Guest guest = Guest.protectedMode()) {
			assertEquals(0xFFFFFFFFL, query(guest, LSL, Guest.CODE));
			assertEquals(0xFFFF, query(guest, LSL, Guest.CODE16));
			assertEquals(0xFFF, query(guest, LSL, Guest.TASK));
			assertEquals(UNTOUCHED, query(guest, LSL, Guest.TASK_GATE));
			guest.asUser();
			assertEquals(UNTOUCHED, query(guest, LSL, Guest.CODE));
			assertEquals(0xFFFFFFFFL, query(guest, LSL, Guest.CONFORMING));
			assertEquals(0xFFFFFFFFL, query(guest, LSL, Guest.USER_DATA));
		}
	}

	@Test
	void longModeHidesTheSystemTypesThatItDoesNotHave() {
		try (Guest guest = Guest.longMode()) {
			assertEquals(UNTOUCHED, query(guest, LAR, Guest.TASK_GATE));
			assertEquals(0x8900, query(guest, LAR, Guest.TASK));
			assertEquals(0x8200, query(guest, LAR, Guest.LDT));
		}
	}

	private static boolean verify(Guest guest, int modRm, int selector) {
		guest.cpu.r[Cpu.RAX] = selector;
		guest.execute(0x0F, 0x00, modRm);
		return (guest.cpu.arithmeticFlags() & Flag.ZF) != 0;
	}

	@Test
	void verrAndVerwTellWhatMayBeRead() {
		try (Guest guest = Guest.protectedMode()) {
			assertEquals(true, verify(guest, 0xE0, Guest.READ_ONLY));
			assertEquals(false, verify(guest, 0xE8, Guest.READ_ONLY));
			assertEquals(true, verify(guest, 0xE8, Guest.DATA));
			assertEquals(true, verify(guest, 0xE0, Guest.CODE));
			assertEquals(false, verify(guest, 0xE8, Guest.CODE));
			assertEquals(false, verify(guest, 0xE0, Guest.TASK));
			assertEquals(false, verify(guest, 0xE0, 0));
			guest.asUser();
			assertEquals(false, verify(guest, 0xE0, Guest.DATA));
			assertEquals(true, verify(guest, 0xE0, Guest.CONFORMING));
		}
	}

	@Test
	void arplRaisesThePrivilegeLevelOnly() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.r[Cpu.RAX] = 0xABC10;
			cpu.r[Cpu.RCX] = 3;
			guest.execute(0x63, 0xC8); // arpl ax, cx
			assertEquals(0xABC13, cpu.r[Cpu.RAX]);
			assertEquals(Flag.ZF, cpu.arithmeticFlags());
			guest.execute(0x63, 0xC8);
			assertEquals(0, cpu.arithmeticFlags());
		}
	}

	@Test
	void theyAreUndefinedInRealMode() {
		try (Guest guest = Guest.real()) {
			assertEquals(Vector.UD, guest.fault(0x0F, 0x02, 0xC8).vector());
			assertEquals(Vector.UD, guest.fault(0x0F, 0x00, 0xE0).vector());
			assertEquals(Vector.UD, guest.fault(0x63, 0xC8).vector());
			assertEquals(Vector.UD, guest.fault(0x0F, 0x00, 0xC8).vector());
		}
	}

	@Test
	void descriptorTablesAreStoredUnlessUmipForbidsIt() {
		try (Guest guest = Guest.protectedMode().asUser()) {
			Cpu cpu = guest.cpu;
			cpu.r[Cpu.RBX] = 0x600;
			guest.execute(0x0F, 0x01, 0x03); // sgdt [ebx]
			assertEquals(0xFF, guest.get16(0x600));
			assertEquals(Guest.GDT, guest.get32(0x602));
			guest.execute(0x0F, 0x01, 0xE0); // smsw eax
			assertEquals(cpu.cr0, cpu.r[Cpu.RAX]);
			cpu.cr4 = Cpu.CR4_UMIP;
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x01, 0x0B));
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x01, 0xE0));
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x00, 0xC0));
			assertEquals(new Guest.Fault(13, 0), guest.fault(0x0F, 0x01, 0x13));
		}
	}

	@Test
	void lgdtWith16BitOperandsLoads24BitsOfBase() {
		try (Guest guest = Guest.real()) {
			guest.put16(0x600, 0x37);
			guest.put32(0x602, 0x12345678);
			guest.cpu.r[Cpu.RBX] = 0x600;
			guest.execute(0x0F, 0x01, 0x17);
			assertEquals(0x345678, guest.cpu.gdtBase);
			guest.execute(0x66, 0x0F, 0x01, 0x1F); // lidt, 32-bit
			assertEquals(0x12345678, guest.cpu.idtBase);
			assertEquals(0x37, guest.cpu.idtLimit);
		}
	}
}
