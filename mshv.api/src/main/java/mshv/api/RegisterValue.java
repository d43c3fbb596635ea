package mshv.api;

/**
 * Value of a register, 128 bits (HV_REGISTER_VALUE).
 *
 * @param low bits 0-63
 * @param high bits 64-127
 */
public record RegisterValue(long low, long high) {
	/** @return a value of up to 64 bits */
	public static RegisterValue of(long value) {
		return new RegisterValue(value, 0);
	}

	/** @param attributes bits 0-3 type, 4 non-system, 5-6 DPL, 7 present, 12 AVL, 13 L, 14 D/B, 15 G
	 * @return a segment register (HV_X64_SEGMENT_REGISTER) */
	public static RegisterValue segment(long base, int limit, int selector, int attributes) {
		return new RegisterValue(base, limit & 0xFFFFFFFFL | (selector & 0xFFFFL) << 32 | (attributes & 0xFFFFL) << 48);
	}

	/** @return a descriptor-table register (HV_X64_TABLE_REGISTER) */
	public static RegisterValue table(long base, int limit) {
		return new RegisterValue((limit & 0xFFFFL) << 48, base);
	}

	/** @return base of a segment register */
	public long segmentBase() {
		return low;
	}

	/** @return limit of a segment register in bytes, 0 to 2<sup>32</sup>-1 */
	public long segmentLimit() {
		return high & 0xFFFFFFFFL;
	}

	/** @return selector of a segment register */
	public int segmentSelector() {
		return (int) (high >>> 32) & 0xFFFF;
	}

	/** @return attributes of a segment register */
	public int segmentAttributes() {
		return (int) (high >>> 48);
	}

	/** @return base of a descriptor-table register */
	public long tableBase() {
		return high;
	}

	/** @return limit of a descriptor-table register in bytes */
	public int tableLimit() {
		return (int) (low >>> 48);
	}
}
