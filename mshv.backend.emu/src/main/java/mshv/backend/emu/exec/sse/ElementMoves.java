package mshv.backend.emu.exec.sse;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Moves of single elements, and between general, MMX and XMM registers. */
final class ElementMoves {
	private ElementMoves() {}

	static void register(HandlerTable table) {
		table.add(Opcode.MOVSS, (cpu, i) -> scalar(cpu, i, 4));
		table.add(Opcode.MOVSD, (cpu, i) -> scalar(cpu, i, 8));
		table.add(Opcode.MOVD, (cpu, i) -> general(cpu, i, 4));
		table.add(Opcode.MOVQ, ElementMoves::quad);
		table.add(Opcode.MOVNTQ, ElementMoves::quad);
		table.add(Opcode.MOVQ2DQ, ElementMoves::mmxToXmm);
		table.add(Opcode.MOVDQ2Q, ElementMoves::xmmToMmx);
		table.add(Opcode.MOVMSKPS, ElementMoves::signsOfSingles);
		table.add(Opcode.MOVMSKPD, ElementMoves::signsOfDoubles);
		table.add(Opcode.PMOVMSKB, ElementMoves::signsOfBytes);
		table.add(Opcode.PEXTRW, ElementMoves::extractWord);
		table.add(Opcode.PINSRW, ElementMoves::insertWord);
	}

	private static void scalar(Cpu cpu, Instruction i, int size) {
		VectorOperands.checkSse(cpu);
		if (i.destination == OperandKind.MEMORY) {
			cpu.write(Operands.address(cpu, i, size, true), size, cpu.xmm[2 * i.sourceRegister]);
			return;
		}
		long value = VectorOperands.scalar(cpu, i, size);
		int d = 2 * i.destinationRegister;
		if (i.source == OperandKind.MEMORY) {
			cpu.xmm[d] = value;
			cpu.xmm[d + 1] = 0;
		} else {
			cpu.xmm[d] = cpu.xmm[d] & ~Operands.mask(size) | value;
		}
	}

	/** MOVD, and MOVQ between vector and general registers: the general side is a register or memory. */
	private static void general(Cpu cpu, Instruction i, int size) {
		VectorOperands.check(cpu, i);
		switch (i.destination) {
			case MMX -> VectorOperands.writeMmx(cpu, i.destinationRegister, generalSource(cpu, i, size));
			case XMM -> {
				cpu.xmm[2 * i.destinationRegister] = generalSource(cpu, i, size);
				cpu.xmm[2 * i.destinationRegister + 1] = 0;
			}
			default -> {
				boolean mmx = i.source == OperandKind.MMX;
				long value = mmx ? cpu.fpu.significand[i.sourceRegister] : cpu.xmm[2 * i.sourceRegister];
				if (i.destination == OperandKind.GPR) {
					Operands.writeRegister(cpu, i.destinationRegister, size, value);
				} else {
					cpu.write(Operands.address(cpu, i, size, true), size, value);
				}
				if (mmx) {
					VectorOperands.enterMmx(cpu);
				}
			}
		}
	}

	private static long generalSource(Cpu cpu, Instruction i, int size) {
		return i.source == OperandKind.GPR
			? Operands.readRegister(cpu, i.sourceRegister, size)
			: cpu.read(Operands.address(cpu, i, size, false), size);
	}

	private static void quad(Cpu cpu, Instruction i) {
		if (i.destination == OperandKind.XMM && i.source == OperandKind.XMM) {
			VectorOperands.checkSse(cpu);
			cpu.xmm[2 * i.destinationRegister] = cpu.xmm[2 * i.sourceRegister];
			cpu.xmm[2 * i.destinationRegister + 1] = 0;
		} else if (i.destination == OperandKind.MMX && i.source == OperandKind.MMX) {
			VectorOperands.checkMmx(cpu);
			VectorOperands.writeMmx(cpu, i.destinationRegister, cpu.fpu.significand[i.sourceRegister]);
		} else {
			general(cpu, i, 8);
		}
	}

	private static void mmxToXmm(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		VectorOperands.checkMmx(cpu);
		cpu.xmm[2 * i.destinationRegister] = cpu.fpu.significand[i.sourceRegister];
		cpu.xmm[2 * i.destinationRegister + 1] = 0;
		VectorOperands.enterMmx(cpu);
	}

	private static void xmmToMmx(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		VectorOperands.checkMmx(cpu);
		VectorOperands.writeMmx(cpu, i.destinationRegister, cpu.xmm[2 * i.sourceRegister]);
	}

	private static void signsOfSingles(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		long low = cpu.xmm[2 * i.sourceRegister];
		long high = cpu.xmm[2 * i.sourceRegister + 1];
		cpu.r[i.destinationRegister] = low >>> 31 & 1 | low >>> 63 << 1 | (high >>> 31 & 1) << 2 | high >>> 63 << 3;
	}

	private static void signsOfDoubles(Cpu cpu, Instruction i) {
		VectorOperands.checkSse(cpu);
		cpu.r[i.destinationRegister] = cpu.xmm[2 * i.sourceRegister] >>> 63 | cpu.xmm[2 * i.sourceRegister + 1] >>> 63 << 1;
	}

	private static void signsOfBytes(Cpu cpu, Instruction i) {
		VectorOperands.check(cpu, i);
		if (i.source == OperandKind.MMX) {
			cpu.r[i.destinationRegister] = Permutations.topsOfBytes(cpu.fpu.significand[i.sourceRegister]);
			VectorOperands.enterMmx(cpu);
		} else {
			cpu.r[i.destinationRegister] = Permutations.topsOfBytes(cpu.xmm[2 * i.sourceRegister])
				| Permutations.topsOfBytes(cpu.xmm[2 * i.sourceRegister + 1]) << 8;
		}
	}

	private static void extractWord(Cpu cpu, Instruction i) {
		VectorOperands.check(cpu, i);
		int element = (int) i.immediate;
		long half;
		if (i.source == OperandKind.MMX) {
			half = cpu.fpu.significand[i.sourceRegister];
			VectorOperands.enterMmx(cpu);
		} else {
			half = cpu.xmm[2 * i.sourceRegister + (element >> 2 & 1)];
		}
		cpu.r[i.destinationRegister] = half >>> 16 * (element & 3) & 0xFFFF;
	}

	private static void insertWord(Cpu cpu, Instruction i) {
		VectorOperands.check(cpu, i);
		long word = i.source == OperandKind.GPR
			? cpu.r[i.sourceRegister] & 0xFFFF
			: cpu.readWord(Operands.address(cpu, i, 2, false));
		int element = (int) i.immediate;
		int shift = 16 * (element & 3);
		if (i.destination == OperandKind.MMX) {
			long old = cpu.fpu.significand[i.destinationRegister];
			VectorOperands.writeMmx(cpu, i.destinationRegister, old & ~(0xFFFFL << shift) | word << shift);
		} else {
			int half = 2 * i.destinationRegister + (element >> 2 & 1);
			cpu.xmm[half] = cpu.xmm[half] & ~(0xFFFFL << shift) | word << shift;
		}
	}
}
