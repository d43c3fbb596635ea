package mshv.backend.emu.partition;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;

/** x87 and SSE state as a compacted XSAVE area (Intel SDM vol. 1, 13.4): the legacy region and the header. The processor stands. */
public final class XsaveArea {
	/** Size in bytes. */
	public static final int SIZE = 576;
	/** Bits of MXCSR that exist. */
	static final int MXCSR_MASK = 0xFFFF;

	private static final int FCW = 0, FSW = 2, FTW = 4, FOP = 6, FIP = 8, FDP = 16, MXCSR = 24, MXCSR_MASK_FIELD = 28, ST = 32, XMM = 160,
		STATES = 512, COMPACTION = 520, RESERVED = 528;
	private static final long COMPACTED = 1L << 63;

	private XsaveArea() {}

	/** Writes the state. @param at host address of {@link #SIZE} bytes */
	static void save(Cpu cpu, long at) {
		RAW.fill(at, SIZE, (byte) 0);
		FpuState fpu = cpu.fpu;
		RAW.putShort(at + FCW, (short) fpu.control);
		RAW.putShort(at + FSW, (short) fpu.status);
		RAW.putByte(at + FTW, (byte) fpu.valid);
		RAW.putShort(at + FOP, (short) fpu.lastOpcode);
		RAW.putLong(at + FIP, instructionPointer(cpu));
		RAW.putLong(at + FDP, operandPointer(cpu));
		RAW.putInt(at + MXCSR, cpu.mxcsr);
		RAW.putInt(at + MXCSR_MASK_FIELD, MXCSR_MASK);
		for (int i = 0; i < 8; i++) {
			int register = fpu.top() + i & 7;
			RAW.putLong(at + ST + 16 * i, fpu.significand[register]);
			RAW.putShort(at + ST + 16 * i + 8, (short) fpu.signExponent[register]);
		}
		for (int i = 0; i < 32; i++) {
			RAW.putLong(at + XMM + 8 * i, cpu.xmm[i]);
		}
		RAW.putLong(at + STATES, Properties.XSAVE_STATES);
		RAW.putLong(at + COMPACTION, COMPACTED | Properties.XSAVE_STATES);
	}

	/** Restores the state; a component that the header leaves out gets its initial state.
	 * @param at host address
	 * @return false if a reserved bit is set: nothing has changed */
	static boolean restore(Cpu cpu, long at) {
		long states = RAW.getLong(at + STATES);
		long compaction = RAW.getLong(at + COMPACTION);
		if ((states & ~Properties.XSAVE_STATES) != 0 || compaction >= 0 || (compaction & ~(COMPACTED | Properties.XSAVE_STATES)) != 0
				|| (states & ~compaction) != 0) {
			return false;
		}
		for (int i = RESERVED; i < SIZE; i += 8) {
			if (RAW.getLong(at + i) != 0) {
				return false;
			}
		}
		int mxcsr = RAW.getInt(at + MXCSR);
		if ((mxcsr & ~MXCSR_MASK) != 0) {
			return false;
		}
		cpu.setMxcsr(mxcsr);
		restoreX87(cpu, at, (states & 1) != 0);
		for (int i = 0; i < 32; i++) {
			cpu.xmm[i] = (states & 2) == 0 ? 0 : RAW.getLong(at + XMM + 8 * i);
		}
		return true;
	}

	private static void restoreX87(Cpu cpu, long at, boolean present) {
		FpuState fpu = cpu.fpu;
		fpu.initialize();
		if (present) {
			fpu.control = RAW.getShort(at + FCW) & 0xFFFF;
			fpu.status = RAW.getShort(at + FSW) & 0xFFFF;
			fpu.valid = RAW.getByte(at + FTW) & 0xFF;
			fpu.lastOpcode = RAW.getShort(at + FOP) & 0x7FF;
			setInstructionPointer(cpu, RAW.getLong(at + FIP));
			setOperandPointer(cpu, RAW.getLong(at + FDP));
		}
		for (int i = 0; i < 8; i++) {
			int register = fpu.top() + i & 7;
			fpu.significand[register] = present ? RAW.getLong(at + ST + 16 * i) : 0;
			fpu.signExponent[register] = present ? RAW.getShort(at + ST + 16 * i + 8) & 0xFFFF : 0;
		}
	}

	/** @return the last instruction's address: 64 bits, or offset and selector outside 64-bit mode */
	static long instructionPointer(Cpu cpu) {
		return pointer(cpu, cpu.fpu.lastInstruction, cpu.fpu.lastInstructionSelector);
	}

	/** @return the last operand's address: 64 bits, or offset and selector outside 64-bit mode */
	static long operandPointer(Cpu cpu) {
		return pointer(cpu, cpu.fpu.lastOperand, cpu.fpu.lastOperandSelector);
	}

	private static long pointer(Cpu cpu, long offset, int selector) {
		return cpu.longModeActive() ? offset : offset & 0xFFFFFFFFL | (selector & 0xFFFFL) << 32;
	}

	static void setInstructionPointer(Cpu cpu, long value) {
		cpu.fpu.lastInstruction = cpu.longModeActive() ? value : value & 0xFFFFFFFFL;
		cpu.fpu.lastInstructionSelector = cpu.longModeActive() ? 0 : (int) (value >>> 32) & 0xFFFF;
	}

	static void setOperandPointer(Cpu cpu, long value) {
		cpu.fpu.lastOperand = cpu.longModeActive() ? value : value & 0xFFFFFFFFL;
		cpu.fpu.lastOperandSelector = cpu.longModeActive() ? 0 : (int) (value >>> 32) & 0xFFFF;
	}
}
