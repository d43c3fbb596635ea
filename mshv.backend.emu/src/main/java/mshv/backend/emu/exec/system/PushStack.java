package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;

/** A stack that is pushed to before the processor's registers say so: the current one or that of an inner privilege level. */
final class PushStack {
	private static final int EXPAND_DOWN = 4;

	private final Cpu cpu;
	private final boolean flat;
	private final long base;
	private final long limit;
	private final int attributes;
	private final long mask;
	private final int errorCode;
	private long pointer;

	private PushStack(Cpu cpu, boolean flat, long base, long limit, int attributes, long pointer, int errorCode) {
		this.cpu = cpu;
		this.flat = flat;
		this.base = base;
		this.limit = limit;
		this.attributes = attributes;
		this.pointer = pointer;
		this.errorCode = errorCode;
		mask = flat ? -1L : (attributes & Segment.DEFAULT) != 0 ? 0xFFFFFFFFL : 0xFFFF;
	}

	/** The stack in SS:RSP. @param errorCode of the #SS for a push that fails */
	static PushStack current(Cpu cpu, int errorCode) {
		Segment ss = cpu.segments[Segment.SS];
		int attributes = cpu.realAddressing() ? ss.attributes & Segment.DEFAULT | 0x93 : ss.attributes;
		return new PushStack(cpu, cpu.mode == 64, ss.base, ss.limit, attributes, cpu.r[Cpu.RSP], errorCode);
	}

	/** A stack in a segment that has been checked. @param raw its descriptor */
	static PushStack in(Cpu cpu, long raw, long pointer, int errorCode) {
		return new PushStack(cpu, false, Descriptor.base(raw), Descriptor.limit(raw), Descriptor.attributes(raw), pointer, errorCode);
	}

	/** A stack of 64-bit mode. */
	static PushStack flat(Cpu cpu, long pointer, int errorCode) {
		return new PushStack(cpu, true, 0, 0, 0, pointer, errorCode);
	}

	/** Pushes at the CPL that the processor has now. @param size 2, 4 or 8 bytes */
	void push(long value, int size) {
		long offset = pointer - size & mask;
		cpu.write(linear(offset, size), size, value);
		pointer = mask == 0xFFFF ? pointer & ~mask | offset : offset;
	}

	private long linear(long offset, int size) {
		boolean refused;
		if (flat) {
			refused = !Privilege.canonical(offset) || !Privilege.canonical(offset + size - 1);
		} else if ((attributes & (Segment.PRESENT | 10)) != (Segment.PRESENT | 2)) {
			refused = true;
		} else if ((attributes & EXPAND_DOWN) != 0) {
			refused = offset <= limit || offset + size - 1 > mask;
		} else {
			refused = offset + size - 1 > limit;
		}
		if (refused) {
			throw cpu.raise(Vector.SS, errorCode);
		}
		return flat ? offset : base + offset & 0xFFFFFFFFL;
	}

	/** @return what RSP is after the pushes */
	long pointer() {
		return pointer;
	}
}
