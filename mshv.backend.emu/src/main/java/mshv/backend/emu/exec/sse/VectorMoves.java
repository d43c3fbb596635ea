package mshv.backend.emu.exec.sse;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Moves of whole vectors and of their halves, masked stores, and MXCSR. */
final class VectorMoves {
	private static final int MXCSR_MASK = 0xFFFF;

	private VectorMoves() {}

	static void register(HandlerTable table) {
		for (Opcode opcode : new Opcode[] {Opcode.MOVAPS, Opcode.MOVAPD, Opcode.MOVDQA, Opcode.MOVNTPS, Opcode.MOVNTPD, Opcode.MOVNTDQ}) {
			table.add(opcode, (cpu, i) -> move(cpu, i, true));
		}
		for (Opcode opcode : new Opcode[] {Opcode.MOVUPS, Opcode.MOVUPD, Opcode.MOVDQU}) {
			table.add(opcode, (cpu, i) -> move(cpu, i, false));
		}
		table.add(Opcode.MOVLPS, VectorMoves::moveLow);
		table.add(Opcode.MOVLPD, VectorMoves::moveLow);
		table.add(Opcode.MOVHPS, VectorMoves::moveHigh);
		table.add(Opcode.MOVHPD, VectorMoves::moveHigh);
		table.add(Opcode.MOVHLPS, VectorMoves::highToLow);
		table.add(Opcode.MOVLHPS, VectorMoves::lowToHigh);
		table.add(Opcode.MASKMOVQ, VectorMoves::maskedMmx);
		table.add(Opcode.MASKMOVDQU, VectorMoves::maskedXmm);
		table.add(Opcode.LDMXCSR, VectorMoves::loadMxcsr);
		table.add(Opcode.STMXCSR, VectorMoves::storeMxcsr);
	}

	private static void move(Cpu cpu, Instruction i, boolean aligned) {
		VectorOperands.checkSse(cpu);
		if (i.destination == OperandKind.MEMORY) {
			int s = 2 * i.sourceRegister;
			VectorOperands.store(cpu, VectorOperands.address(cpu, i, 16, true, aligned), cpu.xmm[s], cpu.xmm[s + 1]);
		} else {
			long low = VectorOperands.low(cpu, i, aligned);
			cpu.xmm[2 * i.destinationRegister + 1] = VectorOperands.high(cpu, i);
			cpu.xmm[2 * i.destinationRegister] = low;
		}
	}

	private static void moveLow(Cpu cpu, Instruction i) {
		moveHalf(cpu, i, 0);
	}

	private static void moveHigh(Cpu cpu, Instruction i) {
		moveHalf(cpu, i, 1);
	}

	private static void moveHalf(Cpu cpu, Instruction i, int half) {
		VectorOperands.checkSse(cpu);
		if (i.destination == OperandKind.MEMORY) {
			cpu.writeQword(Operands.address(cpu, i, 8, true), cpu.xmm[2 * i.sourceRegister + half]);
		} else {
			cpu.xmm[2 * i.destinationRegister + half] = cpu.readQword(Operands.address(cpu, i, 8, false));
		}
	}

	private static void highToLow(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		cpu.xmm[2 * i.destinationRegister] = cpu.xmm[2 * i.sourceRegister + 1];
	}

	private static void lowToHigh(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		cpu.xmm[2 * i.destinationRegister + 1] = cpu.xmm[2 * i.sourceRegister];
	}

	private static void maskedMmx(Cpu cpu, Instruction i) {
		VectorOperands.checkMmx(cpu);
		masked(cpu, i, 0, cpu.fpu.significand[i.destinationRegister], cpu.fpu.significand[i.sourceRegister]);
		VectorOperands.enterMmx(cpu);
	}

	private static void maskedXmm(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		int d = 2 * i.destinationRegister;
		int s = 2 * i.sourceRegister;
		masked(cpu, i, 0, cpu.xmm[d], cpu.xmm[s]);
		masked(cpu, i, 8, cpu.xmm[d + 1], cpu.xmm[s + 1]);
	}

	/** Stores those bytes to [RDI + displacement] whose mask byte has its top bit set. */
	private static void masked(Cpu cpu, Instruction i, int displacement, long data, long mask) {
		for (int n = 0; n < 8; n++) {
			if ((mask >>> 8 * n + 7 & 1) != 0) {
				long offset = cpu.r[Cpu.RDI] + displacement + n & Operands.mask(i.addressSize);
				cpu.writeByte(cpu.linear(i.segment, offset, 1, true), data >>> 8 * n);
			}
		}
	}

	private static void loadMxcsr(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		int value = (int) cpu.readDword(Operands.address(cpu, i, 4, false));
		if ((value & ~MXCSR_MASK) != 0) {
			throw cpu.raise(mshv.backend.emu.cpu.Vector.GP, 0);
		}
		cpu.setMxcsr(value);
	}

	private static void storeMxcsr(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		cpu.writeDword(Operands.address(cpu, i, 4, true), cpu.mxcsr);
	}
}
