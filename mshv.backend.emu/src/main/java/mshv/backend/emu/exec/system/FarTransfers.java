package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Far JMP, CALL and RET (Intel SDM vol. 3, 5.8). */
final class FarTransfers {
	private FarTransfers() {}

	static void register(HandlerTable table) {
		table.add(Opcode.JMP_FAR, FarTransfers::jump);
		table.add(Opcode.CALL_FAR, FarTransfers::call);
		table.add(Opcode.RET_FAR, FarReturn::execute);
	}

	private static long offset(Cpu cpu, Instruction i) {
		return i.source == OperandKind.IMMEDIATE ? i.immediate : FarPointer.offset(cpu, i);
	}

	private static int selector(Cpu cpu, Instruction i) {
		return i.source == OperandKind.IMMEDIATE ? i.immediate2 : FarPointer.selector(cpu, i);
	}

	private static void jump(Cpu cpu, Instruction i) {
		transfer(cpu, i, false);
	}

	private static void call(Cpu cpu, Instruction i) {
		transfer(cpu, i, true);
	}

	private static void transfer(Cpu cpu, Instruction i, boolean call) {
		long offset = offset(cpu, i);
		int selector = selector(cpu, i);
		if (cpu.realAddressing()) {
			transferReal(cpu, i, selector, offset, call);
			return;
		}
		if (DescriptorTables.isNull(selector)) {
			throw cpu.raise(Vector.GP, 0);
		}
		long raw = DescriptorTables.read(cpu, selector, Vector.GP, 0);
		if (Descriptor.code(raw)) {
			CodeSegment.checkDirect(cpu, selector, raw);
			finish(cpu, selector, raw, offset, call ? i.operandSize : 0);
			return;
		}
		int type = Descriptor.systemType(raw);
		boolean longMode = cpu.longModeActive();
		if (type == Descriptor.CALL_GATE32 || type == Descriptor.CALL_GATE16 && !longMode) {
			CallGate.enter(cpu, selector, raw, call);
		} else if (type == Descriptor.TASK_GATE && !longMode) {
			checkSystem(cpu, selector, raw);
			CodeSegment.checkPresent(cpu, selector, raw, 0);
			TaskSwitch.throughGate(cpu, raw, call ? TaskSwitch.Cause.CALL : TaskSwitch.Cause.JUMP, cpu.nextRip);
		} else if ((type == Descriptor.TSS16 || type == Descriptor.TSS32) && !longMode) {
			checkSystem(cpu, selector, raw);
			TaskSwitch.direct(cpu, selector, call ? TaskSwitch.Cause.CALL : TaskSwitch.Cause.JUMP, cpu.nextRip);
		} else {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, 0);
		}
	}

	/** Raises #GP(selector) if a TSS or gate may not be named at this CPL with this RPL. */
	static void checkSystem(Cpu cpu, int selector, long raw) {
		if (Descriptor.dpl(raw) < Math.max(cpu.cpl, selector & 3)) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, 0);
		}
	}

	private static void transferReal(Cpu cpu, Instruction i, int selector, long offset, boolean call) {
		PushStack stack = PushStack.current(cpu, 0);
		if (call) {
			stack.push(cpu.segments[Segment.CS].selector, i.operandSize);
			stack.push(cpu.nextRip, i.operandSize);
		}
		CodeSegment.checkRealOffset(cpu, offset);
		cpu.r[Cpu.RSP] = stack.pointer();
		CodeSegment.loadReal(cpu, selector);
		cpu.nextRip = offset;
	}

	/** Goes to a checked code segment without a change of CPL.
	 * @param size of the pushes of CS and RIP, or 0 for a jump */
	static void finish(Cpu cpu, int selector, long raw, long offset, int size) {
		CodeSegment.checkOffset(cpu, raw, offset, 0);
		PushStack stack = PushStack.current(cpu, 0);
		if (size != 0) {
			stack.push(cpu.segments[Segment.CS].selector, size);
			stack.push(cpu.nextRip, size);
		}
		long accessed = DescriptorTables.access(cpu, selector, raw);
		cpu.r[Cpu.RSP] = stack.pointer();
		CodeSegment.load(cpu, selector, accessed, cpu.cpl);
		cpu.nextRip = offset;
		cpu.systemFlags &= ~(long) Flag.RF;
	}
}
