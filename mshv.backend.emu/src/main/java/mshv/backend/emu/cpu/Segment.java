package mshv.backend.emu.cpu;

/**
 * A segment register with its descriptor cache. Attributes are in the hypervisor's layout (TLFS HV_X64_SEGMENT_REGISTER). Only the base is
 * changed by itself, all else by {@link #set}.
 */
public final class Segment {
	/** Encoding order of the segment registers. */
	public static final int ES = 0, CS = 1, SS = 2, DS = 3, FS = 4, GS = 5, LDTR = 6, TR = 7;

	/** Attribute bit: code or data, not system. */
	public static final int NON_SYSTEM = 1 << 4;
	/** Attribute bit: present. A register that is unusable (null selector) has it clear. */
	public static final int PRESENT = 1 << 7;
	/** Attribute bit: 64-bit code. */
	public static final int LONG = 1 << 13;
	/** Attribute bit: default size 32 (D/B). */
	public static final int DEFAULT = 1 << 14;
	/** Attribute bit: limit in pages. */
	public static final int GRANULARITY = 1 << 15;

	/** Visible part. */
	public int selector;
	/** Base address, linear. */
	public long base;
	/** Last valid offset in bytes (granularity applied), 0 to 2<sup>32</sup>-1. */
	public long limit;
	/** Bits 0-3 type, 4 non-system, 5-6 DPL, 7 present, 12 AVL, 13 L, 14 D/B, 15 G. */
	public int attributes;
	/** Limit, selector and attributes as in the upper half of HV_X64_SEGMENT_REGISTER: every exit needs them of all segments. */
	public long upper;

	/** @return descriptor privilege level, 0 to 3 */
	public int dpl() {
		return attributes >> 5 & 3;
	}

	/** @return the type field, 0 to 15 */
	public int type() {
		return attributes & 15;
	}

	/** @return true if the register may be used to access memory in protected mode */
	public boolean present() {
		return (attributes & PRESENT) != 0;
	}

	/** Sets everything at once. */
	public void set(int selector, long base, long limit, int attributes) {
		this.selector = selector;
		this.base = base;
		this.limit = limit;
		this.attributes = attributes;
		upper = limit & 0xFFFFFFFFL | (selector & 0xFFFFL) << 32 | (long) attributes << 48;
	}
}
