package mshv.backend.emu.vectors;

/** What the architecture leaves open, or what differs between processors, for one case. Mutable, reused from case to case. */
final class Unspecified {
	/** Highest number of {@link #ignoreData} ranges. */
	private static final int RANGES = 12;
	/** Page-fault error code bits 1 and 4. */
	private static final int WRITE = 2;
	private static final int FETCH = 16;

	/** RFLAGS bits that are undefined. */
	long rflags;
	/** FSW bits that are undefined. */
	int fsw;
	/** Processors disagree whether the x87 state changes. */
	boolean x87;
	/** ST(0) and ST(1) are results of a transcendental function: equal within {@link Approximation}. */
	boolean transcendental;
	/** XMM lanes of 32 bits are results of an approximation instruction: equal within {@link Approximation}. */
	boolean reciprocal;
	/** The instruction makes several accesses: after a fault its memory is undefined, and which address faults first. */
	boolean severalAccesses;
	/** The instruction has two memory operands, and the manuals do not say which of them faults first: #SS, #GP and #PF are one. */
	boolean eitherOperandFirst;
	/** The instruction reads and writes its operand: a page fault may say either. */
	boolean readOrWrite;
	private final int[] start = new int[RANGES];
	private final int[] end = new int[RANGES];
	private int ranges;

	void clear() {
		rflags = 0;
		fsw = 0;
		x87 = false;
		transcendental = false;
		reciprocal = false;
		severalAccesses = false;
		eitherOperandFirst = false;
		readOrWrite = false;
		ranges = 0;
	}

	/** Excludes bytes at a linear address, as far as they are in the data pages. */
	void ignoreData(long address, int length) {
		int first = AddressSpace.dataOffset(address);
		int last = AddressSpace.dataOffset(address + length - 1);
		if (first < 0 && last < 0) {
			return;
		}
		start[ranges] = first < 0 ? 0 : first;
		end[ranges] = last < 0 ? AddressSpace.DATA_SIZE : last + 1;
		ranges++;
	}

	/** Gives every part of a result that must not be compared its input value. */
	void normalise(TestCase in, TestResult out) {
		CpuState before = in.state;
		CpuState after = out.state;
		long ignored = rflags | ~CpuState.RFLAGS_COMPARED;
		after.rflags = after.rflags & ~ignored | before.rflags & ignored;
		after.fsw = after.fsw & ~fsw | before.fsw & fsw;
		if (x87) {
			after.setX87(before);
		}
		for (int i = 0; i < ranges; i++) {
			System.arraycopy(before.data, start[i], after.data, start[i], end[i] - start[i]);
		}
		if (out.vector == 14 && readOrWrite && (out.errorCode & FETCH) == 0) {
			out.errorCode |= WRITE;
		}
		if (eitherOperandFirst && out.vector >= 12 && out.vector <= 14) {
			out.vector = 14;
			out.errorCode = 0;
			out.faultAddress = 0;
		}
		if (out.vector >= 0 && severalAccesses) {
			System.arraycopy(before.data, 0, after.data, 0, before.data.length);
			out.faultAddress &= -AddressSpace.PAGE;
		}
	}
}
