package mshv.backend.emu.isa;

/** Writes the operands of an instruction in Intel syntax. */
final class OperandFormat {
	private static final String[] LEGACY_NAMES = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
	private static final String[] LOW_NAMES = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
	private static final String[] HIGH_NAMES = {"ah", "ch", "dh", "bh"};
	private static final String[] SEGMENT_NAMES = {"es", "cs", "ss", "ds", "fs", "gs"};

	/** Tells the sixteen bytes of CMPXCHG16B from those of a vector. */
	private static final int OCTAWORD = -16;

	private final StringBuilder text;
	private final Instruction instruction;
	private boolean any;

	private OperandFormat(StringBuilder text, Instruction instruction) {
		this.text = text;
		this.instruction = instruction;
	}

	/** Appends the operands, separated by commas. */
	static void append(StringBuilder text, Instruction instruction) {
		new OperandFormat(text, instruction).append();
	}

	private void append() {
		Instruction i = instruction;
		switch (i.opcode) {
			case MOVS -> strings(string(0, 7), string(i.segment, 6));
			case CMPS -> strings(string(i.segment, 6), string(0, 7));
			case STOS -> strings(string(0, 7), general(0, i.operandSize));
			case LODS -> strings(general(0, i.operandSize), string(i.segment, 6));
			case SCAS -> strings(general(0, i.operandSize), string(0, 7));
			case INS -> strings(string(0, 7), "dx");
			case OUTS -> strings("dx", string(i.segment, 6));
			case XLAT -> strings(string(i.segment, 3));
			case ENTER -> strings(hex(i.immediate), hex(i.immediate2));
			case CALL_FAR, JMP_FAR -> operand(i.source == OperandKind.IMMEDIATE ? hex(i.immediate2) + ":" + hex(i.immediate) : memory());
			case FCOMPP, FUCOMPP -> {
				// both operands are implied
			}
			case FXCH, FCOM, FCOMP, FUCOM, FUCOMP -> source();
			case FADD, FSUB, FSUBR, FMUL, FDIV, FDIVR, FIADD, FISUB, FISUBR, FIMUL, FIDIV, FIDIVR, FICOM, FICOMP, FCMOV, FCOMI, FCOMIP,
				FUCOMI, FUCOMIP -> floatOperands(i.destinationRegister == 0);
			case FADDP, FSUBP, FSUBRP, FMULP, FDIVP, FDIVRP -> floatOperands(false);
			default -> {
				destination();
				source();
				third();
			}
		}
	}

	/** The top of the stack is "st" where the encoding implies it; beside a memory operand it is left out. */
	private void floatOperands(boolean toTop) {
		if (instruction.source == OperandKind.MEMORY) {
			source();
		} else if (toTop) {
			strings("st", operand(OperandKind.ST, instruction.sourceRegister, 10));
		} else {
			strings(operand(OperandKind.ST, instruction.destinationRegister, 10), "st");
		}
	}

	private void strings(String... operands) {
		for (String one : operands) {
			operand(one);
		}
	}

	private void operand(String one) {
		if (any) {
			text.append(',');
		}
		text.append(one);
		any = true;
	}

	private void destination() {
		Instruction i = instruction;
		if (i.destination != OperandKind.NONE) {
			int size = switch (i.opcode) {
				case OUT -> 2;
				case MOV_TO_DR, MOV_TO_CR -> i.operandSize;
				default -> i.opcode.group() == Opcode.Group.SSE ? i.sourceSize : i.operandSize;
			};
			operand(operand(i.destination, i.destinationRegister, size));
		}
	}

	private void source() {
		Instruction i = instruction;
		if (i.source != OperandKind.NONE) {
			int size = switch (i.opcode) {
				case MOV_TO_SEG, PINSRW -> 4;
				case LAR, LSL -> i.operandSize;
				default -> i.sourceSize;
			};
			operand(operand(i.source, i.sourceRegister, size));
		}
	}

	private void third() {
		Instruction i = instruction;
		if (i.hasImmediate && !Disassembler.isNamedComparison(i)) {
			operand(hex(cut(i.immediate)));
		} else if (i.opcode == Opcode.SHLD || i.opcode == Opcode.SHRD) {
			operand("cl");
		}
	}

	private String operand(OperandKind kind, int register, int size) {
		return switch (kind) {
			case GPR -> general(register, size);
			case MEMORY -> memory();
			case IMMEDIATE -> isShiftByOne() ? "1" : hex(isUnsigned() ? instruction.immediate : cut(instruction.immediate));
			case ST -> "st(" + register + ")";
			case MMX -> "mm" + register;
			case XMM -> "xmm" + register;
			case SEGMENT -> SEGMENT_NAMES[register];
			case CONTROL -> "cr" + register;
			case DEBUG -> "dr" + register;
			case NONE -> "";
		};
	}

