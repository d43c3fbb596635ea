package mshv.backend.emu.fp;

/**
 * Exception bits in the order shared by the x87 status and control words and by MXCSR (Intel SDM vol. 1, 8.1.3 and 10.2.3).
 */
public final class FpExceptions {
	/** Invalid operation, IE. */
	public static final int INVALID = 1;
	/** Denormal operand, DE. */
	public static final int DENORMAL = 2;
	/** Division of a finite number by zero, ZE. */
	public static final int ZERO_DIVIDE = 4;
	/** Numeric overflow, OE. */
	public static final int OVERFLOW = 8;
	/** Numeric underflow, UE. */
	public static final int UNDERFLOW = 16;
	/** Inexact result, PE. */
	public static final int PRECISION = 32;
	/** All six bits. */
	public static final int ALL = 63;
	/** The exceptions found before a result is computed; unmasked, they leave the operands as they are. */
	public static final int PRE_COMPUTATION = INVALID | DENORMAL | ZERO_DIVIDE;

	private FpExceptions() {
	}
}
