package mshv.backend.emu.guestcall;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Registers with which a processor starts (HV_INITIAL_VP_CONTEXT for x64).
 *
 * @param registers names, low and high halves of values, in the order in which they are written
 */
public record StartContext(long[] registers) {
	/** Size of the structure in bytes. */
	static final int SIZE = 224;
	/** Elements of a register. */
	public static final int STRIDE = 3;

	/** Names (HV_REGISTER_NAME) of the 64-bit fields before the segments, of the segments and tables, and of the fields after them. */
	private static final int[] FIRST = {0x20010, 0x20004, 0x20011};
	private static final int[] WIDE = {0x60001, 0x60003, 0x60000, 0x60004, 0x60005, 0x60002, 0x60007, 0x60006, 0x70000, 0x70001};
	private static final int[] LAST = {0x80001, 0x40000, 0x40002, 0x40003, 0x80004};

	/** @return the context at an offset of a call's input */
	static StartContext decode(MemorySegment input, long offset) {
		long[] registers = new long[STRIDE * (FIRST.length + WIDE.length + LAST.length)];
		long at = offset;
		int next = 0;
		for (int name : FIRST) {
			next = add(registers, next, name, input.get(JAVA_LONG_UNALIGNED, at), 0);
			at += Long.BYTES;
		}
		for (int name : WIDE) {
			next = add(registers, next, name, input.get(JAVA_LONG_UNALIGNED, at), input.get(JAVA_LONG_UNALIGNED, at + Long.BYTES));
			at += 2 * Long.BYTES;
		}
		for (int name : LAST) {
			next = add(registers, next, name, input.get(JAVA_LONG_UNALIGNED, at), 0);
			at += Long.BYTES;
		}
		return new StartContext(registers);
	}

	private static int add(long[] registers, int at, int name, long low, long high) {
		registers[at] = name;
		registers[at + 1] = low;
		registers[at + 2] = high;
		return at + STRIDE;
	}
}
