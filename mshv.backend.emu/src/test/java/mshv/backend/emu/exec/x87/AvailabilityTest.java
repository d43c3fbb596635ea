package mshv.backend.emu.exec.x87;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;

class AvailabilityTest {
	private static final String FLD1 = "d9 e8";
	private static final String FWAIT = "9b";
	private static final String FNSTSW_AX = "df e0";
	private static final String FXSAVE = "0f ae 03";
	private static final String EMMS = "0f 77";
	private static final String[] NON_WAITING = {FNSTSW_AX, "db e2", "d9 3b", "d9 33", "dd 33", FXSAVE, "0f ae 0b", "db e3"};

	@Test
	void emulationAndTaskSwitchedMakeX87InstructionsUnavailable() {
		try (X87Guest guest = X87Guest.longMode()) {
			for (long bit : new long[] {Cpu.CR0_EM, Cpu.CR0_TS}) {
				guest.cpu.cr0 = guest.cpu.cr0 & ~(Cpu.CR0_EM | Cpu.CR0_TS) | bit;
				assertEquals(Vector.NM, guest.run(FLD1));
				assertEquals(Vector.NM, guest.run(FNSTSW_AX));
				assertEquals(Vector.NM, guest.run(FXSAVE));
			}
			assertEquals(0, guest.cpu.fpu.status);
		}
	}

	@Test
	void fwaitIsUnavailableOnlyIfMonitored() {
		try (X87Guest guest = X87Guest.longMode()) {
			guest.cpu.cr0 |= Cpu.CR0_EM | Cpu.CR0_TS;
			assertEquals(X87Guest.NO_FAULT, guest.run(FWAIT));
			guest.cpu.cr0 |= Cpu.CR0_MP;
			assertEquals(Vector.NM, guest.run(FWAIT));
			guest.cpu.cr0 &= ~Cpu.CR0_TS;
			assertEquals(X87Guest.NO_FAULT, guest.run(FWAIT));
		}
	}

	@Test
	void emmsIsUndefinedUnderEmulation() {
		try (X87Guest guest = X87Guest.longMode()) {
			guest.cpu.cr0 |= Cpu.CR0_EM;
			assertEquals(Vector.UD, guest.run(EMMS));
			guest.cpu.cr0 ^= Cpu.CR0_EM | Cpu.CR0_TS;
			assertEquals(Vector.NM, guest.run(EMMS));
		}
	}

	@Test
	void anUnmaskedExceptionIsRaisedByTheNextWaitingInstruction() {
		try (X87Guest guest = X87Guest.longMode()) {
			guest.cpu.fpu.control = 0x37E;
			assertEquals(X87Guest.NO_FAULT, guest.run("d9 e0"));
			assertEquals(0x80C1, guest.cpu.fpu.status);
			assertEquals(Vector.MF, guest.run(FLD1));
			assertEquals(Vector.MF, guest.run(FWAIT));
			assertEquals(Vector.MF, guest.run(EMMS));
			assertEquals(0x80C1, guest.cpu.fpu.status);
			guest.cpu.cr0 |= Cpu.CR0_NE;
			assertEquals(Vector.MF, guest.run(FLD1));
			assertEquals(X87Guest.NO_FAULT, guest.run("db e2"));
			assertEquals(X87Guest.NO_FAULT, guest.run(FLD1));
		}
	}

	@Test
	void controlInstructionsDoNotWait() {
		try (X87Guest guest = X87Guest.longMode()) {
			guest.cpu.r[Cpu.RBX] = 0x1000;
			for (String instruction : NON_WAITING) {
				guest.cpu.fpu.control = 0x37E;
				guest.cpu.fpu.status = 0x8081;
				assertEquals(X87Guest.NO_FAULT, guest.run(instruction), instruction);
			}
		}
	}
}
