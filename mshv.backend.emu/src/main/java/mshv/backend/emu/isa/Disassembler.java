package mshv.backend.emu.isa;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Writes instructions in Intel syntax, with the spelling of GNU objdump's {@code -M intel} as far as an {@link Instruction} still knows
 * it: redundant prefixes, displacements of zero and the kind of a prefetch are gone.
 */
public final class Disassembler {
	private static final String[] CONDITIONS = {"o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"};
	private static final String[] FLOAT_CONDITIONS = {"", "", "b", "nb", "e", "ne", "be", "nbe", "", "", "u", "nu", "", "", "", ""};
	private static final String[] COMPARISONS = {"eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"};

	private final Decoder decoder = new Decoder();
	private final Instruction instruction = new Instruction();

	/**
	 * One line of a listing.
	 *
	 * @param address offset of the instruction in CS
	 * @param bytes its bytes
	 * @param text its text; {@code (bad)} for a byte at which no defined instruction starts
	 */
	public record Line(long address, byte[] bytes, String text) {}

	/** A disassembler. One thread at a time. */
	public Disassembler() {}

	/**
	 * Disassembles a range from its first byte to its last.
	 *
	 * @param bytes the code
	 * @param mode default operation size: 16, 32 or 64
	 * @param address offset in CS of the first byte
	 * @return one line for each instruction and each undefined byte, in order
	 */
	public List<Line> lines(byte[] bytes, int mode, long address) {
		List<Line> lines = new ArrayList<>();
		int at = 0;
		while (at < bytes.length) {
			int length = decoder.decode(bytes, at, bytes.length - at, mode, address + at, instruction);
			boolean defined = length > 0 && instruction.opcode != Opcode.INVALID;
			int end = at + (defined ? length : 1);
			lines.add(new Line(address + at, Arrays.copyOfRange(bytes, at, end), defined ? format(instruction) : "(bad)"));
			at = end;
		}
		return lines;
	}

	/** @param instruction a decoded instruction
	 * @return its text: prefixes, mnemonic, a blank and the operands, separated by commas */
	public static String format(Instruction instruction) {
		if (instruction.opcode == Opcode.INVALID) {
			return "(bad)";
		}
		StringBuilder text = new StringBuilder();
		if (instruction.lock) {
			text.append("lock ");
		}
		appendRepeat(text, instruction);
		text.append(mnemonic(instruction));
		int start = text.length();
		OperandFormat.append(text, instruction);
		if (text.length() > start) {
			text.insert(start, ' ');
		}
		if (instruction.ripRelative) {
			text.append(" # 0x").append(Long.toHexString(instruction.displacement));
		}
		return text.toString();
	}

	private static void appendRepeat(StringBuilder text, Instruction instruction) {
		if (instruction.repeatNot) {
			text.append("repnz ");
		} else if (instruction.repeat) {
			text.append(instruction.opcode == Opcode.CMPS || instruction.opcode == Opcode.SCAS ? "repz " : "rep ");
		}
	}

	private static String mnemonic(Instruction instruction) {
		String name = instruction.opcode.name().toLowerCase(Locale.ROOT);
		return switch (instruction.opcode) {
			case JCC -> "j" + CONDITIONS[instruction.condition];
			case SETCC -> "set" + CONDITIONS[instruction.condition];
			case CMOVCC -> "cmov" + CONDITIONS[instruction.condition];
			case FCMOV -> "fcmov" + FLOAT_CONDITIONS[instruction.condition];
			case CALL_INDIRECT, CALL_FAR -> "call";
			case JMP_INDIRECT, JMP_FAR -> "jmp";
			case RET_FAR -> "retf";
			case IMUL1 -> "imul";
			case PUSH_SEG -> "push";
			case POP_SEG -> "pop";
			case MOV_FROM_CR, MOV_TO_CR, MOV_FROM_DR, MOV_TO_DR, MOV_FROM_SEG, MOV_TO_SEG -> "mov";
			case MOV -> isLongMove(instruction) ? "movabs" : "mov";
			case MOVSX -> instruction.sourceSize == 4 ? "movsxd" : "movsx";
			case CBW -> bySize(instruction.operandSize, "cbw", "cwde", "cdqe");
			case CWD -> bySize(instruction.operandSize, "cwd", "cdq", "cqo");
			case IRET -> bySize(instruction.operandSize, "iretw", "iretd", "iretq");
			case PUSHF, POPF -> bySize(instruction.operandSize, name + "w", name + "d", name + "q");
			case PUSHA, POPA -> bySize(instruction.operandSize, name + "w", name + "d", name + "d");
			case SYSRET, SYSEXIT -> bySize(instruction.operandSize, name + "d", name + "d", name + "q");
			case JCXZ -> bySize(instruction.addressSize, "jcxz", "jecxz", "jrcxz");
			case FXSAVE, FXRSTOR -> instruction.sourceSize == 8 ? name + "64" : name;
			case CMPPS, CMPPD, CMPSS, CMPSD -> isNamedComparison(instruction)
				? "cmp" + COMPARISONS[(int) instruction.immediate] + name.substring(3) : name;
			default -> name;
		};
	}

	/** True if the immediate is part of the mnemonic. */
	static boolean isNamedComparison(Instruction instruction) {
		return switch (instruction.opcode) {
			case CMPPS, CMPPD, CMPSS, CMPSD -> instruction.immediate < COMPARISONS.length;
			default -> false;
		};
	}

	/** True for an immediate or an absolute address that only the long forms of MOV can hold. */
	static boolean isLongMove(Instruction instruction) {
		return instruction.operandSize == 8 && instruction.source == OperandKind.IMMEDIATE && instruction.length >= 10
			&& instruction.destination == OperandKind.GPR || instruction.hasMemory() && instruction.base == Instruction.NO_REGISTER
			&& instruction.index == Instruction.NO_REGISTER && instruction.displacement != (int) instruction.displacement
			&& instruction.addressSize == 8 && !instruction.ripRelative;
	}

	private static String bySize(int size, String two, String four, String eight) {
		return size == 2 ? two : size == 4 ? four : eight;
	}
}
