package mshv.backend.emu.exec.integer;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.OperandKind;

/**
 * A destination that is read, changed and written back.
 * <p>
 * Callers loop: {@code do old = read(...); ... while (!replace(..., old, result, ...))}. Only an atomic replacement that lost against
 * another processor returns false. What cannot be replaced atomically, because it crosses a cache line, is done while no other processor
 * executes.
 */
final class Destination {
	/** Smallest cache line of the hosts. */
	private static final int LINE = 64;

	private Destination() {}

	/** @return the present value, sign-extended; raises what the store would */
	static long read(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long value = i.destination == OperandKind.GPR
			? Operands.readRegister(cpu, i.destinationRegister, size)
			: cpu.readForWrite(Operands.address(cpu, i, size, true), size);
		return Operands.signExtend(value, size);
	}

	/** Stores the new value.
	 * @param old what {@link #read} returned
	 * @param atomic true if memory must still hold {@code old}
	 * @return false if memory has changed meanwhile: nothing was stored */
	static boolean replace(Cpu cpu, Instruction i, long old, long value, boolean atomic) {
		int size = i.operandSize;
		if (i.destination == OperandKind.GPR) {
			Operands.writeRegister(cpu, i.destinationRegister, size, value);
			return true;
		}
		return replace(cpu, Operands.address(cpu, i, size, true), size, old, value, atomic);
	}

	/** Stores the new value of a memory operand.
	 * @param address linear address that {@link Cpu#readForWrite} accepted */
	static boolean replace(Cpu cpu, long address, int size, long old, long value, boolean atomic) {
		if (atomic) {
			long host = cpu.hostForWrite(address, size);
			long window = host == 0 ? 0 : window(host, size);
			if (window != 0) {
				return compareAndSet(window, host, size, old, value);
			}
			if (cpu.shared && !cpu.alone) {
				throw cpu.leaveFor(GuestFault.ALONE);
			}
		}
		cpu.write(address, size, value);
		return true;
	}

	/** @return host address of eight bytes that hold the operand and can be replaced atomically, 0 if there are none */
	private static long window(long host, int size) {
		if ((host & 7) + size <= 8) {
			return host & -8;
		}
		return RAW.atomicWithinLine() && (host & LINE - 1) + size <= LINE ? Math.min(host, (host | LINE - 1) - 7) : 0;
	}

	private static boolean compareAndSet(long window, long host, int size, long old, long value) {
		if (size == 8) {
			return RAW.compareAndSetLong(host, old, value);
		}
		if (size == 4 && (host & 3) == 0) {
			return RAW.compareAndSetInt(host, (int) old, (int) value);
		}
		int shift = (int) (host - window) * 8;
		long mask = Operands.mask(size) << shift;
		long word = RAW.getLong(window);
		return (word & mask) == (old << shift & mask)
			&& RAW.compareAndSetLong(window, word, word & ~mask | value << shift & mask);
	}
}
