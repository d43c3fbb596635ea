package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.fp.Float80Format;
import mshv.backend.emu.fp.FpExceptions;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/**
 * FLDENV, FNSTENV, FRSTOR, FNSAVE (Intel SDM vol. 1, figures 8-9 to 8-12).
 * <p>
 * The environment is seven elements of 2 or 4 bytes: control, status and tag words, instruction pointer, its selector (and the opcode),
 * operand pointer, its selector. In real and virtual-8086 mode the pointers are linear addresses whose upper part shares an element with
 * the opcode. The registers, 10 bytes each and ST(0) first, follow in the larger formats.
 */
final class Environment {
	private static final int ELEMENTS = 7;
	private static final int EMPTY = 3;
	/** Reserved halves of 4-byte elements are stored as ones. */
	private static final long RESERVED = 0xFFFF0000L;

	private Environment() {}

	static void register(HandlerTable table) {
		table.add(Opcode.FLDENV, (cpu, i) -> restore(cpu, i, false));
		table.add(Opcode.FRSTOR, (cpu, i) -> restore(cpu, i, true));
		table.add(Opcode.FNSTENV, (cpu, i) -> {
			save(cpu, i, false);
			Control.setControl(cpu.fpu, cpu.fpu.control | FpExceptions.ALL);
		});
		table.add(Opcode.FNSAVE, (cpu, i) -> {
			save(cpu, i, true);
			cpu.fpu.initialize();
		});
	}

	/** @return bytes of an element */
	private static int step(Instruction i, boolean registers) {
		return i.operandSize == (registers ? 2 * ELEMENTS + 80 : 2 * ELEMENTS) ? 2 : 4;
	}

	private static void save(Cpu cpu, Instruction i, boolean registers) {
		FloatStack.checkAvailable(cpu);
		FpuState fpu = cpu.fpu;
		long address = Operands.address(cpu, i, i.operandSize, true);
		int step = step(i, registers);
		long host = StateArea.forWrite(cpu, address, i.operandSize, step);
		put(cpu, host, address, step, 0, RESERVED | fpu.control);
		put(cpu, host, address, step, 1, RESERVED | fpu.status);
		put(cpu, host, address, step, 2, RESERVED | tags(fpu));
		if (cpu.realAddressing()) {
			savePointersLinear(cpu, host, address, step);
		} else {
			put(cpu, host, address, step, 3, fpu.lastInstruction);
			put(cpu, host, address, step, 4, fpu.lastInstructionSelector | fpu.lastOpcode << 16);
			put(cpu, host, address, step, 5, fpu.lastOperand);
			put(cpu, host, address, step, 6, RESERVED | fpu.lastOperandSelector);
		}
		for (int n = 0; registers && n < 8; n++) {
			int register = FloatStack.register(fpu, n);
			int offset = ELEMENTS * step + 10 * n;
			StateArea.putQword(cpu, host, address, offset, fpu.significand[register]);
			StateArea.putWord(cpu, host, address, offset + 8, fpu.signExponent[register]);
		}
	}

	private static void savePointersLinear(Cpu cpu, long host, long address, int step) {
		FpuState fpu = cpu.fpu;
		long instruction = fpu.lastInstruction + ((long) fpu.lastInstructionSelector << 4);
		long operand = fpu.lastOperand + ((long) fpu.lastOperandSelector << 4);
		put(cpu, host, address, step, 3, instruction & 0xFFFF);
		put(cpu, host, address, step, 4, (instruction >>> 16 & 0xFFFF) << 12 | fpu.lastOpcode);
		put(cpu, host, address, step, 5, operand & 0xFFFF);
		put(cpu, host, address, step, 6, (operand >>> 16 & 0xFFFF) << 12);
	}

	private static void put(Cpu cpu, long host, long address, int step, int element, long value) {
		if (step == 2) {
			StateArea.putWord(cpu, host, address, 2 * element, (int) value);
		} else {
			StateArea.putDword(cpu, host, address, 4 * element, value);
		}
	}

	private static void restore(Cpu cpu, Instruction i, boolean registers) {
		FloatStack.check(cpu);
		FpuState fpu = cpu.fpu;
		long address = Operands.address(cpu, i, i.operandSize, false);
		int step = step(i, registers);
		long host = StateArea.forRead(cpu, address, i.operandSize, step);
		fpu.status = (int) get(cpu, host, address, step, 1) & 0xFFFF;
		Control.setControl(fpu, (int) get(cpu, host, address, step, 0));
		fpu.valid = valid((int) get(cpu, host, address, step, 2));
		long instruction = get(cpu, host, address, step, 3);
		long second = get(cpu, host, address, step, 4);
		long operand = get(cpu, host, address, step, 5);
		long fourth = get(cpu, host, address, step, 6);
		if (cpu.realAddressing()) {
			fpu.lastInstruction = instruction & 0xFFFF | (second >>> 12 & 0xFFFF) << 16;
			fpu.lastInstructionSelector = 0;
			fpu.lastOpcode = (int) second & 0x7FF;
			fpu.lastOperand = operand & 0xFFFF | (fourth >>> 12 & 0xFFFF) << 16;
			fpu.lastOperandSelector = 0;
		} else {
			fpu.lastInstruction = instruction;
			fpu.lastInstructionSelector = (int) second & 0xFFFF;
			fpu.lastOpcode = (int) (second >>> 16) & 0x7FF;
			fpu.lastOperand = operand;
			fpu.lastOperandSelector = (int) fourth & 0xFFFF;
		}
		for (int n = 0; registers && n < 8; n++) {
			int register = FloatStack.register(fpu, n);
			int offset = ELEMENTS * step + 10 * n;
			fpu.significand[register] = StateArea.qword(cpu, host, address, offset);
			fpu.signExponent[register] = StateArea.word(cpu, host, address, offset + 8);
		}
	}

	private static long get(Cpu cpu, long host, long address, int step, int element) {
		return step == 2 ? StateArea.word(cpu, host, address, 2 * element) : StateArea.dword(cpu, host, address, 4 * element);
	}

	/** @return the tag word: for each physical register 0 valid, 1 zero, 2 special, 3 empty */
	static int tags(FpuState fpu) {
		int tags = 0;
		for (int register = 0; register < 8; register++) {
			int tag = FloatStack.isEmpty(fpu, register) ? EMPTY : tag(fpu.signExponent[register], fpu.significand[register]);
			tags |= tag << 2 * register;
		}
		return tags;
	}

	private static int tag(int signExponent, long significand) {
		int exponent = signExponent & Float80Format.EXPONENT_MASK;
		if (exponent == 0 && significand == 0) {
			return 1;
		}
		return exponent == 0 || exponent == Float80Format.EXPONENT_MASK || significand >= 0 ? 2 : 0;
	}

	/** @return the registers that a tag word does not call empty, one bit each */
	private static int valid(int tags) {
		int valid = 0;
		for (int register = 0; register < 8; register++) {
			if ((tags >> 2 * register & EMPTY) != EMPTY) {
				valid |= 1 << register;
			}
		}
		return valid;
	}
}
