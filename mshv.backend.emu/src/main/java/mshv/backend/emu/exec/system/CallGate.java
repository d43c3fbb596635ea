package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

/** Far JMP and CALL through a call gate (Intel SDM vol. 3, 5.8.3 to 5.8.5). */
final class CallGate {
	private CallGate() {}

	static void enter(Cpu cpu, int gateSelector, long gate, boolean call) {
		FarTransfers.checkSystem(cpu, gateSelector, gate);
		long upper = cpu.longModeActive() ? DescriptorTables.readUpper(cpu, gateSelector, Vector.GP, 0) : 0;
		CodeSegment.checkPresent(cpu, gateSelector, gate, 0);
		int selector = Descriptor.gateSelector(gate);
		if (DescriptorTables.isNull(selector)) {
			throw cpu.raise(Vector.GP, 0);
		}
		long raw = DescriptorTables.read(cpu, selector, Vector.GP, 0);
		int dpl = Descriptor.dpl(raw);
		boolean inner = call && !Descriptor.conforming(raw) && dpl < cpu.cpl;
		boolean refused = !Descriptor.code(raw) || dpl > cpu.cpl || !call && !Descriptor.conforming(raw) && dpl != cpu.cpl
			|| cpu.longModeActive() && (!Descriptor.longCode(raw) || Descriptor.big(raw));
		if (refused) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, 0);
		}
		CodeSegment.checkPresent(cpu, selector, raw, 0);
		int size = cpu.longModeActive() ? 8 : Descriptor.systemType(gate) == Descriptor.CALL_GATE32 ? 4 : 2;
		long offset = Descriptor.gateOffset(gate);
		if (size == 8) {
			offset |= upper << 32;
		} else if (size == 2) {
			offset &= 0xFFFF;
		}
		if (inner) {
			enterInner(cpu, gate, selector, raw, offset, size);
		} else {
			FarTransfers.finish(cpu, selector, raw, offset, call ? size : 0);
		}
	}

	private static void enterInner(Cpu cpu, long gate, int selector, long raw, long offset, int size) {
		int privilege = Descriptor.dpl(raw);
		TaskState.InnerStack inner = size == 8 ? null : TaskState.innerStack(cpu, privilege, 0);
		PushStack stack = inner == null ? PushStack.flat(cpu, TaskState.longStack(cpu, privilege, 0), 0) : inner.begin(cpu, 0);
		CodeSegment.checkOffset(cpu, raw, offset, 0);
		int count = size == 8 ? 0 : (int) (gate >>> 32) & 31;
		long[] parameters = new long[count];
		for (int n = 0; n < count; n++) {
			parameters[n] = cpu.peek(n * size, size);
		}
		long accessed = DescriptorTables.access(cpu, selector, raw);
		int cpl = cpu.cpl;
		int mode = cpu.mode;
		InnerPrivilege.begin(cpu, privilege);
		try {
			stack.push(cpu.segments[Segment.SS].selector, size);
			stack.push(cpu.r[Cpu.RSP], size);
			for (int n = count - 1; n >= 0; n--) {
				stack.push(parameters[n], size);
			}
			stack.push(cpu.segments[Segment.CS].selector, size);
			stack.push(cpu.nextRip, size);
		} catch (GuestFault fault) {
			InnerPrivilege.abandon(cpu, cpl, mode);
			throw fault;
		}
		if (inner == null) {
			SegmentLoader.loadNullStack(cpu, privilege);
		} else {
			Descriptor.load(cpu.segments[Segment.SS], inner.selector(), inner.raw());
		}
		cpu.r[Cpu.RSP] = stack.pointer();
		CodeSegment.load(cpu, selector, accessed, privilege);
		cpu.nextRip = offset;
		cpu.systemFlags &= ~(long) Flag.RF;
	}
}
