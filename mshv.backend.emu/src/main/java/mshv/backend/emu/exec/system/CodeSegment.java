package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;

/** Checks of code segment descriptors, and the load of CS in protected mode. */
final class CodeSegment {
	private CodeSegment() {}

	/** @return true if code in this segment runs in 64-bit mode */
	static boolean is64Bit(Cpu cpu, long raw) {
		return cpu.longModeActive() && Descriptor.longCode(raw);
	}

	/** Raises #GP(selector) in long mode if L and D are both set. */
	static void checkSize(Cpu cpu, int selector, long raw) {
		if (cpu.longModeActive() && Descriptor.longCode(raw) && Descriptor.big(raw)) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, 0);
		}
	}

	/** Raises #NP(selector) if the segment is not present. */
	static void checkPresent(Cpu cpu, int selector, long raw, int ext) {
		if (!Descriptor.present(raw)) {
			throw DescriptorTables.refuse(cpu, Vector.NP, selector, ext);
		}
	}

	/** Raises #GP if an offset is beyond the segment's limit, or not canonical where it is a 64-bit one. */
	static void checkOffset(Cpu cpu, long raw, long offset, int ext) {
		boolean refused = is64Bit(cpu, raw) ? !Privilege.canonical(offset) : Long.compareUnsigned(offset, Descriptor.limit(raw)) > 0;
		if (refused) {
			throw cpu.raise(Vector.GP, ext);
		}
	}

	/** Checks a code segment that a far JMP or CALL names directly; CPL stays. */
	static void checkDirect(Cpu cpu, int selector, long raw) {
		checkSize(cpu, selector, raw);
		boolean refused = Descriptor.conforming(raw)
			? Descriptor.dpl(raw) > cpu.cpl
			: (selector & 3) > cpu.cpl || Descriptor.dpl(raw) != cpu.cpl;
		if (refused) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, 0);
		}
		checkPresent(cpu, selector, raw, 0);
	}

	/** Reads and checks the code segment to which a far return or IRET goes; the selector's RPL becomes CPL. */
	static long returnTarget(Cpu cpu, int selector) {
		if (DescriptorTables.isNull(selector)) {
			throw cpu.raise(Vector.GP, 0);
		}
		long raw = DescriptorTables.read(cpu, selector, Vector.GP, 0);
		int privilege = selector & 3;
		boolean refused = !Descriptor.code(raw) || privilege < cpu.cpl
			|| (Descriptor.conforming(raw) ? Descriptor.dpl(raw) > privilege : Descriptor.dpl(raw) != privilege);
		if (refused) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, 0);
		}
		checkSize(cpu, selector, raw);
		checkPresent(cpu, selector, raw, 0);
		return raw;
	}

	/** Loads CS and sets CPL, which becomes its RPL. The descriptor has been checked and marked accessed.
	 * SS must be what it will be: the caller loads it before. */
	static void load(Cpu cpu, int selector, long raw, int privilege) {
		Descriptor.load(cpu.segments[Segment.CS], selector & 0xFFFC | privilege, raw);
		cpu.cpl = privilege;
		cpu.contextChanged();
	}

	/** Loads CS in real or virtual-8086 mode. */
	static void loadReal(Cpu cpu, int selector) {
		SegmentLoader.loadReal(cpu, Segment.CS, selector);
		cpu.contextChanged();
	}

	/** Raises #GP(0) if an offset is beyond the limit of CS in real or virtual-8086 mode. */
	static void checkRealOffset(Cpu cpu, long offset) {
		long limit = cpu.virtual8086() ? 0xFFFF : cpu.segments[Segment.CS].limit;
		if (offset > limit) {
			throw cpu.raise(Vector.GP, 0);
		}
	}
}
