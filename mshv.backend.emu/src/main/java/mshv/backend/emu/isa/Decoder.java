package mshv.backend.emu.isa;

/**
 * Turns instruction bytes into {@link Instruction}s: the integer, system, x87, MMX, SSE and SSE2 instructions of the Intel SDM volume 2,
 * in 16-, 32- and 64-bit code.
 * <p>
 * Where processors differ it follows Intel's: an operand-size prefix on a near branch in 64-bit code has no effect. Extensions that the
 * processor does not offer (SSE3 and later, VEX, XSAVE, VMX ...) are {@link Opcode#INVALID}, except that their encodings among the hint
 * instructions stay {@link Opcode#NOP}.
 * <p>
 * The only operand of an instruction is its destination, with these exceptions: what x87 and state instructions load is a source (FLD,
 * FLDCW, FLDENV, FRSTOR, FXRSTOR, LDMXCSR), and so are the immediates of branches, INT, RET, ENTER, AAM and AAD. Operands that the opcode
 * implies are named for x87 ({@code ST 0}) and accumulator forms, but not for string instructions, XLAT, MUL, DIV and CMPXCHG. Hints and
 * long NOPs keep an operand that is never accessed.
 * <p>
 * Keeps its state between bytes in itself and allocates nothing; one thread at a time.
 */
public final class Decoder {
	/** Result of {@link #decode}: the encoding goes on after the fifteenth byte (#GP). */
	public static final int TOO_LONG = -1;

	private static final Form[] LEGACY = OneByteMap.create(false);
	private static final Form[] LONG = OneByteMap.create(true);
	private static final Form[] TWO_BYTE = TwoByteMap.create();

	private static final int REX_W = 8;
	private static final int REX_R = 4;
	private static final int REX_X = 2;
	private static final int REX_B = 1;
	private static final int NO_SEGMENT = -1;

	private byte[] bytes;
	private int position;
	private int end;

	private boolean longMode;
	private boolean operandSizePrefix;
	private boolean addressSizePrefix;
	private boolean lock;
	/** Index among the mandatory prefixes: 2 for F3, 3 for F2, else 0. */
	private int repeat;
	private int segment;
	private int rex;
	private int code;
	private int modRm;
	private int operandSize;

	/** A decoder. */
	public Decoder() {}

	/**
	 * Decodes one instruction.
	 *
	 * @param bytes holds the instruction's bytes
	 * @param offset index of the first byte
	 * @param available how many bytes there are from {@code offset}; at most fifteen are looked at
	 * @param mode default operation size of CS: 16, 32 or 64 bits
	 * @param address offset of the first byte in CS (RIP)
	 * @param out filled with the instruction; undefined unless the result is positive
	 * @return its length, 1 to 15; 0 if the available bytes are too few to tell; {@link #TOO_LONG}. For an undefined encoding
	 *         ({@link Opcode#INVALID}) the bytes up to the one that makes it undefined
	 */
	public int decode(byte[] bytes, int offset, int available, int mode, long address, Instruction out) {
		this.bytes = bytes;
		position = offset;
		end = offset + Math.min(available, Instruction.MAX_LENGTH);
		longMode = mode == 64;
		out.clear();
		out.address = address;
		Form form = form();
		if (position > end) {
			return available < Instruction.MAX_LENGTH ? 0 : TOO_LONG;
		}
		boolean memory = (form.flags & Form.MAY_BE_MEMORY) != 0 && modRm < 0xc0;
		if (isDefined(form, memory)) {
			decodeOperands(form, memory, mode, out);
			if (out.opcode.group() == Opcode.Group.X87 && (code & 0xF8) == 0xD8) {
				out.immediate2 = (code & 7) << 8 | modRm;
			}
			if (position > end) {
				return available < Instruction.MAX_LENGTH ? 0 : TOO_LONG;
			}
		}
		int length = position - offset;
		out.length = length;
		if (out.ripRelative) {
			out.displacement += address + length;
			if (out.addressSize == 4) {
				out.displacement &= 0xffff_ffffL;
			}
		}
		if (form.immediate == Form.RELATIVE) {
			out.immediate = cut(out.immediate + address + length, operandSize);
		}
		return length;
	}

	private static long cut(long value, int size) {
		return switch (size) {
			case 2 -> value & 0xffff;
			case 4 -> value & 0xffff_ffffL;
			default -> value;
		};
	}

