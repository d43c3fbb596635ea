package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Near branches, and BOUND. A target beyond the code segment or not canonical raises #GP(0) before anything changes. */
final class ControlTransfer {
	/** Condition code of JE. */
	private static final int EQUAL = 4;

	private ControlTransfer() {}

	static void register(HandlerTable table) {
		table.add(Opcode.JMP, ControlTransfer::jump);
		table.add(Opcode.JMP_INDIRECT, ControlTransfer::jumpIndirect);
		table.add(Opcode.JCC, ControlTransfer::jumpOnCondition);
		table.add(Opcode.CALL, ControlTransfer::call);
		table.add(Opcode.CALL_INDIRECT, ControlTransfer::callIndirect);
		table.add(Opcode.RET, ControlTransfer::returnNear);
		table.add(Opcode.LOOP, ControlTransfer::loop);
		table.add(Opcode.LOOPE, ControlTransfer::loopWhileEqual);
		table.add(Opcode.LOOPNE, ControlTransfer::loopWhileNotEqual);
		table.add(Opcode.JCXZ, ControlTransfer::jumpOnCountZero);
		table.add(Opcode.BOUND, ControlTransfer::checkBounds);
	}

	private static void check(Cpu cpu, long target) {
		boolean refused = cpu.mode == 64 ? target << 16 >> 16 != target : target > cpu.segments[Segment.CS].limit;
		if (refused) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	private static void branch(Cpu cpu, long target) {
		check(cpu, target);
		cpu.nextRip = target;
	}

	private static void jump(Cpu cpu, Instruction i) {
		branch(cpu, i.immediate);
	}

	private static void jumpIndirect(Cpu cpu, Instruction i) {
		branch(cpu, Operands.destination(cpu, i));
	}

	private static void jumpOnCondition(Cpu cpu, Instruction i) {
		if (cpu.condition(i.condition)) {
			branch(cpu, i.immediate);
		}
	}

	private static void call(Cpu cpu, Instruction i) {
		call(cpu, i, i.immediate);
	}

	private static void callIndirect(Cpu cpu, Instruction i) {
		call(cpu, i, Operands.destination(cpu, i));
	}

	private static void call(Cpu cpu, Instruction i, long target) {
		check(cpu, target);
		cpu.push(cpu.nextRip, i.operandSize);
		cpu.nextRip = target;
	}

	private static void returnNear(Cpu cpu, Instruction i) {
		branch(cpu, cpu.peek(0, i.operandSize));
		cpu.setStackPointer(cpu.r[Cpu.RSP] + i.operandSize + i.immediate);
	}

	private static void loop(Cpu cpu, Instruction i) {
		loop(cpu, i, true);
	}

	private static void loopWhileEqual(Cpu cpu, Instruction i) {
		loop(cpu, i, cpu.condition(EQUAL));
	}

	private static void loopWhileNotEqual(Cpu cpu, Instruction i) {
		loop(cpu, i, !cpu.condition(EQUAL));
	}

	private static void loop(Cpu cpu, Instruction i, boolean condition) {
		long count = cpu.r[Cpu.RCX] - 1 & Operands.mask(i.addressSize);
		if (count != 0 && condition) {
			branch(cpu, i.immediate);
		}
		Operands.writeRegister(cpu, Cpu.RCX, i.addressSize, count);
	}

	private static void jumpOnCountZero(Cpu cpu, Instruction i) {
		if (Operands.readRegister(cpu, Cpu.RCX, i.addressSize) == 0) {
			branch(cpu, i.immediate);
		}
	}

	private static void checkBounds(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long offset = Operands.offset(cpu, i);
		long upperOffset = offset + size & Operands.mask(i.addressSize);
		long lower = Operands.signExtend(cpu.read(cpu.linear(i.segment, offset, size, false), size), size);
		long upper = Operands.signExtend(cpu.read(cpu.linear(i.segment, upperOffset, size, false), size), size);
		long index = Operands.signExtend(cpu.r[i.destinationRegister], size);
		if (index < lower || index > upper) {
			throw cpu.raise(Vector.BR);
		}
	}
}
