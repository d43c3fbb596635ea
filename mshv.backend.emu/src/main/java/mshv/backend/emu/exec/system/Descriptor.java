package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Segment;

/** Fields of an eight-byte descriptor or gate, held as it stands in memory (Intel SDM vol. 3, 3.4.5 and 5.8.3). */
final class Descriptor {
	/** System types (Intel SDM vol. 3, table 3-2). A 32-bit type is a 64-bit one in long mode. */
	static final int TSS16 = 1, LDT = 2, CALL_GATE16 = 4, TASK_GATE = 5, INTERRUPT_GATE16 = 6, TRAP_GATE16 = 7, TSS32 = 9,
		CALL_GATE32 = 12, INTERRUPT_GATE32 = 14, TRAP_GATE32 = 15;
	/** Bit of a TSS's type: the task is busy. */
	static final int BUSY = 2;

	/** Accessed bit of a code or data descriptor. */
	static final long ACCESSED = 1L << 40;

	private static final int CODE = 8;
	private static final int CONFORMING = 4;
	/** Writable data, or readable code. */
	private static final int SECOND_RIGHT = 2;

	private Descriptor() {}

	/** @return attributes in the layout of {@link Segment#attributes} */
	static int attributes(long raw) {
		return (int) (raw >>> 40) & 0xF0FF;
	}

	static long base(long raw) {
		return raw >>> 16 & 0xFFFFFF | raw >>> 32 & 0xFF000000L;
	}

	/** @return last valid offset in bytes */
	static long limit(long raw) {
		long limit = raw & 0xFFFF | raw >>> 32 & 0xF0000;
		return (raw >>> 55 & 1) != 0 ? limit << 12 | 0xFFF : limit;
	}

	static int dpl(long raw) {
		return (int) (raw >>> 45) & 3;
	}

	static boolean present(long raw) {
		return (raw >>> 47 & 1) != 0;
	}

	/** @return true for a code or data segment */
	static boolean nonSystem(long raw) {
		return (raw >>> 44 & 1) != 0;
	}

	/** @return type of a system descriptor or gate, or -1 for code and data */
	static int systemType(long raw) {
		return nonSystem(raw) ? -1 : type(raw);
	}

	private static int type(long raw) {
		return (int) (raw >>> 40) & 15;
	}

	static boolean code(long raw) {
		return nonSystem(raw) && (type(raw) & CODE) != 0;
	}

	/** @return true for a conforming code segment */
	static boolean conforming(long raw) {
		return code(raw) && (type(raw) & CONFORMING) != 0;
	}

	static boolean readable(long raw) {
		return nonSystem(raw) && (type(raw) & (CODE | SECOND_RIGHT)) != CODE;
	}

	static boolean writable(long raw) {
		return nonSystem(raw) && (type(raw) & (CODE | SECOND_RIGHT)) == SECOND_RIGHT;
	}

	/** @return true for code with L set: 64-bit mode, in long mode */
	static boolean longCode(long raw) {
		return (raw >>> 53 & 1) != 0;
	}

	/** @return the D/B bit */
	static boolean big(long raw) {
		return (raw >>> 54 & 1) != 0;
	}

	/** @return selector of a gate's target */
	static int gateSelector(long raw) {
		return (int) (raw >>> 16) & 0xFFFF;
	}

	/** @return low 32 bits of a gate's target offset */
	static long gateOffset(long raw) {
		return raw & 0xFFFF | raw >>> 32 & 0xFFFF0000L;
	}

	/** Fills a segment register from its descriptor. */
	static void load(Segment segment, int selector, long raw) {
		segment.set(selector, base(raw), limit(raw), attributes(raw));
	}
}