	/** Reads prefixes, opcode and, if the form has one, ModRM. */
	private Form form() {
		operandSizePrefix = false;
		addressSizePrefix = false;
		lock = false;
		repeat = 0;
		segment = NO_SEGMENT;
		rex = 0;
		modRm = 0;
		Form[] map = longMode ? LONG : LEGACY;
		Form form = map[code = nextByte()];
		while (form.prefix != 0) {
			prefix(form.prefix);
			form = map[code = nextByte()];
		}
		boolean read = false;
		while (true) {
			if (!read && (form.flags & Form.MODRM) != 0) {
				modRm = nextByte();
				read = true;
			}
			if (form.selector == 0) {
				return form;
			}
			form = switch (form.selector) {
				case Form.BY_REG -> form.choices[modRm >> 3 & 7];
				case Form.BY_MOD -> form.choices[modRm < 0xc0 ? 0 : 1];
				case Form.BY_RM -> form.choices[modRm & 7];
				case Form.BY_PREFIX -> form.choices[repeat != 0 ? repeat : operandSizePrefix ? 1 : 0];
				case Form.BY_MODE -> form.choices[longMode ? 1 : 0];
				case Form.BY_REX_W -> form.choices[rex >> 3 & 1];
				case Form.BY_REX_B -> form.choices[rex & REX_B];
				default -> TWO_BYTE[code = nextByte()];
			};
		}
	}

	private void prefix(int prefix) {
		if (prefix == Form.PREFIX_REX) {
			rex = code;
			return;
		}
		rex = 0;
		switch (prefix) {
			case Form.PREFIX_OPERAND_SIZE -> operandSizePrefix = true;
			case Form.PREFIX_ADDRESS_SIZE -> addressSizePrefix = true;
			case Form.PREFIX_LOCK -> lock = true;
			case Form.PREFIX_REPEAT -> repeat = 2;
			case Form.PREFIX_REPEAT_NOT -> repeat = 3;
			case Form.PREFIX_IGNORED -> {
				// a segment override without effect in 64-bit mode
			}
			default -> segment = prefix - Form.PREFIX_SEGMENT;
		}
	}

	private boolean isDefined(Form form, boolean memory) {
		int flags = form.flags;
		if (form.opcode == Opcode.INVALID || lock && !(memory && (flags & Form.LOCKABLE) != 0)) {
			return false;
		}
		if (!memory && (flags & Form.ONLY_MEMORY) != 0 || modRm < 0xc0 && (flags & Form.ONLY_REGISTER) != 0) {
			return false;
		}
		return (flags & Form.SPECIAL_REGISTER) == 0 || hasSpecialRegister(form.opcode);
	}

	private boolean hasSpecialRegister(Opcode opcode) {
		int register = modRm >> 3 & 7;
		boolean extended = (rex & REX_R) != 0;
		return switch (opcode) {
			case MOV_FROM_CR, MOV_TO_CR -> extended ? register == 0 : register == 0 || register >= 2 && register <= 4;
			case MOV_FROM_DR, MOV_TO_DR -> !extended;
			case MOV_TO_SEG -> register < 6 && register != 1;
			default -> register < 6;
		};
	}

	private void decodeOperands(Form form, boolean memory, int mode, Instruction out) {
		boolean wide = (rex & REX_W) != 0;
		if (longMode) {
			boolean by64 = wide || (form.flags & Form.DEFAULT_64) != 0 && !operandSizePrefix || (form.flags & Form.FORCED_64) != 0;
			operandSize = by64 ? 8 : operandSizePrefix ? 2 : 4;
			out.addressSize = addressSizePrefix ? 4 : 8;
		} else {
			operandSize = (mode == 16) == operandSizePrefix ? 4 : 2;
			out.addressSize = (mode == 16) == addressSizePrefix ? 4 : 2;
		}
		out.opcode = form.opcode;
		out.condition = form.condition;
		out.lock = lock;
		out.operandSize = size(form.operandSize);
		out.sourceSize = size(form.sourceSize);
		if (memory) {
			decodeAddress(out);
		}
		if (segment != NO_SEGMENT) {
			out.segment = segment;
		}
		Form.Operand operand = form.destination;
		if (memory && operand.memory()) {
			out.destination = OperandKind.MEMORY;
		} else {
			out.destination = operand.kind();
			out.destinationRegister = register(operand);
		}
		operand = form.source;
		if (memory && operand.memory()) {
			out.source = OperandKind.MEMORY;
		} else {
			out.source = operand.kind();
			out.sourceRegister = register(operand);
		}
		if ((form.flags & Form.REPEATABLE) != 0) {
			out.repeat = repeat == 2;
			out.repeatNot = repeat == 3;
		}
		if (form.immediate != Form.NO_IMMEDIATE) {
			decodeImmediate(form, out);
		}
	}

