package mshv.backend.emu.block;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random 64-bit machine code that always ends: code with jumps forward to later instructions and loops back to earlier ones, and a HLT. RBX
 * and R15 are kept. All loops together are taken as often as the doubleword at RSP plus {@value #ROUNDS} says.
 */
final class RandomProgram {
	private static final byte NOP = (byte) 0x90;
	private static final byte HLT = (byte) 0xF4;
	private static final int LOCK = 0xF0;
	private static final int[] ALU = {0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38};
	/** Displacement from RSP of the number of times that loops go back. */
	static final int ROUNDS = 0x100;
	private static final int MOST_REPEATED = 25;
	/** Most instructions that a jump skips: they are short of the 127 bytes that it reaches. */
	private static final int MOST_SKIPPED = 6;

	private final Random random;
	private final ByteArrayOutputStream code = new ByteArrayOutputStream();

	private RandomProgram(long seed) {
		random = new Random(seed);
	}

	/** @return machine code to be entered at its first byte */
	static byte[] generate(long seed, int instructions) {
		RandomProgram program = new RandomProgram(seed);
		List<byte[]> encoded = new ArrayList<>();
		for (int n = 0; n < instructions; n++) {
			program.code.reset();
			program.instruction();
			encoded.add(program.code.toByteArray());
		}
		for (int n = 0; n <= MOST_SKIPPED; n++) {
			encoded.add(new byte[] {NOP});
		}
		encoded.add(new byte[] {HLT});
		program.code.reset();
		for (int n = 0; n < encoded.size(); n++) {
			byte[] bytes = encoded.get(n);
			if (bytes.length == 9 + 2) {
				// As far back as the displacement reaches
				int back = bytes[10];
				int from = n;
				int distance = bytes.length;
				while (n - from < back && from > 0 && distance + encoded.get(from - 1).length <= 128) {
					distance += encoded.get(--from).length;
				}
				bytes[10] = (byte) -distance;
			} else if (bytes.length == 2 && (bytes[0] & 0xF0) == 0x70) {
				int skipped = bytes[1];
				bytes[1] = (byte) encoded.subList(n + 1, n + 1 + skipped).stream().mapToInt(skip -> skip.length).sum();
			}
			program.code.writeBytes(bytes);
		}
		return program.code.toByteArray();
	}

	private void bytes(int... values) {
		for (int value : values) {
			code.write(value);
		}
	}

	private void immediate(int size) {
		for (int n = 0; n < size; n++) {
			bytes(random.nextInt(4) == 0 ? 0xFF : random.nextInt(256));
		}
	}

	/** A destination: neither RSP (4), RBX (3) nor R15. */
	private int register() {
		int register = random.nextInt(13);
		return register >= 3 ? register + 2 : register;
	}

	private void instruction() {
		int size = random.nextBoolean() ? 8 : 4;
		int reg = register();
		int rm = register();
		boolean memory = random.nextInt(3) == 0;
		switch (random.nextInt(26)) {
			case 0, 1 -> form(size, ALU[random.nextInt(8)] + 1, reg, rm, memory);
			case 2, 3 -> form(size, ALU[random.nextInt(8)] + 3, reg, rm, memory);
			case 4 -> {
				form(size, 0x83, random.nextInt(8), rm, memory);
				immediate(1);
			}
			case 5 -> {
				form(size, 0x81, random.nextInt(8), rm, memory);
				immediate(4);
			}
			case 6 -> form(size, random.nextBoolean() ? 0x89 : 0x8B, reg, rm, memory);
			case 7 -> {
				form(size, 0xC1, new int[] {0, 1, 4, 5, 7}[random.nextInt(5)], rm, false);
				immediate(1);
			}
			case 8 -> form(size, 0xD3, new int[] {0, 1, 2, 3, 4, 5, 7}[random.nextInt(7)], rm, false);
			case 9 -> form(size, 0x0F00 | new int[] {0xB6, 0xB7, 0xBE, 0xBF, 0xAF, 0x40 + random.nextInt(16)}[random.nextInt(6)], reg, rm, memory);
			case 10 -> form(1, 0x0F90 + random.nextInt(16), 0, rm, memory);
			case 11 -> form(size, random.nextBoolean() ? 0xFF : 0xF7, random.nextInt(2) + (random.nextBoolean() ? 0 : 2) & 1, rm, memory, true);
			case 12 -> form(1, ALU[random.nextInt(8)] + (random.nextBoolean() ? 0 : 2), reg, rm, memory);
			case 13 -> form(size, 0x8D, reg, rm, true);
			case 14 -> {
				bytes(rm >= 8 ? 0x41 : 0x40, 0x50 + (rm & 7));
				bytes(reg >= 8 ? 0x41 : 0x40, 0x58 + (reg & 7));
			}
			case 15 -> {
				form(size, 0xF7, random.nextInt(2) == 0 ? 2 : 3, rm, memory);
			}
			case 16 -> {
				// decl ROUNDS(%rsp) with a redundant REX prefix and two-byte NOP; jns
				bytes(0xFF, 0x8C, 0x24, ROUNDS & 0xFF, ROUNDS >> 8, 0, 0, 0x66, NOP, 0x79, random.nextInt(MOST_REPEATED + 1));
			}
			case 17 -> {
				bytes(LOCK);
				switch (random.nextInt(4)) {
					case 0 -> form(size, 0x0F00 | (random.nextBoolean() ? 0xC1 : 0xB1), reg, 0, true);
					case 1 -> form(size, 0xFF, random.nextInt(2), 0, true);
					case 2 -> form(size, 0x87, reg, 0, true);
					default -> form(random.nextInt(4) == 0 ? 1 : size, ALU[random.nextInt(7)] + 1, reg, 0, true);
				}
			}
			case 18 -> {
				// A comparison that mostly succeeds: mov disp(%rbx), %rax; lock cmpxchg %reg, disp(%rbx)
				int displacement = random.nextInt(100);
				int rex = 0x40 | (size == 8 ? 8 : 0);
				bytes(rex, 0x8B, 0x43, displacement, LOCK, rex | (reg >= 8 ? 4 : 0), 0x0F, 0xB1, 0x43 | (reg & 7) << 3, displacement);
			}
			case 19, 20, 21, 22, 23, 24 -> vector(reg, rm, memory);
			default -> bytes(0x70 + random.nextInt(16), random.nextInt(MOST_SKIPPED + 1));
		}
	}

	private int pick(int... choices) {
		return choices[random.nextInt(choices.length)];
	}

	/** An SSE instruction. Memory has any alignment, so only instructions that do not ask for one access it. */
	private void vector(int general, int otherGeneral, boolean memory) {
		int reg = random.nextInt(16);
		int rm = random.nextInt(16);
		int size = random.nextBoolean() ? 8 : 4;
		switch (random.nextInt(10)) {
			case 0, 1 -> prefixed(0x66, 4, 0x0F00 | pick(0xFC, 0xFD, 0xFE, 0xD4, 0xF8, 0xF9, 0xFA, 0xFB, 0xEC, 0xED, 0xDC, 0xDD, 0xE8, 0xE9,
				0xD8, 0xD9, 0xE0, 0xE3, 0x74, 0x75, 0x76, 0x64, 0x65, 0x66, 0xEE, 0xEA, 0xDE, 0xDA, 0xD5, 0xE5, 0xE4, 0xF4, 0xF5, 0xF6, 0xDB,
				0xDF, 0xEB, 0xEF, 0x54, 0x55, 0x56, 0x57, 0x60, 0x61, 0x62, 0x68, 0x69, 0x6A, 0x6C, 0x6D, 0x14, 0x15, 0x63, 0x67, 0x6B,
				0x6F, 0x7F, 0x28), reg, rm, false);
			case 2 -> {
				prefixed(pick(0x66, 0xF2, 0xF3), 4, 0x0F70, reg, rm, false);
				immediate(1);
			}
			case 3 -> {
				if (random.nextBoolean()) {
					prefixed(0x66, 4, 0x0F71 + random.nextInt(2), pick(2, 4, 6), rm, false);
				} else {
					prefixed(0x66, 4, 0x0F73, pick(2, 3, 6, 7), rm, false);
				}
				bytes(random.nextInt(24));
			}
			case 4 -> {
				prefixed(pick(0, 0x66), 4, 0x0FC6, reg, rm, false);
				immediate(1);
			}
			case 5 -> prefixed(pick(0, 0x66), 4, 0x0F00 | pick(0x51, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F, 0x14, 0x15, 0x5B), reg, rm, false);
			case 6 -> {
				int scalar = pick(0xF2, 0xF3);
				switch (random.nextInt(4)) {
					case 0 -> prefixed(scalar, size, 0x0F2A, reg, otherGeneral, memory);
					case 1 -> prefixed(scalar, size, 0x0F2C + random.nextInt(2), general, rm, false);
					default -> prefixed(scalar, 4, 0x0F00 | pick(0x51, 0x58, 0x59, 0x5A, 0x5C, 0x5D, 0x5E, 0x5F), reg, rm, memory);
				}
			}
			case 7 -> {
				switch (random.nextInt(6)) {
					case 0 -> prefixed(pick(0, 0x66, 0xF2, 0xF3), 4, 0x0F10 + random.nextInt(2), reg, rm, memory);
					case 1 -> prefixed(0xF3, 4, pick(0x0F6F, 0x0F7F, 0x0F7E), reg, rm, memory);
					case 2 -> prefixed(0x66, size, 0x0F6E, reg, otherGeneral, memory);
					case 3 -> prefixed(0x66, size, 0x0F7E, reg, otherGeneral, memory);
					case 4 -> prefixed(0, 4, pick(0x0F12, 0x0F16), reg, rm, memory);
					default -> prefixed(0x66, 4, pick(0x0F12, 0x0F13, 0x0F16, 0x0F17), reg, rm, true);
				}
			}
			case 8 -> {
				// fxsave64 0x200(%rsp); paddq; fxrstor64 0x200(%rsp)
				bytes(0x48, 0x0F, 0xAE, 0x84, 0x24, 0, 2, 0, 0);
				prefixed(0x66, 4, 0x0FD4, reg, rm, false);
				bytes(0x48, 0x0F, 0xAE, 0x8C, 0x24, 0, 2, 0, 0);
			}
			default -> {
				if (random.nextBoolean()) {
					prefixed(pick(0, 0x66), 4, 0x0F2E + random.nextInt(2), reg, rm, memory);
				} else {
					prefixed(0x66, 4, pick(0x0F50, 0x0FD7), general, rm, false);
				}
			}
		}
	}

	private void prefixed(int prefix, int size, int opcode, int reg, int rm, boolean memory) {
		if (prefix != 0) {
			bytes(prefix);
		}
		form(size, opcode, reg, rm, memory);
	}

	private void form(int size, int opcode, int reg, int rm, boolean memory, boolean incrementOrDecrement) {
		if (opcode == 0xFF && incrementOrDecrement) {
			form(size, 0xFF, reg, rm, memory);
		} else {
			form(size, 0xF7, 0, rm, memory);
			immediate(4);
		}
	}

	private void form(int size, int opcode, int reg, int rm, boolean memory) {
		int index = register();
		boolean indexed = memory && random.nextInt(4) == 0;
		if (memory && random.nextInt(6) == 0) {
			bytes(random.nextBoolean() ? 0x64 : 0x65);
		}
		int rex = 0x40 | (size == 8 ? 8 : 0) | (reg >= 8 ? 4 : 0) | (!memory && rm >= 8 ? 1 : 0);
		if (indexed) {
			// R15 is a small number
			bytes(rex | 2);
		} else {
			bytes(rex);
		}
		if (opcode > 0xFF) {
			bytes(opcode >> 8);
		}
		bytes(opcode & 0xFF);
		if (!memory) {
			bytes(0xC0 | (reg & 7) << 3 | rm & 7);
		} else if (indexed) {
			bytes(0x44 | (reg & 7) << 3, (index & 3) << 6 | 7 << 3 | 3, random.nextInt(100));
		} else {
			bytes(0x43 | (reg & 7) << 3, random.nextInt(100));
		}
	}
}
