package mshv.backend.emu.exec.integer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;
import org.junit.jupiter.api.Test;

class StringsTest {
	private static final int[] OPERATIONS = {0xA4, 0xA6, 0xAA, 0xAC, 0xAE};
	private static final int CASES = 1000;

	private final Random random = new Random(7);

	@Test
	void repeatedInstructionsIn64BitModeEqualTheModel() {
		try (TestGuest guest = TestGuest.longMode()) {
			for (int i = 0; i < CASES; i++) {
				int size = 1 << random.nextInt(4);
				String prefix = size == 2 ? "66" : "";
				compareWithModel(guest, prefix, size == 8 ? "48" : "", size, -1L, 0x8000);
			}
		}
	}

	@Test
	void repeatedInstructionsWith32BitAddressesEqualTheModel() {
		try (TestGuest guest = TestGuest.longMode()) {
			for (int i = 0; i < CASES; i++) {
				int size = 1 << random.nextInt(4);
				compareWithModel(guest, size == 2 ? "6667" : "67", size == 8 ? "48" : "", size, 0xFFFFFFFFL, 0x8000);
			}
		}
	}

	@Test
	void repeatedInstructionsInProtectedModeEqualTheModel() {
		try (TestGuest guest = TestGuest.protectedMode()) {
			guest.cpu.segments[Segment.ES].base = 0x1234;
			for (int i = 0; i < CASES; i++) {
				int size = 1 << random.nextInt(3);
				compareWithModel(guest, size == 2 ? "66" : "", "", size, 0xFFFFFFFFL, 0x8000);
			}
		}
	}

	@Test
	void pointersOf16BitsWrapAsInTheModel() {
		try (TestGuest guest = TestGuest.realMode()) {
			guest.cpu.segments[Segment.ES].base = 0x8010;
			for (int i = 0; i < CASES; i++) {
				int size = 1 << random.nextInt(3);
				compareWithModel(guest, size == 4 ? "66" : "", "", size, 0xFFFF, 0xFFFF);
			}
		}
	}

	private void compareWithModel(TestGuest guest, String prefix, String rex, int size, long offsets, int reach) {
		Cpu cpu = guest.cpu;
		int operation = OPERATIONS[random.nextInt(5)];
		boolean down = random.nextBoolean();
		boolean whileEqual = random.nextBoolean();
		byte[] memory = new byte[TestGuest.BYTES];
		random.nextBytes(memory);
		boolean comparing = operation == 0xA6 || operation == 0xAE;
		if (comparing && random.nextInt(4) != 0) {
			Arrays.fill(memory, (byte) 0);
			memory[random.nextInt(memory.length)] = 1;
		}
		StringModel model = new StringModel(memory, size, down, offsets);
		model.targetBase = cpu.mode == 64 ? 0 : cpu.segments[Segment.ES].base;
		model.count = random.nextInt(random.nextBoolean() ? 12 : (offsets == 0xFFFF ? 0x8000 : 0x6000) / size);
		boolean wraps = offsets == 0xFFFF;
		int low = down && !wraps ? reach : 0;
		model.source = low + random.nextInt(reach) & (wraps ? -size : -1);
		model.target = random.nextBoolean() ? low + random.nextInt(reach) & (wraps ? -size : -1)
			: model.source + size * (random.nextInt(9) - 4L) + (wraps ? 0 : random.nextInt(3)) & offsets & 0xFFFF;
		model.accumulator = comparing && random.nextInt(4) != 0 ? 0 : random.nextInt(3) == 0 ? 0x5A5A5A5A5A5A5A5AL : random.nextLong();
		if (!wraps && down) {
			model.target = Math.max(model.target, model.count * size + 16);
		}
		guest.setBytes(memory);
		cpu.systemFlags = Flag.FIXED | (down ? Flag.DF : 0);
		int flags = random.nextBoolean() ? Flag.ZF | Flag.CF : Flag.SF;
		cpu.setArithmeticFlags(flags);
		long above = cpu.mode == 64 && offsets != -1 ? 0xABCD_0000_0000L : cpu.mode == 16 ? 0xABCD_0000L : 0;
		cpu.r[Cpu.RAX] = model.accumulator;
		cpu.r[Cpu.RSI] = model.source | (model.count == 0 ? 0 : above);
		cpu.r[Cpu.RDI] = model.target | (model.count == 0 ? 0 : above);
		cpu.r[Cpu.RCX] = model.count | (model.count == 0 ? 0 : above);
		String instruction = "%s%s%s%02x".formatted(prefix, whileEqual ? "f3" : "f2", rex, operation | (size > 1 ? 1 : 0));
		String what = "%s rcx %x rsi %x rdi %x down %s".formatted(instruction, model.count, model.source, model.target, down);
		assertEquals(TestGuest.NO_FAULT, guest.run(instruction), what);
		model.repeat(operation, whileEqual);
		assertEquals(model.count, cpu.r[Cpu.RCX] & offsets, what);
		assertEquals(model.source, cpu.r[Cpu.RSI] & offsets, what);
		assertEquals(model.target, cpu.r[Cpu.RDI] & offsets, what);
		assertEquals(model.accumulator, cpu.r[Cpu.RAX], what);
		assertEquals(model.zero(flags), cpu.arithmeticFlags() & Flag.ZF, what);
		assertArrayEquals(memory, guest.bytes(), what);
	}