	private boolean isShiftByOne() {
		return switch (instruction.opcode) {
			case SHL, SHR, SAR, ROL, ROR, RCL, RCR -> instruction.immediate == 1;
			default -> false;
		};
	}

	/** True for an immediate that is no value of the operand's size. */
	private boolean isUnsigned() {
		return switch (instruction.opcode) {
			case SHL, SHR, SAR, ROL, ROR, RCL, RCR, BT, BTS, BTR, BTC, IN, OUT, INT, RET, RET_FAR, AAM, AAD, JMP, CALL, JCC -> true;
			default -> instruction.opcode.group() == Opcode.Group.SSE;
		};
	}

	private String memory() {
		return sizeName() + address(instruction.segment);
	}

	private String address(int segment) {
		Instruction i = instruction;
		StringBuilder address = new StringBuilder();
		boolean stack = i.base == 4 || i.base == 5;
		boolean absolute = i.base == Instruction.NO_REGISTER && i.index == Instruction.NO_REGISTER && !i.ripRelative;
		if (absolute || segment != (stack ? 2 : 3)) {
			address.append(SEGMENT_NAMES[segment]).append(':');
		}
		if (absolute) {
			return address.append(hex(cut(i.displacement, i.addressSize))).toString();
		}
		address.append('[');
		long displacement = i.displacement;
		if (i.ripRelative) {
			address.append(i.addressSize == 8 ? "rip" : "eip");
			displacement -= i.address + i.length;
			displacement = (int) displacement;
		} else {
			registers(address);
		}
		if (i.ripRelative) {
			address.append('+').append(hex(displacement));
		} else if (displacement != 0 || i.base == Instruction.NO_REGISTER) {
			address.append(displacement < 0 ? "-" : "+").append(hex(Math.abs(displacement)));
		}
		return address.append(']').toString();
	}

	private void registers(StringBuilder address) {
		Instruction i = instruction;
		if (i.base != Instruction.NO_REGISTER) {
			address.append(general(i.base, i.addressSize));
		}
		if (i.index != Instruction.NO_REGISTER) {
			address.append(i.base == Instruction.NO_REGISTER ? "" : "+").append(general(i.index, i.addressSize));
			if (i.addressSize != 2) {
				address.append('*').append(1 << i.scale);
			}
		}
	}

	private String string(int segment, int register) {
		return sizeName() + SEGMENT_NAMES[segment] + ":[" + general(register, instruction.addressSize) + "]";
	}

	private String sizeName() {
		int size = switch (instruction.opcode) {
			case CMPXCHG16B -> OCTAWORD;
			case MOV -> Disassembler.isLongMove(instruction) ? 0 : instruction.operandSize;
			case LEA, SGDT, SIDT, LGDT, LIDT, FLDENV, FNSTENV, FNSAVE, FRSTOR, FXSAVE, FXRSTOR -> 0;
			case CALL_FAR, JMP_FAR, LDS, LES, LFS, LGS, LSS -> instruction.operandSize + 2;
			case BOUND -> 2 * instruction.operandSize;
			case MOVZX, MOVSX, LAR, LSL -> instruction.sourceSize;
			default -> instruction.operandSize;
		};
		return switch (size) {
			case 1 -> "BYTE PTR ";
			case 2 -> "WORD PTR ";
			case 4 -> "DWORD PTR ";
			case 6 -> "FWORD PTR ";
			case 8 -> "QWORD PTR ";
			case 10 -> "TBYTE PTR ";
			case OCTAWORD -> "OWORD PTR ";
			case 16 -> "XMMWORD PTR ";
			default -> "";
		};
	}

	private static String general(int register, int size) {
		if (register >= 16) {
			return HIGH_NAMES[register - 16];
		}
		if (register >= 8) {
			return "r" + register + (size == 1 ? "b" : size == 2 ? "w" : size == 4 ? "d" : "");
		}
		return switch (size) {
			case 1 -> LOW_NAMES[register];
			case 2 -> LEGACY_NAMES[register];
			case 4 -> "e" + LEGACY_NAMES[register];
			default -> "r" + LEGACY_NAMES[register];
		};
	}

	private long cut(long value) {
		return cut(value, instruction.operandSize);
	}

	private static long cut(long value, int size) {
		return size < 8 ? value & (1L << 8 * size) - 1 : value;
	}

	private static String hex(long value) {
		return "0x" + Long.toHexString(value);
	}
}
