package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

/**
 * Hardware task switches between 16- and 32-bit tasks (Intel SDM vol. 3, 8.3).
 * <p>
 * What is wrong with the new TSS itself is a fault of the old task, and nothing has changed. What is wrong with the segments that it
 * names is a fault of the new task: {@link Cpu#rip} is then its first instruction.
 */
final class TaskSwitch {
	/** What makes the processor switch. */
	enum Cause {
		JUMP, CALL, INTERRUPT, RETURN;

		/** @return true if the new task will return to the old one */
		boolean nests() {
			return this == CALL || this == INTERRUPT;
		}
	}

	/** DR7 bits L0 to L3 and LE. */
	private static final long LOCAL_BREAKPOINTS = 0x155;

	private TaskSwitch() {}

	/** JMP or CALL to a TSS. The descriptor's DPL has been checked. @param rip offset at which the old task goes on */
	static void direct(Cpu cpu, int selector, Cause cause, long rip) {
		execute(cpu, selector, cause, rip, cpu.rflags() & ~(long) Flag.RF, Vector.GP, 0);
	}

	/** JMP or CALL to a task gate, which has been checked. */
	static void throughGate(Cpu cpu, long gate, Cause cause, long rip) {
		direct(cpu, Descriptor.gateSelector(gate), cause, rip);
	}

	/** Exception or interrupt through a task gate, which has been checked.
	 * @param flags RFLAGS to save in the old task
	 * @param ext EXT bit of error codes */
	static void throughInterrupt(Cpu cpu, long gate, long rip, long flags, int ext, int errorCode, boolean hasErrorCode) {
		execute(cpu, Descriptor.gateSelector(gate), Cause.INTERRUPT, rip, flags, Vector.GP, ext);
		if (hasErrorCode) {
			PushStack stack = PushStack.current(cpu, ext);
			stack.push(errorCode, (cpu.segments[Segment.TR].attributes & 8) != 0 ? 4 : 2);
			cpu.r[Cpu.RSP] = stack.pointer();
		}
	}

	/** IRET with NT set. */
	static void back(Cpu cpu, long rip) {
		Segment tr = cpu.segments[Segment.TR];
		if (!tr.present() || tr.limit < 1) {
			throw DescriptorTables.refuse(cpu, Vector.TS, tr.selector, 0);
		}
		int link = (int) SystemMemory.read(cpu, tr.base, 2);
		execute(cpu, link, Cause.RETURN, rip, cpu.rflags() & ~(long) (Flag.NT | Flag.RF), Vector.TS, 0);
	}

	private static void execute(Cpu cpu, int selector, Cause cause, long rip, long flags, int refusal, int ext) {
		long raw = newTask(cpu, selector, cause, refusal, ext);
		boolean wide = (Descriptor.systemType(raw) & 8) != 0;
		long base = Descriptor.base(raw);
		if (Descriptor.limit(raw) < TaskImage.size(wide) - 1) {
			throw DescriptorTables.refuse(cpu, Vector.TS, selector, ext);
		}
		Segment tr = cpu.segments[Segment.TR];
		boolean oldWide = (tr.attributes & 8) != 0;
		if (!tr.present() || tr.limit < TaskImage.savedSize(oldWide) - 1) {
			throw DescriptorTables.refuse(cpu, Vector.TS, tr.selector, ext);
		}
		TaskImage image = TaskImage.read(cpu, base, wide);
		SystemMemory.probeWrite(cpu, tr.base, TaskImage.savedSize(oldWide));
		if (cause.nests()) {
			SystemMemory.probeWrite(cpu, base, 2);
		}
		if (!cause.nests()) {
			DescriptorTables.setBusy(cpu, tr.selector, false);
		}
		if (cause != Cause.RETURN) {
			DescriptorTables.setBusy(cpu, selector, true);
		}
		TaskImage.save(cpu, tr.base, oldWide, rip, flags);
		if (cause.nests()) {
			SystemMemory.write(cpu, base, 2, tr.selector);
		}
		tr.set(selector, base, Descriptor.limit(raw), Descriptor.attributes(raw) | Descriptor.BUSY);
		enter(cpu, image, cause, ext);
	}

	/** Reads and checks the descriptor of the new TSS. */
	private static long newTask(Cpu cpu, int selector, Cause cause, int refusal, int ext) {
		if (DescriptorTables.local(selector) || DescriptorTables.isNull(selector)) {
			throw DescriptorTables.refuse(cpu, refusal, selector, ext);
		}
		long raw = DescriptorTables.read(cpu, selector, refusal, ext);
		int available = cause == Cause.RETURN ? Descriptor.BUSY : 0;
		int type = Descriptor.systemType(raw);
		if (type != (Descriptor.TSS16 | available) && type != (Descriptor.TSS32 | available)) {
			throw DescriptorTables.refuse(cpu, refusal, selector, ext);
		}
		CodeSegment.checkPresent(cpu, selector, raw, ext);
		return raw;
	}

