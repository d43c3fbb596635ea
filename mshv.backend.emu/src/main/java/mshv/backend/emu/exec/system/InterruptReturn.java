package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** IRET, IRETD and IRETQ. */
final class InterruptReturn {
	/** Flags that any IRET may change. */
	private static final long ALWAYS = Flag.ALL | Flag.TF | Flag.DF | Flag.NT;
	/** Flags that 32- and 64-bit operand size adds. */
	private static final long WIDE = Flag.RF | Flag.AC | Flag.ID;

	private InterruptReturn() {}

	static void register(HandlerTable table) {
		table.add(Opcode.IRET, InterruptReturn::execute);
	}

	private static void execute(Cpu cpu, Instruction i) {
		if (cpu.nmiMasked) {
			// Even an IRET that faults ends the blocking of NMIs.
			cpu.nmiMasked = false;
			cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
		}
		if (cpu.realAddressing()) {
			real(cpu, i.operandSize);
		} else if ((cpu.systemFlags & Flag.NT) != 0) {
			if (cpu.longModeActive()) {
				throw cpu.raise(Vector.GP, 0);
			}
			TaskSwitch.back(cpu, cpu.nextRip);
		} else {
			protectedMode(cpu, i.operandSize);
		}
	}

	private static void real(Cpu cpu, int size) {
		Privilege.requireVirtual8086Privilege(cpu);
		long offset = cpu.peek(0, size);
		int selector = (int) cpu.peek(size, size) & 0xFFFF;
		long image = cpu.peek(2 * size, size);
		CodeSegment.checkRealOffset(cpu, offset);
		long changeable = ALWAYS | Flag.IF | (cpu.virtual8086() ? 0 : Flag.IOPL) | (size == 2 ? 0 : WIDE);
		cpu.setStackPointer(cpu.r[Cpu.RSP] + 3 * size);
		CodeSegment.loadReal(cpu, selector);
		cpu.nextRip = offset;
		setFlags(cpu, image, changeable);
	}

	/** RF is dropped where it has nothing to suppress: the fast tiers do not end its effect. */
	private static void setFlags(Cpu cpu, long image, long changeable) {
		long changed = Debug.hasInstructionBreakpoint(cpu) ? changeable : changeable & ~(long) Flag.RF;
		cpu.setRflags(cpu.rflags() & ~(changeable | Flag.RF) | image & changed);
	}

	private static void protectedMode(Cpu cpu, int size) {
		long offset = cpu.peek(0, size);
		int selector = (int) cpu.peek(size, size) & 0xFFFF;
		long image = cpu.peek(2 * size, size);
		if (size == 4 && (image & Flag.VM) != 0 && cpu.cpl == 0 && !cpu.longModeActive()) {
			toVirtual8086(cpu, offset, selector, image);
			return;
		}
		long changeable = ALWAYS | (size == 2 ? 0 : WIDE);
		if (cpu.cpl <= Privilege.ioPrivilege(cpu)) {
			changeable |= Flag.IF;
		}
		if (cpu.cpl == 0) {
			changeable |= Flag.IOPL | (size == 2 ? 0 : Flag.VIF | Flag.VIP);
		}
		// In 64-bit mode the frame always holds SS:RSP.
		boolean from64 = cpu.mode == 64;
		long pointer = 0;
		int stackSelector = 0;
		if (from64) {
			pointer = cpu.peek(3 * size, size);
			stackSelector = (int) cpu.peek(4 * size, size) & 0xFFFF;
		}
		long raw = CodeSegment.returnTarget(cpu, selector);
		boolean outer = (selector & 3) != cpu.cpl;
		if (outer || from64) {
			if (!from64) {
				pointer = cpu.peek(3 * size, size);
				stackSelector = (int) cpu.peek(4 * size, size) & 0xFFFF;
			}
			FarReturn.toStack(cpu, selector, raw, offset, stackSelector, pointer, 0);
			if (outer) {
				SegmentLoader.dropPrivileged(cpu);
			}
		} else {
			CodeSegment.checkOffset(cpu, raw, offset, 0);
			long accessed = DescriptorTables.access(cpu, selector, raw);
			cpu.setStackPointer(cpu.r[Cpu.RSP] + 3 * size);
			CodeSegment.load(cpu, selector, accessed, cpu.cpl);
		}
		cpu.nextRip = offset;
		setFlags(cpu, image, changeable);
	}

	private static void toVirtual8086(Cpu cpu, long offset, int selector, long image) {
		long pointer = cpu.peek(12, 4);
		int ss = (int) cpu.peek(16, 4) & 0xFFFF;
		int es = (int) cpu.peek(20, 4) & 0xFFFF;
		int ds = (int) cpu.peek(24, 4) & 0xFFFF;
		int fs = (int) cpu.peek(28, 4) & 0xFFFF;
		int gs = (int) cpu.peek(32, 4) & 0xFFFF;
		if (offset > 0xFFFF) {
			throw cpu.raise(Vector.GP, 0);
		}
		cpu.cpl = 3;
		setFlags(cpu, image, -1);
		SegmentLoader.loadReal(cpu, Segment.CS, selector);
		SegmentLoader.loadReal(cpu, Segment.SS, ss);
		SegmentLoader.loadReal(cpu, Segment.ES, es);
		SegmentLoader.loadReal(cpu, Segment.DS, ds);
		SegmentLoader.loadReal(cpu, Segment.FS, fs);
		SegmentLoader.loadReal(cpu, Segment.GS, gs);
		cpu.r[Cpu.RSP] = pointer;
		cpu.contextChanged();
		cpu.nextRip = offset;
	}
}