	@Test
	void faultFindsTheProgressCommitted() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.memory.setEntry(4, 0);
			Cpu cpu = guest.cpu;
			cpu.r[Cpu.RAX] = 0x1122_3344_5566_7788L;
			cpu.r[Cpu.RDI] = 0x3804;
			cpu.r[Cpu.RCX] = 1000;
			assertEquals(GuestFault.EXIT, guest.run("f3 48 ab")); // rep stosq
			assertEquals(0x3FFC, cpu.r[Cpu.RDI]);
			assertEquals(1000 - 255, cpu.r[Cpu.RCX]);
			assertEquals(TestGuest.START, cpu.rip);
			assertEquals(0x1122_3344_5566_7788L, guest.read(0x3FF4, 8));
			assertEquals(0x4000, cpu.exit.gpa);
			assertTrue(cpu.exit.write);
		}
	}

	@Test
	void exitTellsTheElementAndNotTheRun() {
		try (TestGuest guest = TestGuest.longMode()) {
			guest.memory.setEntry(4, 0);
			Cpu cpu = guest.cpu;
			cpu.systemFlags |= Flag.DF;
			cpu.r[Cpu.RSI] = 0x4FF0;
			cpu.r[Cpu.RDI] = 0x8000;
			cpu.r[Cpu.RCX] = 100;
			assertEquals(GuestFault.EXIT, guest.run("f3 a5")); // rep movsd
			assertEquals(0x4FF0, cpu.exit.gpa);
			assertEquals(4, cpu.exit.size);
			assertEquals(100, cpu.r[Cpu.RCX]);
			cpu.r[Cpu.RDI] = 0x4FF0;
			assertEquals(GuestFault.EXIT, guest.run("f3 ab")); // rep stosd
			assertEquals(0x4FF0, cpu.exit.gpa);
			assertEquals(4, cpu.exit.size);
		}
	}

	@Test
	void segmentLimitFaultsAtTheFirstElementBehindIt() {
		try (TestGuest guest = TestGuest.protectedMode()) {
			guest.cpu.segments[Segment.ES].limit = 0x2FFE;
			guest.cpu.r[Cpu.RDI] = 0x2F00;
			guest.cpu.r[Cpu.RCX] = 0x1000;
			assertEquals(Vector.GP, guest.run("f3 66 ab")); // rep stosw
			assertEquals(0x2FFE, guest.cpu.r[Cpu.RDI]);
			assertEquals(0x1000 - 0x7F, guest.cpu.r[Cpu.RCX]);
		}
	}

	@Test
	void expandDownSegmentIsUsable() {
		try (TestGuest guest = TestGuest.protectedMode()) {
			guest.cpu.segments[Segment.ES].attributes |= 4;
			guest.cpu.segments[Segment.ES].limit = 0x2FFF;
			guest.cpu.r[Cpu.RAX] = 0x77;
			guest.cpu.r[Cpu.RDI] = 0x3000;
			guest.cpu.r[Cpu.RCX] = 0x20;
			assertEquals(TestGuest.NO_FAULT, guest.run("f3 aa")); // rep stosb
			assertEquals(0x77, guest.read(0x301F, 1));
			guest.cpu.r[Cpu.RDI] = 0x2FFF;
			assertEquals(Vector.GP, guest.run("aa"));
		}
	}

	@Test
	void longRunPausesWhenAttentionIsAskedAndGoesOn() {
		try (TestGuest guest = TestGuest.longMode()) {
			Cpu cpu = guest.cpu;
			cpu.r[Cpu.RDI] = 0x1000;
			cpu.r[Cpu.RCX] = 0x1E000;
			cpu.r[Cpu.RAX] = 0x11;
			cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
			assertEquals(TestGuest.NO_FAULT, guest.run("f3 aa")); // rep stosb
			assertEquals(TestGuest.START, cpu.rip);
			assertTrue(cpu.r[Cpu.RCX] > 0 && cpu.r[Cpu.RCX] < 0x1E000);
			assertEquals(0x1F000, cpu.r[Cpu.RDI] + cpu.r[Cpu.RCX]);
			cpu.clearAttention(-1);
			guest.run("f3 aa");
			assertEquals(TestGuest.START + 2, cpu.rip);
			assertEquals(0, cpu.r[Cpu.RCX]);
			assertEquals(0x11, guest.read(0x1EFFF, 1));
		}
	}

	@Test
	void singleStepStopsAfterEachElement() {
		try (TestGuest guest = TestGuest.longMode()) {
			Cpu cpu = guest.cpu;
			cpu.setRflags(Flag.TF);
			cpu.r[Cpu.RSI] = 0x2000;
			cpu.r[Cpu.RDI] = 0x3000;
			cpu.r[Cpu.RCX] = 2;
			guest.run("f3 a4"); // rep movsb
			assertEquals(1, cpu.r[Cpu.RCX]);
			assertEquals(TestGuest.START, cpu.rip);
			guest.run("f3 a4");
			assertEquals(TestGuest.START + 2, cpu.rip);
		}
	}

	@Test
	void translatedCodeInTheMiddleOfARunIsFound() {
		try (TestGuest guest = TestGuest.longMode()) {
			Cpu cpu = guest.cpu;
			guest.memory.codePages().mark(guest.memory.codePages().add(_ -> true), 3, -1);
			guest.translated.at = 0x3456;
			cpu.precise = false;
			cpu.r[Cpu.RDI] = 0x2F00;
			cpu.r[Cpu.RCX] = 0x800;
			assertEquals(GuestFault.CODE_WRITE, guest.run("f3 aa")); // rep stosb
			assertEquals(0x3000, cpu.r[Cpu.RDI]);
			assertEquals(0x700, cpu.r[Cpu.RCX]);
			cpu.precise = true;
			assertEquals(TestGuest.NO_FAULT, guest.run("f3 aa"));
			assertEquals(-1, guest.translated.at);
			assertEquals(0x3700, cpu.r[Cpu.RDI]);
		}
	}

	@Test
	void devicePageIsAccessedElementByElement() {
		try (TestGuest guest = TestGuest.longMode()) {
			Cpu cpu = guest.cpu;
			guest.platform.devicePage = 0x5000;
			cpu.r[Cpu.RAX] = 0x0102_0304;
			cpu.r[Cpu.RDI] = 0x4FF8;
			cpu.r[Cpu.RCX] = 4;
			assertEquals(TestGuest.NO_FAULT, guest.run("f3 ab")); // rep stosd
			assertEquals(0x0102_0304, guest.read(0x4FFC, 4));
			assertEquals(4, guest.platform.device[4]);
			assertEquals(0, guest.platform.device[8]);
			cpu.r[Cpu.RSI] = 0x5000;
			cpu.r[Cpu.RDI] = 0x6000;
			cpu.r[Cpu.RCX] = 2;
			guest.run("f3 a5"); // rep movsd
			assertEquals(0x0102_0304_0102_0304L, guest.read(0x6000, 8));
		}
	}

	@Test
	void misalignedElementIsRefusedWhenAlignmentIsChecked() {
		try (TestGuest guest = TestGuest.longMode()) {
			Cpu cpu = guest.cpu;
			cpu.cpl = 3;
			cpu.cr0 |= Cpu.CR0_AM;
			cpu.setRflags(Flag.AC);
			cpu.r[Cpu.RDI] = 0x3001;
			cpu.r[Cpu.RCX] = 7;
			assertEquals(TestGuest.NO_FAULT, guest.run("f3 aa")); // rep stosb
			cpu.r[Cpu.RDI] = 0x3001;
			cpu.r[Cpu.RCX] = 7;
			assertEquals(Vector.AC, guest.run("f3 ab")); // rep stosd
		}
	}

	@Test
	void countOfZeroDoesNothing() {
		try (TestGuest guest = TestGuest.longMode()) {
			Cpu cpu = guest.cpu;
			cpu.setArithmeticFlags(Flag.CF | Flag.ZF);
			cpu.r[Cpu.RSI] = 1L << 50;
			cpu.r[Cpu.RDI] = 1L << 50;
			assertEquals(TestGuest.NO_FAULT, guest.run("f2 a6")); // repne cmpsb
			assertEquals(Flag.CF | Flag.ZF, cpu.arithmeticFlags());
			assertEquals(1L << 50, cpu.r[Cpu.RSI]);
		}
	}
}
