package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;

/**
 * Pointers of the string instructions, and runs: elements that lie in one page of plain memory, with no wrap of the offset and no end of
 * the segment between them. An element that crosses a page or reaches a device goes alone.
 */
final class StringAccess {
	private StringAccess() {}

	static boolean down(Cpu cpu) {
		return (cpu.systemFlags & Flag.DF) != 0;
	}

	/** @return offset that the pointer register holds */
	static long pointer(Cpu cpu, Instruction i, int register) {
		return Operands.readRegister(cpu, register, i.addressSize);
	}

	/** Moves a pointer register over {@code bytes} in the direction of DF. */
	static void advance(Cpu cpu, Instruction i, int register, long bytes) {
		long step = down(cpu) ? -bytes : bytes;
		Operands.writeRegister(cpu, register, i.addressSize, cpu.r[register] + step);
	}

	/** The access to one operand of two has failed. If it leaves guest execution, the other is looked at here: who completes the instruction
	 * sees neither the limit of its segment nor watchpoints.
	 * @param segment of the other operand
	 * @param register that points to it
	 * @param write true if it is written
	 * @return the fault to throw */
	static GuestFault failed(Cpu cpu, Instruction i, GuestFault fault, int segment, int register, boolean write) {
		if (fault.vector == GuestFault.EXIT) {
			// A fault of the other takes its place
			cpu.exit.kind = Exit.Kind.NONE;
			cpu.mmu.announce(cpu.linear(segment, pointer(cpu, i, register), i.operandSize, write), i.operandSize, write);
			cpu.exit.kind = Exit.Kind.MEMORY;
		}
		return fault;
	}

	/** How many elements from a pointer on lie in one page without a wrap of the offset or the end of the segment between them.
	 * @param segment segment of the access, which allows the first element
	 * @param offset of the first element
	 * @param address linear address of the first element
	 * @param shift log2 of the element size
	 * @return number of elements; 0 if the first must go alone */
	static long run(Cpu cpu, Instruction i, int segment, long offset, long address, int shift) {
		long inPage = address & 4095;
		int size = 1 << shift;
		if (inPage + size > 4096) {
			return 0;
		}
		boolean down = down(cpu);
		long run = down ? (inPage >>> shift) + 1 : 4096 - inPage >>> shift;
		if (i.addressSize != 8) {
			long last = Operands.mask(i.addressSize);
			if (cpu.mode != 64) {
				Segment s = cpu.segments[segment];
				boolean expandDown = !cpu.realAddressing() && (s.attributes & 0xC) == 4;
				if (expandDown) {
					return 0;
				}
				last = Math.min(last, s.limit);
			}
			run = Math.min(run, down ? (offset >>> shift) + 1 : last + 1 - offset >>> shift);
		}
		return run;
	}

	/** Host memory of a run of elements that is about to be read.
	 * @param address linear address of the first element
	 * @param bytes length of the run, which {@link #run} allowed
	 * @return host address of the run's lowest byte, 0 if the first element must go alone; raises what an access to it would */
	static long hostForRead(Cpu cpu, long address, int size, long bytes) {
		// The first element alone, so that a fault or an exit tells its address and size.
		long host = cpu.hostForRead(address, size);
		return host == 0 || !down(cpu) ? host : host - (bytes - size);
	}

	/** Host memory of a run of elements that is about to be written; see {@link #hostForRead}. */
	static long hostForWrite(Cpu cpu, long address, int size, long bytes) {
		if (cpu.hostForWrite(address, size) == 0) {
			return 0;
		}
		// Then the whole run, so that translated code in it is found.
		return cpu.hostForWrite(down(cpu) ? address - (bytes - size) : address, (int) bytes);
	}
}
