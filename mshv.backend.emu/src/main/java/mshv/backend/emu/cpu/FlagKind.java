package mshv.backend.emu.cpu;

/**
 * How the arithmetic flags follow from the last operation that defined them.
 * <p>
 * A, B and the result are kept sign-extended to 64 bits, so no formula needs the operand size: bit 63 is the sign at any width, and
 * unsigned comparison of sign-extended values orders them as at their own width.
 */
public final class FlagKind {
	/** The result field holds the flags themselves. */
	public static final int EXPLICIT = 0;
	/** Result = A + B, or A + B + carry. */
	public static final int ADD = 1;
	/** Result = A - B, or A - B - borrow. */
	public static final int SUB = 2;
	/** AND, OR, XOR, TEST: CF, OF and AF are 0. */
	public static final int LOGIC = 3;
	/** Result = A + 1; B bit 0 holds the CF that INC leaves alone. */
	public static final int INC = 4;
	/** Result = A - 1; B bit 0 holds the CF that DEC leaves alone. */
	public static final int DEC = 5;
	/** Shifts and multiplications: B bit 0 is CF, bit 1 OF; AF is 0; ZF, SF, PF follow from the result. */
	public static final int SHIFT = 6;

	private FlagKind() {}
}