	private int register(Form.Operand operand) {
		int number = switch (operand.register() & 0xff) {
			case Form.FIXED -> operand.register() >> 8;
			case Form.REG -> modRm >> 3 & 7;
			case Form.REG_REX -> modRm >> 3 & 7 | (rex & REX_R) << 1;
			case Form.RM -> modRm & 7;
			case Form.RM_REX -> modRm & 7 | (rex & REX_B) << 3;
			case Form.CODE -> code & 7 | (rex & REX_B) << 3;
			default -> 0;
		};
		boolean highByte = operand.size() == 1 && operand.kind() == OperandKind.GPR && rex == 0 && number >= 4;
		return highByte ? number + 12 : number;
	}

	private int size(int sizeCode) {
		return switch (sizeCode) {
			case Form.SIZE_V -> operandSize;
			case Form.SIZE_Z -> Math.min(operandSize, 4);
			case Form.SIZE_Y -> (rex & REX_W) != 0 ? 8 : 4;
			case Form.SIZE_MODE -> longMode ? 8 : 4;
			case Form.SIZE_TABLE -> longMode ? 8 : operandSize;
			case Form.SIZE_ENVIRONMENT -> operandSize == 2 ? 14 : 28;
			case Form.SIZE_SAVE -> operandSize == 2 ? 94 : 108;
			case Form.SIZE_FX -> 512;
			default -> sizeCode;
		};
	}

	private void decodeAddress(Instruction out) {
		if (out.addressSize == 2) {
			decodeAddress16(out);
			return;
		}
		int mod = modRm >> 6;
		int rm = modRm & 7;
		if (rm == 4) {
			int sib = nextByte();
			int index = sib >> 3 & 7 | (rex & REX_X) << 2;
			if (index != 4) {
				out.index = index;
				out.scale = sib >> 6;
			}
			rm = sib & 7;
			if (rm == 5 && mod == 0) {
				out.displacement = signed(4);
				return;
			}
		} else if (rm == 5 && mod == 0) {
			out.displacement = signed(4);
			out.ripRelative = longMode;
			return;
		}
		out.base = rm | (rex & REX_B) << 3;
		if (out.base == 4 || out.base == 5) {
			out.segment = 2;
		}
		if (mod != 0) {
			out.displacement = signed(mod == 1 ? 1 : 4);
		}
	}

	private void decodeAddress16(Instruction out) {
		int mod = modRm >> 6;
		int rm = modRm & 7;
		if (rm == 6 && mod == 0) {
			out.displacement = signed(2);
			return;
		}
		switch (rm) {
			case 0, 1, 7 -> out.base = 3;
			case 2, 3, 6 -> {
				out.base = 5;
				out.segment = 2;
			}
			case 4 -> out.base = 6;
			default -> out.base = 7;
		}
		if (rm < 4) {
			out.index = (rm & 1) == 0 ? 6 : 7;
		}
		if (mod != 0) {
			out.displacement = signed(mod);
		}
	}

	private void decodeImmediate(Form form, Instruction out) {
		int size = size(form.immediateSize);
		switch (form.immediate) {
			case Form.SIGNED, Form.RELATIVE -> out.immediate = signed(size);
			case Form.UNSIGNED -> out.immediate = signed(size) & (1 << 8 * size) - 1;
			case Form.FAR -> {
				out.immediate = cut(signed(operandSize), operandSize);
				out.immediate2 = (int) signed(2) & 0xffff;
			}
			case Form.OFFSET -> out.displacement = cut(signed(out.addressSize), out.addressSize);
			case Form.FRAME -> {
				out.immediate = signed(2) & 0xffff;
				out.immediate2 = nextByte();
			}
			default -> out.immediate = 1;
		}
		out.hasImmediate = (form.flags & Form.THIRD_IMMEDIATE) != 0;
	}

	/** The next byte; zero past the end, which {@link #position} then tells. */
	private int nextByte() {
		int at = position++;
		return at < end ? bytes[at] & 0xff : 0;
	}

	private long signed(int size) {
		int at = position;
		position = at + size;
		if (position > end) {
			return 0;
		}
		long value = bytes[at + size - 1];
		for (int i = at + size - 2; i >= at; i--) {
			value = value << 8 | bytes[i] & 0xff;
		}
		return value;
	}
}
