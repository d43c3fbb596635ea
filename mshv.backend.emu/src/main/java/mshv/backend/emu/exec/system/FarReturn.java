package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;

/** Far RET, and what it shares with IRET: the return to an outer privilege level (Intel SDM vol. 3, 5.8.6). */
final class FarReturn {
	private FarReturn() {}

	static void execute(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long offset = cpu.peek(0, size);
		int selector = (int) cpu.peek(size, size) & 0xFFFF;
		int released = (int) i.immediate;
		if (cpu.realAddressing()) {
			CodeSegment.checkRealOffset(cpu, offset);
			cpu.setStackPointer(cpu.r[Cpu.RSP] + 2 * size + released);
			CodeSegment.loadReal(cpu, selector);
			cpu.nextRip = offset;
			return;
		}
		long raw = CodeSegment.returnTarget(cpu, selector);
		if ((selector & 3) == cpu.cpl) {
			CodeSegment.checkOffset(cpu, raw, offset, 0);
			long accessed = DescriptorTables.access(cpu, selector, raw);
			cpu.setStackPointer(cpu.r[Cpu.RSP] + 2 * size + released);
			CodeSegment.load(cpu, selector, accessed, cpu.cpl);
		} else {
			long pointer = cpu.peek(2 * size + released, size);
			int stackSelector = (int) cpu.peek(3 * size + released, size) & 0xFFFF;
			toStack(cpu, selector, raw, offset, stackSelector, pointer, released);
			SegmentLoader.dropPrivileged(cpu);
		}
		cpu.nextRip = offset;
		cpu.systemFlags &= ~(long) Flag.RF;
	}

	/** Loads CS and SS:RSP from a far return's or IRET's stack frame, after the checks of the new SS and of the offset.
	 * @param raw checked descriptor of the new CS, whose selector's RPL becomes CPL
	 * @param released bytes to add to the new stack pointer */
	static void toStack(Cpu cpu, int selector, long raw, long offset, int stackSelector, long pointer, int released) {
		int privilege = selector & 3;
		boolean longTarget = CodeSegment.is64Bit(cpu, raw);
		long stack = 0;
		boolean nullStack = DescriptorTables.isNull(stackSelector);
		if (!nullStack) {
			stack = SegmentLoader.stackDescriptor(cpu, stackSelector, privilege, Vector.GP, 0);
		} else if (!longTarget || privilege == 3 || (stackSelector & 3) != privilege) {
			throw cpu.raise(Vector.GP, 0);
		}
		CodeSegment.checkOffset(cpu, raw, offset, 0);
		long accessed = DescriptorTables.access(cpu, selector, raw);
		if (nullStack) {
			SegmentLoader.loadNullStack(cpu, stackSelector);
		} else {
			Descriptor.load(cpu.segments[Segment.SS], stackSelector, stack);
		}
		CodeSegment.load(cpu, selector, accessed, privilege);
		// Of a 16-bit stack's pointer only SP is loaded.
		cpu.setStackPointer(pointer + released);
	}
}
