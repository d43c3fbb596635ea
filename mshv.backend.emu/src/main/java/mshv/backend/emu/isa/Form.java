package mshv.backend.emu.isa;

import java.util.Locale;

/**
 * One entry of an opcode map: an instruction form, a prefix, or a choice between further entries.
 * <p>
 * Forms are written in the notation of the SDM's appendix A, operands separated by blanks, destination first. A letter says where the
 * operand is, what follows it is the size:
 * <ul>
 * <li>{@code E} ModRM.rm, general register or memory; {@code M} memory only; {@code R} general register in ModRM.rm;
 * {@code G} general register in ModRM.reg; {@code Z} general register in the opcode's low bits
 * <li>{@code S C D} segment, control, debug register in ModRM.reg
 * <li>{@code P} MMX register in ModRM.reg, {@code Q} ModRM.rm as MMX register or memory, {@code N} as MMX register only;
 * {@code V W U} the same for XMM registers; {@code sti} x87 register in ModRM.rm; lower-case names are fixed registers
 * <li>{@code I} signed immediate ({@code Iu} unsigned byte, {@code Iw} unsigned word), {@code J} relative target, {@code A} far pointer,
 * {@code O} memory at an immediate offset, {@code L} nesting level, {@code 1} the constant one
 * <li>{@code -} no operand, only a size
 * <li>sizes: {@code b w d q t dq} 1 to 16 bytes, {@code ss sd ps pd} as in SSE, {@code v} operand size, {@code z} the same but at most
 * four bytes, {@code y} four bytes or with REX.W eight, {@code m} eight bytes in 64-bit mode, else four, {@code g} eight bytes in
 * 64-bit mode, else the operand size, {@code env save fx} the x87 state images
 * <li>words: {@code lock} may be locked, {@code d64} eight bytes by default in 64-bit mode, {@code f64} always, {@code rep} takes repeat
 * prefixes
 * </ul>
 */
final class Form {
	/** An undefined encoding. */
	static final Form INVALID = of(Opcode.INVALID, "");

	/** Values of {@link #prefix}; segment overrides are {@code PREFIX_SEGMENT +} the segment's number. */
	static final int PREFIX_OPERAND_SIZE = 1;
	static final int PREFIX_ADDRESS_SIZE = 2;
	static final int PREFIX_LOCK = 3;
	static final int PREFIX_REPEAT = 4;
	static final int PREFIX_REPEAT_NOT = 5;
	static final int PREFIX_REX = 6;
	static final int PREFIX_IGNORED = 7;
	static final int PREFIX_SEGMENT = 8;

	/** Bits of {@link #flags}. */
	static final int MODRM = 1;
	static final int MAY_BE_MEMORY = 2;
	static final int ONLY_MEMORY = 4;
	static final int ONLY_REGISTER = 8;
	static final int LOCKABLE = 0x10;
	static final int DEFAULT_64 = 0x20;
	static final int FORCED_64 = 0x40;
	static final int REPEATABLE = 0x80;
	static final int SPECIAL_REGISTER = 0x100;
	static final int THIRD_IMMEDIATE = 0x200;

	/** Values of {@link #selector}: what indexes {@link #choices}. */
	static final int BY_REG = 1;
	static final int BY_MOD = 2;
	static final int BY_RM = 3;
	static final int BY_PREFIX = 4;
	static final int BY_MODE = 5;
	static final int BY_REX_W = 6;
	static final int BY_REX_B = 7;
	static final int TWO_BYTE = 8;

	/** Where an operand's register number comes from; bits 8 and up are the number for {@code FIXED}. */
	static final int NOWHERE = 0;
	static final int FIXED = 1;
	static final int REG = 2;
	static final int REG_REX = 3;
	static final int RM = 4;
	static final int RM_REX = 5;
	static final int CODE = 6;

	/** Values of {@link #immediate}. */
	static final int NO_IMMEDIATE = 0;
	static final int SIGNED = 1;
	static final int UNSIGNED = 2;
	static final int RELATIVE = 3;
	static final int FAR = 4;
	static final int OFFSET = 5;
	static final int ONE = 6;
	static final int FRAME = 7;

	/** Size codes above 16; up to 16 the code is the size in bytes. */
	static final int SIZE_V = 17;
	static final int SIZE_Z = 18;
	static final int SIZE_Y = 19;
	static final int SIZE_MODE = 20;
	static final int SIZE_TABLE = 21;
	static final int SIZE_ENVIRONMENT = 22;
	static final int SIZE_SAVE = 23;
	static final int SIZE_FX = 24;

