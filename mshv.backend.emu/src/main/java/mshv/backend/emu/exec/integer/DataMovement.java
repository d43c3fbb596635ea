package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Moves, extensions and address computation. */
final class DataMovement {
	private DataMovement() {}

	static void register(HandlerTable table) {
		table.add(Opcode.MOV, DataMovement::move);
		table.add(Opcode.MOVNTI, DataMovement::move);
		table.add(Opcode.MOVZX, DataMovement::moveZeroExtended);
		table.add(Opcode.MOVSX, DataMovement::moveSignExtended);
		table.add(Opcode.LEA, DataMovement::loadAddress);
		table.add(Opcode.CBW, DataMovement::extendAccumulator);
		table.add(Opcode.CWD, DataMovement::signOfAccumulator);
		table.add(Opcode.XLAT, DataMovement::translate);
		table.add(Opcode.SETCC, DataMovement::setOnCondition);
		table.add(Opcode.CMOVCC, DataMovement::moveOnCondition);
	}

	private static void move(Cpu cpu, Instruction i) {
		Operands.writeDestination(cpu, i, Operands.source(cpu, i));
	}

	private static void moveZeroExtended(Cpu cpu, Instruction i) {
		Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, Operands.source(cpu, i));
	}

	private static void moveSignExtended(Cpu cpu, Instruction i) {
		long value = Operands.signExtend(Operands.source(cpu, i), i.sourceSize);
		Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, value);
	}

	private static void loadAddress(Cpu cpu, Instruction i) {
		Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, Operands.offset(cpu, i));
	}

	private static void extendAccumulator(Cpu cpu, Instruction i) {
		Operands.writeRegister(cpu, Cpu.RAX, i.operandSize, Operands.signExtend(cpu.r[Cpu.RAX], i.operandSize / 2));
	}

	private static void signOfAccumulator(Cpu cpu, Instruction i) {
		Operands.writeRegister(cpu, Cpu.RDX, i.operandSize, Operands.signExtend(cpu.r[Cpu.RAX], i.operandSize) >> 63);
	}

	private static void translate(Cpu cpu, Instruction i) {
		long offset = cpu.r[Cpu.RBX] + (cpu.r[Cpu.RAX] & 0xFF) & Operands.mask(i.addressSize);
		Operands.writeRegister(cpu, Cpu.RAX, 1, cpu.readByte(cpu.linear(i.segment, offset, 1, false)));
	}

	private static void setOnCondition(Cpu cpu, Instruction i) {
		Operands.writeDestination(cpu, i, cpu.condition(i.condition) ? 1 : 0);
	}

	/** The source is read and a 32-bit destination's upper half cleared whether the condition holds or not. */
	private static void moveOnCondition(Cpu cpu, Instruction i) {
		long value = Operands.source(cpu, i);
		if (!cpu.condition(i.condition)) {
			value = cpu.r[i.destinationRegister];
		}
		Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, value);
	}
}
