package mshv.vmm.mmio;

/** Integer arithmetic with flags, for operands of 1, 2, 4 or 8 bytes. Results and operands are zero-extended. */
final class Alu {
	/** Carry. */
	static final int CF = 1;
	/** Parity. */
	static final int PF = 4;
	/** Auxiliary carry. */
	static final int AF = 0x10;
	/** Zero. */
	static final int ZF = 0x40;
	/** Sign. */
	static final int SF = 0x80;
	/** Overflow. */
	static final int OF = 0x800;

	private static final int ALL = CF | PF | AF | ZF | SF | OF;

	/** Arithmetic flags, other bits as given. */
	private long flags;

	/** @param flags flags before the instruction */
	void begin(long flags) {
		this.flags = flags;
	}

	/** @return flags after the instruction */
	long flags() {
		return flags;
	}

	static long mask(int size) {
		return size == 8 ? -1 : (1L << 8 * size) - 1;
	}

	static long sign(int size) {
		return 1L << 8 * size - 1;
	}

	static long signExtend(long value, int size) {
		int shift = 64 - 8 * size;
		return value << shift >> shift;
	}

	/** @param operation 0 ADD, 1 OR, 2 ADC, 3 SBB, 4 AND, 5 SUB, 6 XOR, 7 CMP @return the result; for CMP the difference */
	long binary(int operation, long a, long b, int size) {
		return switch (operation) {
			case 0 -> add(a, b, 0, size);
			case 1 -> logic(a | b, size);
			case 2 -> add(a, b, flags & CF, size);
			case 3 -> subtract(a, b, flags & CF, size);
			case 4 -> logic(a & b, size);
			case 6 -> logic(a ^ b, size);
			default -> subtract(a, b, 0, size);
		};
	}

	long logic(long value, int size) {
		long result = value & mask(size);
		set(ALL, result(result, size));
		return result;
	}

	private long add(long a, long b, long carry, int size) {
		long x = a & mask(size);
		long y = b & mask(size);
		long result = x + y + carry & mask(size);
		long carries = x & y | (x | y) & ~result;
		set(ALL, result(result, size) | ((carries & sign(size)) != 0 ? CF : 0) | (int) ((x ^ y ^ result) & AF)
			| (((x ^ result) & (y ^ result) & sign(size)) != 0 ? OF : 0));
		return result;
	}

	private long subtract(long a, long b, long borrow, int size) {
		long x = a & mask(size);
		long y = b & mask(size);
		long result = x - y - borrow & mask(size);
		long borrows = ~x & y | (~x | y) & result;
		set(ALL, result(result, size) | ((borrows & sign(size)) != 0 ? CF : 0) | (int) ((x ^ y ^ result) & AF)
			| (((x ^ y) & (x ^ result) & sign(size)) != 0 ? OF : 0));
		return result;
	}

	/** INC and DEC leave the carry flag alone. @param step 1 or -1 */
	long step(long value, int step, int size) {
		long carry = flags & CF;
		long result = step > 0 ? add(value, 1, 0, size) : subtract(value, 1, 0, size);
		flags = flags & ~CF | carry;
		return result;
	}

	long negate(long value, int size) {
		return subtract(0, value, 0, size);
	}

