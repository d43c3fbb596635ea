package mshv.backend.emu.fp;

/**
 * Elementary functions on {@link WideFloat} by argument reduction and Taylor series, good to about 115 bits. The tables are computed when
 * the object is made. Not thread-safe.
 */
final class WideFunctions {
	/** Terms sought, in bits. */
	private static final int PRECISION = 124;
	private static final int EXP_HALVINGS = 8;
	private static final int ATAN_STEPS = 16;

	private final WideFloat[] inverseFactorials = new WideFloat[36];
	private final WideFloat[] inverseOdd = new WideFloat[28];
	private final WideFloat[] arcTangents = new WideFloat[ATAN_STEPS + 1];
	private final WideFloat ln2 = new WideFloat();
	private final WideFloat twoOverLn2 = new WideFloat();
	private final WideFloat one = new WideFloat().set(1);
	private final WideFloat two = new WideFloat().set(2);

	private final WideFloat square = new WideFloat();
	private final WideFloat sum = new WideFloat();
	private final WideFloat term = new WideFloat();
	private final ExactArithmetic digits;

	WideFunctions(ExactArithmetic digits) {
		this.digits = digits;
		inverseFactorials[0] = new WideFloat().set(1);
		for (int n = 1; n < inverseFactorials.length; n++) {
			inverseFactorials[n] = new WideFloat().divide(inverseFactorials[n - 1], term.set(n), digits);
		}
		for (int n = 0; n < inverseOdd.length; n++) {
			inverseOdd[n] = new WideFloat().divide(one, term.set(2 * n + 1), digits);
		}
		// ln 2 = 2 atanh(1/3)
		ln2.divide(one, term.set(3), digits);
		oddSeries(ln2, 0);
		ln2.scale(1);
		twoOverLn2.divide(two, ln2, digits);
		arcTangents[0] = new WideFloat();
		for (int k = 1; k <= ATAN_STEPS; k++) {
			// atan(k/n) - atan((k-1)/n) = atan(n / (n^2 + k(k-1)))
			WideFloat step = new WideFloat().divide(new WideFloat().set(ATAN_STEPS), term.set(ATAN_STEPS * ATAN_STEPS + k * (k - 1)), digits);
			oddSeries(step, 1);
			arcTangents[k] = step.add(arcTangents[k - 1], step);
		}
	}

	/** pi. */
	WideFloat pi(WideFloat result) {
		return result.set(arcTangents[ATAN_STEPS]).scale(2);
	}

	/** Replaces x by 2^x - 1, for |x| up to 1. */
	void exp2Minus1(WideFloat x) {
		x.multiply(x, ln2).scale(-EXP_HALVINGS);
		int terms = terms(-x.exponent(), 13);
		sum.set(inverseFactorials[terms]);
		for (int n = terms - 1; n > 0; n--) {
			sum.multiply(sum, x).add(sum, inverseFactorials[n]);
		}
		x.multiply(x, sum);
		// e^2t - 1 = (e^t - 1)(e^t + 1)
		for (int i = 0; i < EXP_HALVINGS; i++) {
			x.multiply(x, term.add(x, two));
		}
	}

	/** Replaces x by log2((1 + x) / (1 - x)), for |x| up to 3 - sqrt(8). */
	void log2OfRatio(WideFloat x) {
		oddSeries(x, 0);
		x.multiply(x, twoOverLn2);
	}

	/** Replaces x by its arc tangent, for 0 to 1. */
	void arcTangent(WideFloat x) {
		int index = 0;
		if (x.exponent() >= -5) {
			// x * 16 rounded
			long scaled = x.high() >>> 63 - x.exponent() - 5;
			index = (int) (scaled + 1 >>> 1);
			term.set(index).scale(-4);
			sum.multiply(x, term).add(sum, one);
			x.subtract(x, term);
			x.divide(x, sum, digits);
		}
		oddSeries(x, 1);
		if (index != 0) {
			x.add(arcTangents[index], x);
		}
	}

	/** Replaces x by its sine, for |x| up to pi/4. */
	void sine(WideFloat x) {
		square.multiply(x, x);
		int terms = terms(-square.exponent(), 15);
		sum.set(inverseFactorials[2 * terms + 1]);
		for (int n = terms - 1; n >= 0; n--) {
			sum.multiply(sum, square);
			sum.subtract(inverseFactorials[2 * n + 1], sum);
		}
		x.multiply(x, sum);
	}

	/** Replaces x by its cosine, for |x| up to pi/4. */
	void cosine(WideFloat x) {
		square.multiply(x, x);
		int terms = terms(-square.exponent(), 15);
		sum.set(inverseFactorials[2 * terms]);
		for (int n = terms - 1; n >= 0; n--) {
			sum.multiply(sum, square);
			sum.subtract(inverseFactorials[2 * n], sum);
		}
		x.set(sum);
	}

	/** Replaces x by the sum of x^(2n+1) / (2n+1), of alternating sign if so asked: atan, else atanh. */
	private void oddSeries(WideFloat x, int alternating) {
		square.multiply(x, x);
		int terms = terms(-square.exponent(), inverseOdd.length - 1);
		sum.set(inverseOdd[terms]);
		for (int n = terms - 1; n >= 0; n--) {
			sum.multiply(sum, square);
			if (alternating != 0) {
				sum.subtract(inverseOdd[n], sum);
			} else {
				sum.add(inverseOdd[n], sum);
			}
		}
		x.multiply(x, sum);
	}

	/** Terms of a power series whose terms shrink by at least the given number of bits each. */
	private static int terms(int bitsEach, int limit) {
		return bitsEach <= 0 ? limit : Math.min(limit, PRECISION / bitsEach + 1);
	}
}