	final Opcode opcode;
	final int condition;
	final int prefix;
	final int flags;
	final int selector;
	final Form[] choices;
	final Operand destination;
	final Operand source;
	final int immediate;
	final int immediateSize;
	final int operandSize;
	final int sourceSize;

	/**
	 * One operand of a form.
	 *
	 * @param kind kind, if it is not in memory
	 * @param memory true if ModRM may place it in memory
	 * @param register where the register number comes from
	 * @param size size code
	 */
	record Operand(OperandKind kind, boolean memory, int register, int size) {
		static final Operand NONE = new Operand(OperandKind.NONE, false, NOWHERE, 0);

		boolean isRegister() {
			return kind != OperandKind.NONE && kind != OperandKind.IMMEDIATE;
		}
	}

	private Form(int prefix, int selector, Form... choices) {
		this.prefix = prefix;
		this.selector = selector;
		this.choices = choices;
		flags = selector == BY_REG || selector == BY_MOD || selector == BY_RM ? MODRM : 0;
		opcode = Opcode.INVALID;
		condition = 0;
		destination = Operand.NONE;
		source = Operand.NONE;
		immediate = NO_IMMEDIATE;
		immediateSize = 0;
		operandSize = 0;
		sourceSize = 0;
	}

	private Form(Opcode opcode, int condition, String notation) {
		this.opcode = opcode;
		this.condition = condition;
		prefix = 0;
		selector = 0;
		choices = null;
		Operand[] operands = {Operand.NONE, Operand.NONE, Operand.NONE};
		int count = 0;
		int bits = 0;
		int read = NO_IMMEDIATE;
		int readSize = 0;
		for (String word : notation.isEmpty() ? new String[0] : notation.split(" ")) {
			int wordBits = wordBits(word);
			if (wordBits != 0) {
				bits |= wordBits;
				continue;
			}
			bits |= letterBits(word.charAt(0));
			int kind = immediateKind(word);
			if (kind != NO_IMMEDIATE) {
				read = kind;
				readSize = kind == FRAME ? 2 : sizeCode(word);
				if (count == 2 && kind != FRAME) {
					bits |= THIRD_IMMEDIATE;
				}
			}
			operands[count++] = operand(word);
		}
		flags = bits;
		destination = operands[0];
		source = operands[1];
		immediate = read;
		immediateSize = readSize;
		operandSize = operandSize(opcode, destination, source);
		sourceSize = sourceSize(opcode, destination, source, operandSize);
	}

	static Form of(Opcode opcode, String notation) {
		return new Form(opcode, 0, notation);
	}

	static Form of(Opcode opcode, int condition, String notation) {
		return new Form(opcode, condition, notation);
	}

	static Form prefix(int prefix) {
		return new Form(prefix, 0);
	}

	static Form twoByte() {
		return new Form(0, TWO_BYTE);
	}

	/** Eight entries by ModRM.reg. */
	static Form byReg(Form... eight) {
		return new Form(0, BY_REG, eight);
	}

	/** Eight entries by ModRM.rm. */
	static Form byRm(Form... eight) {
		return new Form(0, BY_RM, eight);
	}

	static Form byMod(Form memory, Form register) {
		return new Form(0, BY_MOD, memory, register);
	}

	/** By mandatory prefix: none, 66, F3, F2. */
	static Form byPrefix(Form none, Form p66, Form pF3, Form pF2) {
		return new Form(0, BY_PREFIX, none, p66, pF3, pF2);
	}

	static Form byMode(Form legacy, Form longMode) {
		return new Form(0, BY_MODE, legacy, longMode);
	}

	static Form byRexW(Form without, Form with) {
		return new Form(0, BY_REX_W, without, with);
	}

	static Form byRexB(Form without, Form with) {
		return new Form(0, BY_REX_B, without, with);
	}

	private static int wordBits(String word) {
		return switch (word) {
			case "lock" -> LOCKABLE;
			case "d64" -> DEFAULT_64;
			case "f64" -> FORCED_64;
			case "rep" -> REPEATABLE;
			default -> 0;
		};
	}

	private static int letterBits(char letter) {
		return switch (letter) {
			case 'E', 'Q', 'W' -> MODRM | MAY_BE_MEMORY;
			case 'M' -> MODRM | MAY_BE_MEMORY | ONLY_MEMORY;
			case 'N', 'U' -> MODRM | ONLY_REGISTER;
			case 'G', 'R', 'P', 'V' -> MODRM;
			case 'S', 'C', 'D' -> MODRM | SPECIAL_REGISTER;
			default -> 0;
		};
	}

