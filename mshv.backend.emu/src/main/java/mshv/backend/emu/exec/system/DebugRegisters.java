package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** Moves to and from DR0 to DR7 (Intel SDM vol. 3, 18.2). */
final class DebugRegisters {
	private static final long DR6_WRITABLE = 0xE00F;
	private static final long DR7_WRITABLE = 0xFFFF23FFL;
	private static final long DR7_FIXED = 0x400;
	private static final long DR7_ENABLES = 0xFF;
	private static final long DR7_GENERAL_DETECT = 1 << 13;

	private DebugRegisters() {}

	static void register(HandlerTable table) {
		table.add(Opcode.MOV_FROM_DR, DebugRegisters::moveFrom);
		table.add(Opcode.MOV_TO_DR, DebugRegisters::moveTo);
	}

	/** Makes the checks that a move from or to a debug register begins with.
	 * @return the register meant: without debug extensions, DR4 and DR5 are DR6 and DR7 */
	private static int check(Cpu cpu, int register) {
		boolean alias = register == 4 || register == 5;
		if (alias && (cpu.cr4 & Cpu.CR4_DE) != 0) {
			throw cpu.raise(Vector.UD);
		}
		Privilege.requireSupervisor(cpu);
		if ((cpu.dr[7] & DR7_GENERAL_DETECT) != 0) {
			throw cpu.raise(Vector.DB);
		}
		return alias ? register + 2 : register;
	}

	private static void moveFrom(Cpu cpu, Instruction i) {
		long value = cpu.dr[check(cpu, i.sourceRegister)];
		Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, value);
	}

	private static void moveTo(Cpu cpu, Instruction i) {
		int register = check(cpu, i.destinationRegister);
		long value = Operands.readRegister(cpu, i.sourceRegister, i.operandSize);
		if (register >= 6 && value >>> 32 != 0) {
			throw cpu.raise(Vector.GP, 0);
		}
		switch (register) {
			case 6 -> cpu.dr[6] = value & DR6_WRITABLE | Debug.DR6_FIXED;
			case 7 -> {
				cpu.dr[7] = value & DR7_WRITABLE | DR7_FIXED;
				cpu.contextChanged();
				if ((value & DR7_ENABLES) != 0) {
					cpu.requestAttention(Cpu.ATTENTION_PRECISE);
				}
			}
			default -> cpu.dr[register] = value;
		}
	}
}
