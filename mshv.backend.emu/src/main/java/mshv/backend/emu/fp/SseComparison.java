package mshv.backend.emu.fp;

/**
 * Scalar comparison, minimum and maximum of single- and double-precision values (CMPSx, COMISx, UCOMISx, MINSx, MAXSx). Values are raw
 * bits. Not thread-safe.
 */
public final class SseComparison {
	/** First operand greater. */
	public static final int GREATER = Float80Comparison.GREATER;
	/** First operand less: CF. */
	public static final int LESS = Float80Comparison.LESS;
	/** Operands equal: ZF. */
	public static final int EQUAL = Float80Comparison.EQUAL;
	/** Operands unordered: ZF, PF and CF. */
	public static final int UNORDERED = Float80Comparison.UNORDERED;

	private final SseContext context;

	/**
	 * Creates the operations of one processor.
	 *
	 * @param context modes and exceptions
	 */
	public SseComparison(SseContext context) {
		this.context = context;
	}

	/**
	 * COMISS: any NaN is invalid.
	 *
	 * @return ZF, PF and CF at their places in EFLAGS
	 */
	public int ordered32(int a, int b) {
		return compare(BinaryFormat.BINARY32, a, b, true);
	}

	/**
	 * COMISD: any NaN is invalid.
	 *
	 * @return ZF, PF and CF at their places in EFLAGS
	 */
	public int ordered64(long a, long b) {
		return compare(BinaryFormat.BINARY64, a, b, true);
	}

	/**
	 * UCOMISS: only a signalling NaN is invalid.
	 *
	 * @return ZF, PF and CF at their places in EFLAGS
	 */
	public int unordered32(int a, int b) {
		return compare(BinaryFormat.BINARY32, a, b, false);
	}

	/**
	 * UCOMISD: only a signalling NaN is invalid.
	 *
	 * @return ZF, PF and CF at their places in EFLAGS
	 */
	public int unordered64(long a, long b) {
		return compare(BinaryFormat.BINARY64, a, b, false);
	}

	/**
	 * CMPSS.
	 *
	 * @param predicate 0 EQ, 1 LT, 2 LE, 3 UNORD, 4 NEQ, 5 NLT, 6 NLE, 7 ORD; higher bits are ignored
	 * @return whether the predicate holds
	 */
	public boolean test32(int a, int b, int predicate) {
		return holds(predicate, ordersNeeded(predicate) ? ordered32(a, b) : unordered32(a, b));
	}

	/**
	 * CMPSD.
	 *
	 * @param predicate 0 EQ, 1 LT, 2 LE, 3 UNORD, 4 NEQ, 5 NLT, 6 NLE, 7 ORD; higher bits are ignored
	 * @return whether the predicate holds
	 */
	public boolean test64(long a, long b, int predicate) {
		return holds(predicate, ordersNeeded(predicate) ? ordered64(a, b) : unordered64(a, b));
	}

	/** MINSS: the second operand unless the first is less. */
	public int minimum32(int a, int b) {
		return (int) select(BinaryFormat.BINARY32, a, b, LESS);
	}

	/** MINSD: the second operand unless the first is less. */
	public long minimum64(long a, long b) {
		return select(BinaryFormat.BINARY64, a, b, LESS);
	}

	/** MAXSS: the second operand unless the first is greater. */
	public int maximum32(int a, int b) {
		return (int) select(BinaryFormat.BINARY32, a, b, GREATER);
	}

	/** MAXSD: the second operand unless the first is greater. */
	public long maximum64(long a, long b) {
		return select(BinaryFormat.BINARY64, a, b, GREATER);
	}

	private long select(BinaryFormat format, long a, long b, int wanted) {
		return context.flushOperand(format, compare(format, a, b, true) == wanted ? a : b);
	}

	/** LT and LE and their negations signal for quiet NaNs too. */
	private static boolean ordersNeeded(int predicate) {
		int base = predicate & 3;
		return base == 1 || base == 2;
	}

	private static boolean holds(int predicate, int outcome) {
		boolean base = switch (predicate & 3) {
			case 0 -> outcome == EQUAL;
			case 1 -> outcome == LESS;
			case 2 -> outcome == LESS || outcome == EQUAL;
			default -> outcome == UNORDERED;
		};
		return base != ((predicate & 4) != 0);
	}

	private int compare(BinaryFormat format, long a, long b, boolean signalQuiet) {
		if (format.isNaN(a) || format.isNaN(b)) {
			if (signalQuiet || format.isSignalling(a) || format.isSignalling(b)) {
				context.exceptions |= FpExceptions.INVALID;
			}
			return UNORDERED;
		}
		long orderA = order(format, context.operand(format, a));
		long orderB = order(format, context.operand(format, b));
		return orderA == orderB ? EQUAL : orderA < orderB ? LESS : GREATER;
	}

	/** Maps a number to an integer of the same order; both zeros to 0. */
	private static long order(BinaryFormat format, long bits) {
		long magnitude = format.magnitude(bits);
		return format.sign(bits) != 0 ? -magnitude : magnitude;
	}
}
