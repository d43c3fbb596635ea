package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Moves to and from segment registers. */
final class SegmentMoves {
	private SegmentMoves() {}

	static void register(HandlerTable table) {
		table.add(Opcode.MOV_FROM_SEG, SegmentMoves::moveFrom);
		table.add(Opcode.MOV_TO_SEG, SegmentMoves::moveTo);
		table.add(Opcode.PUSH_SEG, SegmentMoves::push);
		table.add(Opcode.POP_SEG, SegmentMoves::pop);
		table.add(Opcode.LES, (cpu, i) -> loadPointer(cpu, i, Segment.ES));
		table.add(Opcode.LSS, (cpu, i) -> loadPointer(cpu, i, Segment.SS));
		table.add(Opcode.LDS, (cpu, i) -> loadPointer(cpu, i, Segment.DS));
		table.add(Opcode.LFS, (cpu, i) -> loadPointer(cpu, i, Segment.FS));
		table.add(Opcode.LGS, (cpu, i) -> loadPointer(cpu, i, Segment.GS));
	}

	private static void moveFrom(Cpu cpu, Instruction i) {
		Operands.writeDestination(cpu, i, cpu.segments[i.sourceRegister].selector);
	}

	private static void moveTo(Cpu cpu, Instruction i) {
		SegmentLoader.load(cpu, i.destinationRegister, (int) Operands.source(cpu, i) & 0xFFFF);
		shadow(cpu, i);
	}

	/** A following instruction that sets RSP belongs to the load of SS. */
	private static void shadow(Cpu cpu, Instruction i) {
		if (i.destinationRegister == Segment.SS) {
			cpu.beginShadow(true);
		}
	}

	private static void push(Cpu cpu, Instruction i) {
		int selector = cpu.segments[i.destinationRegister].selector;
		if (i.operandSize != 4) {
			cpu.push(selector, i.operandSize);
			return;
		}
		// Intel's processors write two bytes and leave the upper two of the slot alone.
		long pointer = cpu.r[Cpu.RSP] - 4 & cpu.stackMask();
		cpu.writeWord(cpu.linear(Segment.SS, pointer, 2, true), selector);
		cpu.setStackPointer(pointer);
	}

	private static void pop(Cpu cpu, Instruction i) {
		long pointer = cpu.r[Cpu.RSP];
		// RSP first: its width is that of the stack popped from, which a new SS may change.
		int selector = (int) cpu.pop(i.operandSize) & 0xFFFF;
		try {
			SegmentLoader.load(cpu, i.destinationRegister, selector);
		} catch (GuestFault fault) {
			cpu.r[Cpu.RSP] = pointer;
			throw fault;
		}
		shadow(cpu, i);
	}

	private static void loadPointer(Cpu cpu, Instruction i, int register) {
		long offset = FarPointer.offset(cpu, i);
		SegmentLoader.load(cpu, register, FarPointer.selector(cpu, i));
		Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, offset);
	}
}
