package mshv.backend.emu.exec.x87;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;

class RegisterStackTest {
	private static final String FLD1 = "d9 e8";
	private static final String FLDPI = "d9 eb";
	private static final String FADDP = "de c1";
	private static final String FSTP_32 = "d9 1b";
	private static final String FSTP_80 = "db 3b";
	private static final long ONE = Long.MIN_VALUE;

	@Test
	void theNinthPushOverflowsAndLeavesIndefinite() {
		try (X87Guest guest = X87Guest.longMode()) {
			for (int i = 0; i < 8; i++) {
				guest.run(FLD1);
			}
			FpuState fpu = guest.cpu.fpu;
			assertEquals(0, fpu.status);
			guest.run(FLD1);
			assertEquals(0x3A41, fpu.status);
			assertEquals(0xFFFF, fpu.signExponent[7]);
			assertEquals(0xC0000000_00000000L, fpu.significand[7]);
		}
	}

	@Test
	void anUnmaskedOverflowPushesNothing() {
		try (X87Guest guest = X87Guest.longMode()) {
			FpuState fpu = guest.cpu.fpu;
			fpu.control = 0x37E;
			fpu.valid = 0x80;
			guest.run(FLDPI);
			assertEquals(0x82C1, fpu.status);
			assertEquals(0, fpu.significand[7]);
		}
	}

	@Test
	void arithmeticPopsItsOperands() {
		try (X87Guest guest = X87Guest.longMode()) {
			guest.run(FLD1);
			guest.run(FLD1);
			guest.run(FADDP);
			FpuState fpu = guest.cpu.fpu;
			assertEquals(0x3800, fpu.status);
			assertEquals(0x80, fpu.valid);
			assertEquals(0x4000, fpu.signExponent[7]);
			assertEquals(ONE, fpu.significand[7]);
		}
	}

	@Test
	void aStoreThatCannotReachMemoryNeitherPopsNorRaises() {
		try (X87Guest guest = X87Guest.longMode()) {
			guest.run(FLDPI);
			guest.cpu.r[Cpu.RBX] = X87Guest.BYTES - 2;
			long last = guest.cpu.fpu.lastInstruction;
			for (String store : new String[] {FSTP_32, FSTP_80, "dd 1b", "df 3b", "df 33"}) {
				assertEquals(-1, guest.run(store));
				assertEquals(0x3800, guest.cpu.fpu.status);
				assertEquals(0x80, guest.cpu.fpu.valid);
				assertEquals(last, guest.cpu.fpu.lastInstruction);
				assertEquals(0, guest.read(X87Guest.BYTES - 2, 2));
			}
		}
	}

	@Test
	void aStoreWithAnUnmaskedExceptionLeavesMemoryAndStack() {
		try (X87Guest guest = X87Guest.longMode()) {
			guest.cpu.r[Cpu.RBX] = 0x1000;
			guest.write(0x1000, 8, 0x1122334455667788L);
			FpuState fpu = guest.cpu.fpu;
			fpu.control = 0x340;
			fpu.setTop(7);
			FloatStack.set(fpu, 7, 0x7FFE, ONE);
			assertEquals(X87Guest.NO_FAULT, guest.run(FSTP_32));
			assertEquals(0x1122334455667788L, guest.read(0x1000, 8));
			assertEquals(0xB888, fpu.status);
			assertEquals(0x80, fpu.valid);
		}
	}

	@Test
	void mmxStateEndsWithEmms() {
		try (X87Guest guest = X87Guest.longMode()) {
			guest.cpu.fpu.valid = 0xFF;
			guest.cpu.fpu.status = 0x2900;
			guest.run("0f 77");
			assertEquals(0, guest.cpu.fpu.valid);
			assertEquals(0x100, guest.cpu.fpu.status);
		}
	}

	@Test
	void pointersFollowTheLastNonControlInstruction() {
		try (X87Guest guest = X87Guest.longMode()) {
			FpuState fpu = guest.cpu.fpu;
			guest.cpu.r[Cpu.RBX] = 0x1000;
			guest.run("d9 03");
			assertEquals(X87Guest.START, fpu.lastInstruction);
			assertEquals(0x1000, fpu.lastOperand);
			fpu.lastInstruction = 5;
			guest.run("d9 7b 10");
			assertEquals(5, fpu.lastInstruction);
			assertEquals(0x1000, fpu.lastOperand);
			guest.run(FLD1);
			assertEquals(X87Guest.START, fpu.lastInstruction);
			assertEquals(0x1000, fpu.lastOperand);
		}
	}
}
