package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

/** Loads data and stack segment registers, with the checks of the mode that the processor is in. */
final class SegmentLoader {
	/** Attributes of a segment in real mode: present, writable, accessed data. */
	static final int REAL = 0x93;
	/** Attributes of every segment in virtual-8086 mode: the same with DPL 3. */
	static final int VIRTUAL_8086 = 0xF3;

	private SegmentLoader() {}

	/** Loads ES, SS, DS, FS or GS as MOV, POP and LxS do. */
	static void load(Cpu cpu, int register, int selector) {
		if (cpu.realAddressing()) {
			loadReal(cpu, register, selector);
		} else if (register == Segment.SS) {
			loadStack(cpu, selector);
		} else {
			loadData(cpu, register, selector, Vector.GP, 0);
		}
	}

	/** Loads any segment register, CS included, in real or virtual-8086 mode. In real mode limit and attributes stay (Intel SDM vol. 3,
	 * 20.1.1), unless the register was unusable. */
	static void loadReal(Cpu cpu, int register, int selector) {
		Segment segment = cpu.segments[register];
		if ((cpu.systemFlags & Flag.VM) != 0) {
			segment.set(selector, (long) selector << 4, 0xFFFF, VIRTUAL_8086);
		} else if (segment.present()) {
			segment.set(selector, (long) selector << 4, segment.limit, segment.attributes);
		} else {
			segment.set(selector, (long) selector << 4, 0xFFFF, REAL);
		}
		cpu.setSegmentBase(register, segment.base);
	}

	/** Loads ES, DS, FS or GS in protected mode.
	 * @param refusal exception for a selector that may not be loaded: #GP, or #TS in a task switch
	 * @param ext EXT bit of error codes */
	static void loadData(Cpu cpu, int register, int selector, int refusal, int ext) {
		if (DescriptorTables.isNull(selector)) {
			cpu.segments[register].set(selector, 0, 0, 0);
			cpu.setSegmentBase(register, 0);
			return;
		}
		long raw = DescriptorTables.read(cpu, selector, refusal, ext);
		boolean outer = Descriptor.dpl(raw) < Math.max(cpu.cpl, selector & 3);
		if (!Descriptor.readable(raw) || outer && !Descriptor.conforming(raw)) {
			throw DescriptorTables.refuse(cpu, refusal, selector, ext);
		}
		if (!Descriptor.present(raw)) {
			throw DescriptorTables.refuse(cpu, Vector.NP, selector, ext);
		}
		Descriptor.load(cpu.segments[register], selector, DescriptorTables.access(cpu, selector, raw));
		cpu.setSegmentBase(register, cpu.segments[register].base);
	}

	private static void loadStack(Cpu cpu, int selector) {
		if (DescriptorTables.isNull(selector)) {
			if (cpu.mode != 64 || cpu.cpl == 3 || (selector & 3) != cpu.cpl) {
				throw cpu.raise(Vector.GP, 0);
			}
			loadNullStack(cpu, selector);
			return;
		}
		long raw = stackDescriptor(cpu, selector, cpu.cpl, Vector.GP, 0);
		Descriptor.load(cpu.segments[Segment.SS], selector, raw);
	}

	/** Makes SS null, as 64-bit mode allows. @param selector its RPL becomes the DPL */
	static void loadNullStack(Cpu cpu, int selector) {
		cpu.segments[Segment.SS].set(selector, 0, 0, (selector & 3) << 5);
	}

	/** Checks a stack segment that is not null and marks it accessed.
	 * @param refusal exception for a selector that may not be loaded: #GP or #TS
	 * @param ext EXT bit of error codes
	 * @return its descriptor */
	static long stackDescriptor(Cpu cpu, int selector, int privilege, int refusal, int ext) {
		long raw = DescriptorTables.read(cpu, selector, refusal, ext);
		if ((selector & 3) != privilege || !Descriptor.writable(raw) || Descriptor.dpl(raw) != privilege) {
			throw DescriptorTables.refuse(cpu, refusal, selector, ext);
		}
		if (!Descriptor.present(raw)) {
			throw DescriptorTables.refuse(cpu, Vector.SS, selector, ext);
		}
		return DescriptorTables.access(cpu, selector, raw);
	}

	/** Makes null every data segment register that an outer privilege level may not use. */
	static void dropPrivileged(Cpu cpu) {
		dropPrivileged(cpu, Segment.ES);
		dropPrivileged(cpu, Segment.DS);
		dropPrivileged(cpu, Segment.FS);
		dropPrivileged(cpu, Segment.GS);
	}

	private static void dropPrivileged(Cpu cpu, int register) {
		Segment segment = cpu.segments[register];
		boolean conforming = (segment.attributes & 0xC) == 0xC;
		if (segment.present() && !conforming && segment.dpl() < cpu.cpl) {
			// The hidden base stays: in 64-bit mode it still applies to FS and GS.
			segment.set(0, segment.base, segment.limit, 0);
		}
	}
}
