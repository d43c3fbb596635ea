package mshv.vmm.mmio;

import mshv.vmm.cpu.ProcessorMode;

/** Reads one instruction: prefixes, opcode of the one-byte and the 0F map, ModRM, SIB, displacement, immediate. */
final class Decoder {
	/** Longest instruction in bytes. */
	static final int MAX_LENGTH = 15;

	private static final int DS = 3;
	private static final int SS = 2;
	private static final int RSP = 4;
	private static final int RBP = 5;
	private static final int RSI = 6;
	private static final int RDI = 7;
	private static final int RBX = 3;

	/** What comes of decoding. */
	enum Result {
		/** Decoded. */
		DONE,
		/** The bytes end within the instruction. */
		TRUNCATED,
		/** Not among the forms that are emulated. */
		UNKNOWN
	}

	private byte[] bytes;
	private int count;
	private int position;
	private boolean truncated;
	private int segmentPrefix;
	private int rexByte;

	/** @param bytes from the first byte of the instruction on @param count how many of them are known
	 * @param to filled; holds nothing useful unless the result is {@link Result#DONE} */
	Result decode(byte[] bytes, int count, ProcessorMode mode, Instruction to) {
		this.bytes = bytes;
		this.count = Math.min(count, MAX_LENGTH);
		position = 0;
		truncated = false;
		prefixes(mode, to);
		int opcode = next();
		to.map = 0;
		if (opcode == 0x0F) {
			to.map = 0x0F;
			opcode = next();
		}
		to.opcode = opcode;
		to.opcodeRegister = opcode & 7 | (rexByte & 1) << 3;
		if (truncated) {
			return tooShort();
		}
		int form = to.map == 0 ? OpcodeForms.oneByte(opcode) : OpcodeForms.twoByte(opcode);
		if (form == OpcodeForms.UNKNOWN) {
			return Result.UNKNOWN;
		}
		to.memory = false;
		to.immediate = 0;
		if ((form & OpcodeForms.MODRM) != 0) {
			modrm(to);
		}
		int immediate = form & OpcodeForms.IMMEDIATE;
		if ((form & OpcodeForms.GROUP3) != 0 && to.group < 2) {
			immediate = opcode == 0xF6 ? OpcodeForms.IMMEDIATE_8 : OpcodeForms.IMMEDIATE_Z;
		}
		switch (immediate) {
			case OpcodeForms.IMMEDIATE_8 -> to.immediate = (byte) next();
			case OpcodeForms.IMMEDIATE_Z -> to.immediate = to.operandSize == 2 ? (short) number(2) : (int) number(4);
			case OpcodeForms.IMMEDIATE_16_8 -> to.immediate = number(3);
			case OpcodeForms.OFFSET -> {
				to.memory = true;
				to.base = -1;
				to.index = -1;
				to.ripRelative = false;
				to.segment = segmentPrefix < 0 ? DS : segmentPrefix;
				to.displacement = number(to.addressSize);
			}
			default -> {
				// None
			}
		}
		to.length = position;
		return truncated ? tooShort() : Result.DONE;
	}

	/** A whole instruction's worth of bytes that still does not end is no instruction. */
	private Result tooShort() {
		return count == MAX_LENGTH ? Result.UNKNOWN : Result.TRUNCATED;
	}

	private void prefixes(ProcessorMode mode, Instruction to) {
		to.longMode = mode.longMode();
		to.lock = false;
		to.operandPrefix = false;
		to.repeat = 0;
		to.operandSize = mode.defaultSize();
		to.addressSize = mode.addressSize();
		segmentPrefix = -1;
		rexByte = 0;
		for (boolean more = true; more; ) {
			int prefix = peek();
			switch (prefix) {
				case 0x66 -> {
					to.operandPrefix = true;
					to.operandSize = mode.defaultSize() == 2 ? 4 : 2;
				}
				case 0x67 -> to.addressSize = mode.addressSize() == 4 ? 2 : 4;
				case 0x26, 0x2E, 0x36, 0x3E -> {
					// Without effect in 64-bit mode
					if (!mode.longMode()) {
						segmentPrefix = prefix >> 3 & 3;
					}
				}
				case 0x64, 0x65 -> segmentPrefix = prefix - 0x60;
				case 0xF0 -> to.lock = true;
				case 0xF2, 0xF3 -> to.repeat = prefix;
				default -> more = false;
			}
			if (more) {
				position++;
			}
		}
		if (mode.longMode() && (peek() & 0xF0) == 0x40) {
			rexByte = next();
			if ((rexByte & 8) != 0) {
				to.operandSize = 8;
			}
		}
		to.rex = rexByte != 0;
		// String instructions have no ModRM; their segment is that of the prefix
		to.segment = segmentPrefix < 0 ? DS : segmentPrefix;
	}

	private void modrm(Instruction to) {
		int modrm = next();
		int mod = modrm >> 6;
		int rm = modrm & 7;
		to.group = modrm >> 3 & 7;
		to.reg = to.group | (rexByte & 4) << 1;
		to.rm = rm | (rexByte & 1) << 3;
		to.memory = mod != 3;
		if (!to.memory) {
			return;
		}
		to.base = -1;
		to.index = -1;
		to.scale = 0;
		to.ripRelative = false;
		int segment = DS;
		int displacementSize = mod == 1 ? 1 : mod == 2 ? to.addressSize == 2 ? 2 : 4 : 0;
		if (to.addressSize == 2) {
			segment = modrm16(to, mod, rm);
			if (mod == 0 && rm == 6) {
				displacementSize = 2;
			}
		} else {
			if (rm == RSP) {
				int sib = next();
				int index = sib >> 3 & 7 | (rexByte & 2) << 2;
				to.index = index == RSP ? -1 : index;
				to.scale = sib >> 6;
				rm = sib & 7;
				if (rm == RBP && mod == 0) {
					displacementSize = 4;
				} else {
					to.base = rm | (rexByte & 1) << 3;
				}
			} else if (rm == RBP && mod == 0) {
				displacementSize = 4;
				to.ripRelative = to.longMode;
			} else {
				to.base = to.rm;
			}
			if (to.base == RSP || to.base == RBP) {
				segment = SS;
			}
		}
		to.segment = segmentPrefix < 0 ? segment : segmentPrefix;
		to.displacement = switch (displacementSize) {
			case 1 -> (byte) next();
			case 2 -> (short) number(2);
			case 4 -> (int) number(4);
			default -> 0;
		};
	}

	/** @return the default segment */
	private static int modrm16(Instruction to, int mod, int rm) {
		switch (rm) {
			case 0, 1, 7 -> to.base = RBX;
			case 2, 3 -> to.base = RBP;
			case 4 -> to.base = RSI;
			case 5 -> to.base = RDI;
			default -> to.base = mod == 0 ? -1 : RBP;
		}
		if (rm < 4) {
			to.index = (rm & 1) == 0 ? RSI : RDI;
		}
		return to.base == RBP ? SS : DS;
	}

	private int peek() {
		if (position >= count) {
			truncated = true;
			return 0;
		}
		return bytes[position] & 0xFF;
	}

	private int next() {
		int value = peek();
		position++;
		return value;
	}

	private long number(int size) {
		long value = 0;
		for (int i = 0; i < size; i++) {
			value |= (long) next() << 8 * i;
		}
		return value;
	}
}