	/** @param operation 0 ROL, 1 ROR, 2 RCL, 3 RCR, 4 and 6 SHL, 5 SHR, 7 SAR @param count as given by the instruction */
	long shift(int operation, long value, int count, int size) {
		int bits = 8 * size;
		int n = count & (size == 8 ? 63 : 31);
		long result = value & mask(size);
		for (int i = 0; i < n; i++) {
			long top = result >>> bits - 1 & 1;
			long low = result & 1;
			long carry = flags & CF;
			switch (operation) {
				case 0 -> {
					result = result << 1 | top;
					carry = top;
				}
				case 1 -> {
					result = result >>> 1 | low << bits - 1;
					carry = low;
				}
				case 2 -> {
					result = result << 1 | carry;
					carry = top;
				}
				case 3 -> {
					result = result >>> 1 | carry << bits - 1;
					carry = low;
				}
				case 5 -> {
					result >>>= 1;
					carry = low;
				}
				case 7 -> {
					result = result >>> 1 | top << bits - 1;
					carry = low;
				}
				default -> {
					result <<= 1;
					carry = top;
				}
			}
			result &= mask(size);
			flags = flags & ~CF | carry;
		}
		if (n != 0) {
			long top = result >>> bits - 1 & 1;
			long below = result >>> bits - 2 & 1;
			// Defined for single shifts; the last step decides otherwise
			long overflow = switch (operation) {
				case 0, 2, 4, 6 -> top ^ flags & CF;
				case 1, 3 -> top ^ below;
				case 5 -> value >>> bits - 1 & 1;
				default -> 0;
			};
			set(OF, overflow != 0 ? OF : 0);
			if (operation >= 4) {
				set(PF | ZF | SF | AF, result(result, size));
			}
		}
		return result;
	}

	/** SHLD and SHRD. @param filler bits shifted in @param count as given by the instruction */
	long doubleShift(boolean left, long value, long filler, int count, int size) {
		int bits = 8 * size;
		int n = count & (size == 8 ? 63 : 31);
		long result = value & mask(size);
		if (n == 0) {
			return result;
		}
		long fill = filler & mask(size);
		long before = result;
		for (int i = 0; i < n; i++) {
			long out;
			if (left) {
				out = result >>> bits - 1 & 1;
				result = (result << 1 | fill >>> bits - 1 & 1) & mask(size);
				fill = fill << 1 | out;
			} else {
				out = result & 1;
				result = result >>> 1 | (fill & 1) << bits - 1;
				fill = (fill & mask(size)) >>> 1 | out << bits - 1;
			}
			flags = flags & ~CF | out;
		}
		set(PF | ZF | SF | AF | OF, result(result, size) | (((before ^ result) & sign(size)) != 0 ? OF : 0));
		return result;
	}

	/** IMUL with two or three operands. @return the low half */
	long multiply(long a, long b, int size) {
		long x = signExtend(a, size);
		long y = signExtend(b, size);
		long product = x * y;
		boolean overflow = size == 8 ? Math.multiplyHigh(x, y) != product >> 63 : product != signExtend(product, size);
		set(CF | OF, overflow ? CF | OF : 0);
		return product & mask(size);
	}

	/** Sets carry and overflow alike, as MUL does. */
	void setWide(boolean wide) {
		set(CF | OF, wide ? CF | OF : 0);
	}

	/** Sets the carry flag. */
	void setCarry(boolean carry) {
		set(CF, carry ? CF : 0);
	}

	/** Sets the zero flag. */
	void setZero(boolean zero) {
		set(ZF, zero ? ZF : 0);
	}

	/** @param condition low four bits of a conditional opcode */
	boolean condition(int condition) {
		boolean less = (flags & SF) != 0 != ((flags & OF) != 0);
		boolean holds = switch (condition >> 1) {
			case 0 -> (flags & OF) != 0;
			case 1 -> (flags & CF) != 0;
			case 2 -> (flags & ZF) != 0;
			case 3 -> (flags & (CF | ZF)) != 0;
			case 4 -> (flags & SF) != 0;
			case 5 -> (flags & PF) != 0;
			case 6 -> less;
			default -> less || (flags & ZF) != 0;
		};
		return holds == ((condition & 1) == 0);
	}

	private void set(int which, int value) {
		flags = flags & ~which | value;
	}

	private static int result(long value, int size) {
		return (value == 0 ? ZF : 0) | ((value & sign(size)) != 0 ? SF : 0) | ((Integer.bitCount((int) value & 0xFF) & 1) == 0 ? PF : 0);
	}
}
