package mshv.backend.emu.block;

import java.util.Arrays;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Puts code words together: an operation with registers and an immediate, or with a memory operand of 64-bit mode. */
class WordWriter {
	private static final int A_SHIFT = 9;
	private static final int B_SHIFT = 14;
	private static final int NUMBER_SHIFT = 26;

	/** The words so far, with room behind. */
	long[] words = new long[32];
	/** How many they are. */
	int size;
	/** Number of the present instruction, at its place in a word. */
	long number;
	/** Size of the code behind the last operation on registers alone; -1 before the first. */
	int endOfRegister = -1;

	/** Begins an instruction. */
	void number(int instruction) {
		number = (long) instruction << NUMBER_SHIFT;
	}

	/** @return the code written */
	long[] code() {
		return Arrays.copyOf(words, size);
	}

	void add(long word) {
		if (size == words.length) {
			words = Arrays.copyOf(words, size * 2);
		}
		words[size++] = word;
	}

	void emit(long word) {
		add(word | number);
	}

	void generic(int operation) {
		emit(operation);
	}

	static long registers(int a, int b) {
		return (long) a << A_SHIFT | (long) b << B_SHIFT;
	}

	/** Writes an operation on registers and an immediate. */
	void register(int operation, int a, int b, long immediate) {
		endOfRegister = size + 1;
		emit(operation | registers(a, b) | immediate << 32);
	}

	/** Writes an operation with the instruction's memory operand. */
	void memory(int operation, int a, Instruction i) {
		int base = i.base;
		int index = i.index;
		int scale = i.scale;
		long displacement = i.displacement;
		if (displacement != (int) displacement) {
			emit(Operation.MOV_RI64 | registers(Cpu.SCRATCH, 0));
			add(displacement);
			displacement = 0;
			if (base == Instruction.NO_REGISTER) {
				base = Cpu.SCRATCH;
			} else {
				address(Operation.LEA64, base, Cpu.SCRATCH, 0, 0);
				base = Cpu.SCRATCH;
			}
		}
		if (i.addressSize == 4) {
			address(Operation.LEA32, base, index, scale, displacement);
			base = Cpu.SCRATCH;
			index = Instruction.NO_REGISTER;
			scale = 0;
			displacement = 0;
		}
		if (i.segment >= Segment.FS && i.opcode != Opcode.LEA) {
			if (index != Instruction.NO_REGISTER) {
				address(Operation.LEA64, base, index, scale, displacement);
				base = Cpu.SCRATCH;
				displacement = 0;
			}
			index = i.segment == Segment.FS ? Cpu.FS_BASE : Cpu.GS_BASE;
			scale = 0;
		}
		emit(operation | registers(a, base) | (long) index << 19 | (long) scale << 24 | displacement << 32);
	}

	void address(int operation, int base, int index, int scale, long displacement) {
		emit(operation | registers(Cpu.SCRATCH, base) | (long) index << 19 | (long) scale << 24 | displacement << 32);
	}

	static boolean plain(OperandKind kind, int register, int size) {
		return kind == OperandKind.GPR && (size != 1 || register < 16);
	}

	static boolean wordOrMore(int size) {
		return size == 8 || size == 4;
	}
}
