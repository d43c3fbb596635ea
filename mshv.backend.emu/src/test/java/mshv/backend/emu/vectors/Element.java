package mshv.backend.emu.vectors;

/** How the bytes of an operand are to be filled, so that values that matter come up. */
enum Element {
	/** Integers of the operand size. */
	INTEGER(0),
	/** Binary32 lanes. */
	SINGLE(4),
	/** Binary64 lanes. */
	DOUBLE(8),
	/** An 80-bit number. */
	EXTENDED(10),
	/** Signed 16-bit lanes. */
	INT16(2),
	/** Signed 32-bit lanes. */
	INT32(4),
	/** A signed 64-bit integer. */
	INT64(8),
	/** 18 packed decimal digits and a sign. */
	DECIMAL(10);

	/** Bytes of one lane; 0 for the operand size. */
	final int bytes;

	Element(int bytes) {
		this.bytes = bytes;
	}
}
