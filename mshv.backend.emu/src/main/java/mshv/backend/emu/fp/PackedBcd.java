package mshv.backend.emu.fp;

import static mshv.backend.emu.fp.Float80Format.SIGN;

/**
 * Conversion to and from the 80-bit packed decimal format of FBLD and FBSTP (Intel SDM vol. 1, 4.7): 18 digits and a sign bit.
 *
 * <p>A packed value is handled like a double extended one, as its upper 16 and lower 64 bits. Not thread-safe.
 */
public final class PackedBcd {
	private static final long MAXIMUM = 999_999_999_999_999_999L;
	/** Packed decimal indefinite. */
	private static final int INDEFINITE_HIGH = 0xffff;
	private static final long INDEFINITE_LOW = 0xc000L << 48;

	private final Float80Context context;
	private final Float80Conversions conversions;

	/**
	 * Creates the conversions of one processor.
	 *
	 * @param context     modes and results
	 * @param conversions integer conversions on the same context
	 */
	public PackedBcd(Float80Context context, Float80Conversions conversions) {
		this.context = context;
		this.conversions = conversions;
	}

	/**
	 * FBLD: the value as the result, always exact. Nibbles above nine, undefined by the SDM, count with their binary value.
	 *
	 * @param high upper 16 bits: the sign in bit 15, seven ignored bits, two digits
	 * @param low  lower 64 bits: sixteen digits
	 */
	public void load(int high, long low) {
		long value = (high >>> 4 & 15) * 10 + (high & 15);
		for (int shift = 60; shift >= 0; shift -= 4) {
			value = value * 10 + (low >>> shift & 15);
		}
		conversions.fromInteger(value);
		context.resultSignExponent |= high & SIGN;
	}

	/** FBSTP: rounds to an integer by the rounding control; the packed value is the result. */
	public void store(int se, long sig) {
		long value = conversions.toInteger(se, sig, 64, false);
		boolean invalid = (context.exceptions & FpExceptions.INVALID) != 0;
		if (!invalid && (value > MAXIMUM || value < -MAXIMUM)) {
			invalid = true;
			context.exceptions = 0;
			context.roundedUp = false;
			context.raise(FpExceptions.INVALID);
		}
		if (invalid) {
			context.setResult(INDEFINITE_HIGH, INDEFINITE_LOW);
			return;
		}
		long rest = Math.abs(value);
		long low = 0;
		for (int shift = 0; shift < 64; shift += 4) {
			low |= rest % 10 << shift;
			rest /= 10;
		}
		context.setResult(se & SIGN | (int) (rest / 10 << 4 | rest % 10), low);
	}
}
