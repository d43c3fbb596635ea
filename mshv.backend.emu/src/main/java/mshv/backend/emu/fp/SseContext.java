package mshv.backend.emu.fp;

/**
 * Modes and exceptions of SSE floating-point arithmetic: one per emulated processor, used by one thread at a time.
 *
 * <p>{@link #exceptions} accumulates until the caller clears it, so the elements of a packed operation may share one check:
 * if it is non-zero, OR {@link #flags} into MXCSR, raise #XM without writing the destination if {@link #unmasked} says so, and call
 * {@link #setMxcsr} and {@link #clear}.
 */
public final class SseContext {
	private static final int DAZ = 1 << 6;
	private static final int FTZ = 1 << 15;

	/** Exceptions raised since they were last cleared, bits of {@link FpExceptions}. */
	public int exceptions;

	/** Rounding control. */
	int roundingMode;
	/** Whether denormal operands count as zeros. */
	boolean denormalsAreZeros;
	/** Whether tiny results become zeros; only in force while underflow is masked. */
	boolean flushToZero;
	int masks;
	/** Whether host arithmetic rounds as wanted. */
	boolean nearest;
	/** Whether the precision exception is masked and recorded already, so that inexactness need not be found. */
	boolean inexactRecorded;

	final ExactArithmetic exact = new ExactArithmetic();
	final BinaryRounder rounder = new BinaryRounder();

	/** Creates a context with the reset value of MXCSR, 0x1f80. */
	public SseContext() {
		setMxcsr(0x1f80);
	}

	/**
	 * Takes modes, masks and sticky flags from MXCSR. To be called whenever MXCSR changes.
	 *
	 * @param mxcsr the register
	 */
	public void setMxcsr(int mxcsr) {
		roundingMode = mxcsr >>> 13 & 3;
		denormalsAreZeros = (mxcsr & DAZ) != 0;
		masks = mxcsr >>> 7 & FpExceptions.ALL;
		flushToZero = (masks & FpExceptions.UNDERFLOW) != 0 && (mxcsr & FTZ) != 0;
		nearest = roundingMode == RoundingMode.NEAREST;
		inexactRecorded = (mxcsr & masks & FpExceptions.PRECISION) != 0;
	}

	/** Forgets the accumulated exceptions. */
	public void clear() {
		exceptions = 0;
	}

	/**
	 * The exceptions to record in MXCSR: all accumulated ones, but after an unmasked pre-computation exception only those of that kind, as
	 * no result is then computed.
	 *
	 * @return bits of {@link FpExceptions}
	 */
	public int flags() {
		return (exceptions & ~masks & FpExceptions.PRE_COMPUTATION) != 0 ? exceptions & FpExceptions.PRE_COMPUTATION : exceptions;
	}

	/**
	 * Tells whether the accumulated exceptions call for #XM.
	 *
	 * @return true if one of them is unmasked
	 */
	public boolean unmasked() {
		return (exceptions & ~masks) != 0;
	}

	/** Raises the precision exception unless it is masked and recorded already, in which case nobody asks. */
	void raiseInexact() {
		if (!inexactRecorded) {
			exceptions |= FpExceptions.PRECISION;
		}
	}

	/** Replaces a denormal operand by zero or raises the denormal exception, as MXCSR says. Other operands pass. */
	long operand(BinaryFormat format, long bits) {
		if (!format.isDenormal(bits)) {
			return bits;
		}
		if (denormalsAreZeros) {
			return format.zero(format.sign(bits));
		}
		exceptions |= FpExceptions.DENORMAL;
		return bits;
	}

	/** Raises the denormal exception if an operand is one. With denormals-are-zeros no operand may be left. */
	void checkDenormals(BinaryFormat format, long a, long b) {
		if (format.isDenormal(a) || format.isDenormal(b)) {
			exceptions |= FpExceptions.DENORMAL;
		}
	}

	/** A denormal operand as zero if MXCSR says so, without any exception. */
	long flushOperand(BinaryFormat format, long bits) {
		return denormalsAreZeros && format.isDenormal(bits) ? format.zero(format.sign(bits)) : bits;
	}

	/** Masked response to an invalid operation that delivers a number. */
	long invalid(BinaryFormat format) {
		exceptions |= FpExceptions.INVALID;
		return format.indefinite;
	}

	/** The result of an operation with a NaN operand (SDM vol. 1, table 4-7, SSE rules). */
	long propagateNaN(BinaryFormat format, long a, long b) {
		if (format.isSignalling(a) || format.isSignalling(b)) {
			exceptions |= FpExceptions.INVALID;
		}
		return (format.isNaN(a) ? a : b) | format.quietBit;
	}

	/** Rounds the value in {@link #exact}. */
	long roundExact(BinaryFormat format) {
		return round(format, exact.sign, exact.exponent, exact.high, exact.low);
	}

	/** Rounds by MXCSR, raising exceptions; for the parameters see {@link BinaryRounder#round}. */
	long round(BinaryFormat format, int sign, int exponent, long high, long low) {
		long bits = rounder.round(format, roundingMode, masks, sign, exponent, high, low);
		if (flushToZero && rounder.tiny) {
			exceptions |= FpExceptions.UNDERFLOW | FpExceptions.PRECISION;
			return format.zero(sign);
		}
		exceptions |= rounder.exceptions;
		return bits;
	}
}