	private static int immediateKind(String word) {
		return switch (word.charAt(0)) {
			case 'I' -> word.equals("Iu") || word.equals("Iw") ? UNSIGNED : SIGNED;
			case 'J' -> RELATIVE;
			case 'A' -> FAR;
			case 'O' -> OFFSET;
			case 'L' -> FRAME;
			case '1' -> ONE;
			default -> NO_IMMEDIATE;
		};
	}

	private static Operand operand(String word) {
		int size = sizeCode(word);
		return switch (word) {
			case "al", "ax", "rax", "eax" -> register(OperandKind.GPR, FIXED, size);
			case "cl" -> register(OperandKind.GPR, FIXED | 1 << 8, size);
			case "dx" -> register(OperandKind.GPR, FIXED | 2 << 8, size);
			case "es", "cs", "ss", "ds", "fs", "gs" ->
				register(OperandKind.SEGMENT, FIXED | "es cs ss ds fs gs".indexOf(word) / 3 << 8, SIZE_V);
			case "st0", "st1" -> register(OperandKind.ST, FIXED | word.charAt(2) - '0' << 8, 10);
			case "sti" -> register(OperandKind.ST, RM, 10);
			default -> switch (word.charAt(0)) {
				case 'E' -> new Operand(OperandKind.GPR, true, RM_REX, size);
				case 'R' -> register(OperandKind.GPR, RM_REX, size);
				case 'G' -> register(OperandKind.GPR, REG_REX, size);
				case 'Z' -> register(OperandKind.GPR, CODE, size);
				case 'M' -> new Operand(OperandKind.MEMORY, true, NOWHERE, size);
				case 'O' -> new Operand(OperandKind.MEMORY, false, NOWHERE, size);
				case 'S' -> register(OperandKind.SEGMENT, REG, size);
				case 'C' -> register(OperandKind.CONTROL, REG_REX, size);
				case 'D' -> register(OperandKind.DEBUG, REG_REX, size);
				case 'P' -> register(OperandKind.MMX, REG, size);
				case 'Q' -> new Operand(OperandKind.MMX, true, RM, size);
				case 'N' -> register(OperandKind.MMX, RM, size);
				case 'V' -> register(OperandKind.XMM, REG_REX, size);
				case 'W' -> new Operand(OperandKind.XMM, true, RM_REX, size);
				case 'U' -> register(OperandKind.XMM, RM_REX, size);
				case 'I', 'J', 'A', 'L', '1' -> register(OperandKind.IMMEDIATE, NOWHERE, SIZE_V);
				case '-' -> register(OperandKind.NONE, NOWHERE, size);
				default -> throw new IllegalArgumentException(word);
			};
		};
	}

	private static Operand register(OperandKind kind, int register, int size) {
		return new Operand(kind, false, register, size);
	}

	private static int sizeCode(String word) {
		return switch (word) {
			case "al", "cl" -> 1;
			case "ax", "dx" -> 2;
			case "rax" -> SIZE_V;
			case "eax" -> SIZE_Z;
			default -> switch (word.substring(1).toLowerCase(Locale.ROOT)) {
				case "b", "u" -> 1;
				case "w" -> 2;
				case "d", "ss" -> 4;
				case "q", "sd" -> 8;
				case "t" -> 10;
				case "dq", "ps", "pd" -> 16;
				case "v", "p" -> SIZE_V;
				case "z" -> SIZE_Z;
				case "y" -> SIZE_Y;
				case "m" -> SIZE_MODE;
				case "g" -> SIZE_TABLE;
				case "env" -> SIZE_ENVIRONMENT;
				case "save" -> SIZE_SAVE;
				case "fx" -> SIZE_FX;
				default -> 0;
			};
		};
	}

	/** The size that becomes {@link Instruction#operandSize}. */
	private static int operandSize(Opcode opcode, Operand destination, Operand source) {
		if (opcode.group() == Opcode.Group.SSE || opcode.group() == Opcode.Group.X87) {
			return destination.memory || !source.isRegister() ? destination.size : source.size;
		}
		return opcode == Opcode.OUT ? source.size : destination.size;
	}

	/** The size that becomes {@link Instruction#sourceSize}. */
	private static int sourceSize(Opcode opcode, Operand destination, Operand source, int operandSize) {
		return switch (opcode.group()) {
			case SSE -> destination.kind == OperandKind.GPR ? destination.size : operandSize;
			case X87 -> operandSize == SIZE_FX ? SIZE_Y : operandSize;
			case INTEGER, SYSTEM -> source.isRegister() ? source.size : operandSize;
		};
	}
}
