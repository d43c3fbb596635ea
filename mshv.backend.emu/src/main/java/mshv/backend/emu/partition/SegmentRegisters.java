package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;

/** Names 0x00060000 to 0x0007FFFF: segment registers, LDTR and TR, and the two descriptor tables. */
final class SegmentRegisters {
	private static final int SEGMENTS = 0x60000, IDTR = 0x70000, GDTR = 0x70001;
	private static final long ATTRIBUTE_BITS = 0xF0FF;

	private final VirtualProcessor processor;
	private final Cpu cpu;
	private final RegisterBits bits;

	SegmentRegisters(VirtualProcessor processor, Cpu cpu, RegisterBits bits) {
		this.processor = processor;
		this.cpu = cpu;
		this.bits = bits;
	}

	/** Reads a register. @return false if there is none with this name */
	boolean read(int name) {
		if (name < SEGMENTS + 8) {
			return readSegment(cpu.segments[name - SEGMENTS]);
		}
		if (name == IDTR) {
			return table(cpu.idtBase, cpu.idtLimit);
		}
		return name == GDTR && table(cpu.gdtBase, cpu.gdtLimit);
	}

	/** Writes a register. */
	HvStatus write(int name, long low, long high) {
		if (name < SEGMENTS + 8) {
			return writeSegment(cpu.segments[name - SEGMENTS], low, high);
		}
		return name == IDTR || name == GDTR ? writeTable(name, low, high) : HvStatus.INVALID_PARAMETER;
	}

	private boolean table(long base, int limit) {
		bits.low = (limit & 0xFFFFL) << 48;
		bits.high = base;
		return true;
	}

	private boolean readSegment(Segment segment) {
		bits.low = segment.base;
		bits.high = segment.upper;
		return true;
	}

	private HvStatus writeSegment(Segment segment, long low, long high) {
		if ((high >>> 48 & ~ATTRIBUTE_BITS) != 0) {
			return HvStatus.INVALID_REGISTER_VALUE;
		}
		setSegment(segment, low, high);
		processor.execution().contextChanged();
		return HvStatus.SUCCESS;
	}

	/** Sets a segment register from the two halves of HV_X64_SEGMENT_REGISTER; reserved attributes are dropped. */
	static void setSegment(Segment segment, long low, long high) {
		segment.set((int) (high >>> 32) & 0xFFFF, low, high & 0xFFFFFFFFL, (int) (high >>> 48 & ATTRIBUTE_BITS));
	}

	private HvStatus writeTable(int name, long low, long high) {
		int limit = (int) (low >>> 48);
		if (name == IDTR) {
			cpu.idtBase = high;
			cpu.idtLimit = limit;
		} else {
			cpu.gdtBase = high;
			cpu.gdtLimit = limit;
		}
		return HvStatus.SUCCESS;
	}
}
