package mshv.backend.emu.fp;

import static mshv.backend.emu.fp.Float80Format.SIGN;

/**
 * The partial remainders FPREM and FPREM1 (Intel SDM vol. 2). Not thread-safe.
 */
public final class Float80Remainder {
	private final Float80Context context;
	private final ExactArithmetic exact;
	private int quotient;

	/**
	 * Creates the operations of one processor.
	 *
	 * @param context modes and results
	 */
	public Float80Remainder(Float80Context context) {
		this.context = context;
		exact = context.exact;
	}

	/**
	 * The three low bits of the quotient of the last complete reduction, bit 2 for C0, bit 1 for C3 and bit 0 for C1; zero after an
	 * incomplete one ({@link Float80Context#incomplete}, C2).
	 *
	 * @return 0 to 7
	 */
	public int quotient() {
		return quotient;
	}

	/** FPREM: a - b &times; trunc(a / b), or one step towards it. */
	public void truncating(int seA, long sigA, int seB, long sigB) {
		remainder(seA, sigA, seB, sigB, false);
	}

	/** FPREM1: a - b &times; (a / b rounded to the nearest integer, ties to even), or one step towards it. */
	public void nearest(int seA, long sigA, int seB, long sigB) {
		remainder(seA, sigA, seB, sigB, true);
	}

	private void remainder(int seA, long sigA, int seB, long sigB, boolean toNearest) {
		context.begin();
		quotient = 0;
		if (context.propagateNaN(seA, sigA, seB, sigB)) {
			return;
		}
		if (Float80Format.isInfinite(seA, sigA) || Float80Format.isZero(seB, sigB)) {
			context.setInvalid();
			return;
		}
		context.checkDenormal(seA, sigA);
		context.checkDenormal(seB, sigB);
		if (context.suppressed) {
			return;
		}
		if (Float80Format.isZero(seA, sigA)) {
			context.setResult(seA, sigA);
			return;
		}
		int sign = Float80Format.sign(seA);
		int exponentA = Float80Format.exponent(seA, sigA);
		long a = Float80Format.normalised(sigA);
		if (Float80Format.isInfinite(seB, sigB)) {
			context.round(sign, exponentA, a, 0, 64);
			return;
		}
		int exponentB = Float80Format.exponent(seB, sigB);
		long b = Float80Format.normalised(sigB);
		int distance = exponentA - exponentB;
		if (distance < 64) {
			complete(sign, exponentA, a, exponentB, b, toNearest);
		} else {
			context.incomplete = true;
			int step = 32 + (distance & 31);
			long rest = reduce(a, step, b);
			store(sign, exponentB + distance - step, rest);
		}
	}

	private void complete(int sign, int exponentA, long a, int exponentB, long b, boolean toNearest) {
		int distance = exponentA - exponentB;
		if (distance < 0) {
			// Below half of the divisor nothing is subtracted; a tie rounds to the even quotient, zero.
			if (toNearest && distance == -1 && Long.compareUnsigned(a, b) > 0) {
				quotient = 1;
				// b - a at the exponent of a: 2b - a, which fits as a > b.
				store(sign ^ 1, exponentA, (b << 1) - a);
			} else {
				context.round(sign, exponentA, a, 0, 64);
			}
			return;
		}
		long rest = reduce(a, distance, b);
		if (toNearest) {
			boolean above = rest < 0 || Long.compareUnsigned(rest << 1, b) > 0;
			if (above || rest << 1 == b && (quotient & 1) != 0) {
				rest = b - rest;
				sign ^= 1;
				quotient = quotient + 1 & 7;
			}
		}
		store(sign, exponentB, rest);
	}

	/** (a * 2^count) mod b for normalised numbers; leaves the low quotient bits in {@link #quotient}. */
	private long reduce(long a, int count, long b) {
		boolean first = Long.compareUnsigned(a, b) >= 0;
		long rest = first ? a - b : a;
		int bits = first ? count < 3 ? 1 << count : 0 : 0;
		if (count > 0) {
			bits += (int) exact.divide128(rest >>> -count, rest << count, b);
			rest = exact.remainder;
		}
		quotient = bits & 7;
		return rest;
	}

	private void store(int sign, int exponent, long rest) {
		if (context.incomplete) {
			quotient = 0;
		}
		if (rest == 0) {
			context.setResult(sign != 0 ? SIGN : 0, 0);
		} else {
			int shift = Long.numberOfLeadingZeros(rest);
			context.round(sign, exponent - shift, rest << shift, 0, 64);
		}
	}
}