	private static void enter(Cpu cpu, TaskImage image, Cause cause, int ext) {
		cpu.cr0 |= Cpu.CR0_TS;
		cpu.dr[7] &= ~LOCAL_BREAKPOINTS;
		boolean virtual = (image.flags() & Flag.VM) != 0;
		cpu.rip = image.ip();
		cpu.nextRip = image.ip();
		System.arraycopy(image.registers(), 0, cpu.r, 0, 8);
		// Until its descriptor is loaded, no segment may be used.
		int[] selectors = image.selectors();
		for (int register = 0; register < selectors.length; register++) {
			cpu.segments[register].set(selectors[register], 0, 0, 0);
		}
		cpu.segments[Segment.LDTR].set(image.localTable(), 0, 0, 0);
		cpu.cpl = virtual ? 3 : selectors[Segment.CS] & 3;
		cpu.setRflags(cause.nests() ? image.flags() | Flag.NT : image.flags());
		cpu.contextChanged();
		if (image.trap()) {
			cpu.pendingDebug |= Debug.TASK_SWITCH;
			cpu.requestAttention(Cpu.ATTENTION_PRECISE);
		}
		if (image.wide() && (cpu.cr0 & Cpu.CR0_PG) != 0) {
			ControlRegisters.setCr3(cpu, image.cr3());
		}
		loadLocalTable(cpu, image.localTable(), ext);
		if (virtual) {
			for (int register = 0; register < selectors.length; register++) {
				SegmentLoader.loadReal(cpu, register, selectors[register]);
			}
			cpu.contextChanged();
			CodeSegment.checkRealOffset(cpu, image.ip());
		} else {
			loadSegments(cpu, image, ext);
		}
	}

	private static void loadLocalTable(Cpu cpu, int selector, int ext) {
		if (DescriptorTables.isNull(selector)) {
			return;
		}
		if (DescriptorTables.local(selector)) {
			throw DescriptorTables.refuse(cpu, Vector.TS, selector, ext);
		}
		long raw = DescriptorTables.read(cpu, selector, Vector.TS, ext);
		if (Descriptor.systemType(raw) != Descriptor.LDT || !Descriptor.present(raw)) {
			throw DescriptorTables.refuse(cpu, Vector.TS, selector, ext);
		}
		Descriptor.load(cpu.segments[Segment.LDTR], selector, raw);
	}

	private static void loadSegments(Cpu cpu, TaskImage image, int ext) {
		int[] selectors = image.selectors();
		long code = loadCode(cpu, selectors[Segment.CS], ext);
		int stack = selectors[Segment.SS];
		if (DescriptorTables.isNull(stack)) {
			throw DescriptorTables.refuse(cpu, Vector.TS, stack, ext);
		}
		Descriptor.load(cpu.segments[Segment.SS], stack, SegmentLoader.stackDescriptor(cpu, stack, cpu.cpl, Vector.TS, ext));
		SegmentLoader.loadData(cpu, Segment.ES, selectors[Segment.ES], Vector.TS, ext);
		SegmentLoader.loadData(cpu, Segment.DS, selectors[Segment.DS], Vector.TS, ext);
		SegmentLoader.loadData(cpu, Segment.FS, selectors[Segment.FS], Vector.TS, ext);
		SegmentLoader.loadData(cpu, Segment.GS, selectors[Segment.GS], Vector.TS, ext);
		CodeSegment.checkOffset(cpu, code, image.ip(), ext);
	}

	private static long loadCode(Cpu cpu, int selector, int ext) {
		if (DescriptorTables.isNull(selector)) {
			throw DescriptorTables.refuse(cpu, Vector.TS, selector, ext);
		}
		long raw = DescriptorTables.read(cpu, selector, Vector.TS, ext);
		int dpl = Descriptor.dpl(raw);
		if (!Descriptor.code(raw) || (Descriptor.conforming(raw) ? dpl > cpu.cpl : dpl != cpu.cpl)) {
			throw DescriptorTables.refuse(cpu, Vector.TS, selector, ext);
		}
		CodeSegment.checkPresent(cpu, selector, raw, ext);
		CodeSegment.load(cpu, selector, DescriptorTables.access(cpu, selector, raw), cpu.cpl);
		return raw;
	}
}
