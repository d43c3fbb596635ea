package mshv.backend.emu.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Random;

import org.junit.jupiter.api.Test;

/** Algebraic properties of double extended arithmetic. */
class Float80ArithmeticTest {
	private static final int CASES = 20_000;
	private static final int ONE = Float80Format.BIAS;
	private static final long UNIT = Float80Format.INTEGER_BIT;

	private final Float80Context context = new Float80Context();
	private final Float80Arithmetic arithmetic = new Float80Arithmetic(context);
	private final Float80Remainder remainder = new Float80Remainder(context);
	private final Float80Conversions conversions = new Float80Conversions(context);
	private final PackedBcd decimal = new PackedBcd(context, conversions);
	private final Random random = new Random(7);

	private interface Operation {
		void apply(int seA, long sigA, int seB, long sigB);
	}

	@Test
	void additionAndMultiplicationCommuteInEveryMode() {
		for (int i = 0; i < CASES; i++) {
			context.roundingMode = i & 3;
			int seA = signExponent(100);
			long sigA = significand();
			int seB = signExponent(100);
			long sigB = significand();
			assertSame(arithmetic::add, seA, sigA, seB, sigB);
			assertSame(arithmetic::multiply, seA, sigA, seB, sigB);
		}
	}

	@Test
	void roundingDownAndUpEncloseTheExactResultOfTheFourOperationsTightly() {
		for (int i = 0; i < CASES; i++) {
			int seA = signExponent(40);
			long sigA = significand();
			int seB = signExponent(40);
			long sigB = significand();
			BigDecimal a = exact(seA, sigA);
			BigDecimal b = exact(seB, sigB);
			assertEnclosed(arithmetic::add, seA, sigA, seB, sigB, a.add(b));
			assertEnclosed(arithmetic::subtract, seA, sigA, seB, sigB, a.subtract(b));
			assertEnclosed(arithmetic::multiply, seA, sigA, seB, sigB, a.multiply(b));
			// Enough digits for quotients that are exact, and to separate others from the 65-bit numbers around them.
			assertEnclosed(arithmetic::divide, seA, sigA, seB, sigB, a.divide(b, new MathContext(160)));
		}
	}

	@Test
	void precisionControlLimitsTheSignificantBitsOfTheFourOperationsOnly() {
		for (int bits : new int[] {24, 53}) {
			context.precision = bits;
			for (int i = 0; i < CASES; i++) {
				int seA = signExponent(20);
				long sigA = significand();
				arithmetic.divide(seA, sigA, signExponent(20), significand());
				assertEquals(0, context.resultSignificand << bits);
				arithmetic.squareRoot(seA & ~Float80Format.SIGN, sigA);
				assertEquals(0, context.resultSignificand << bits);
				arithmetic.scale(seA, sigA, ONE, UNIT);
				assertEquals(sigA, context.resultSignificand);
			}
		}
	}

	@Test
	void aSquareRootSquaredDiffersByLessThanOneUnitOfTheRoot() {
		context.roundingMode = RoundingMode.DOWN;
		for (int i = 0; i < CASES; i++) {
			int se = signExponent(60) & ~Float80Format.SIGN;
			long sig = significand();
			arithmetic.squareRoot(se, sig);
			int rootExponent = context.resultSignExponent;
			long root = context.resultSignificand;
			BigDecimal operand = exact(se, sig);
			BigDecimal lower = exact(rootExponent, root);
			BigDecimal upper = lower.add(unit(rootExponent));
			assertTrue(lower.multiply(lower).compareTo(operand) <= 0);
			assertTrue(upper.multiply(upper).compareTo(operand) > 0);
			assertEquals(lower.multiply(lower).compareTo(operand) != 0, (context.exceptions & FpExceptions.PRECISION) != 0);
		}
	}

	@Test
	void aCompleteRemainderIsExactAndGivesTheLowQuotientBits() {
		for (int i = 0; i < CASES; i++) {
			int seA = signExponent(30);
			long sigA = significand();
			int seB = signExponent(30);
			long sigB = significand();
			BigDecimal a = exact(seA, sigA);
			BigDecimal b = exact(seB, sigB);
			remainder.truncating(seA, sigA, seB, sigB);
			assertFalse(context.incomplete);
			assertEquals(0, exact(context.resultSignExponent, context.resultSignificand).compareTo(a.remainder(b)));
			BigInteger quotient = a.abs().divideToIntegralValue(b.abs()).toBigInteger();
			assertEquals(quotient.intValue() & 7, remainder.quotient());
			remainder.nearest(seA, sigA, seB, sigB);
			BigDecimal nearest = exact(context.resultSignExponent, context.resultSignificand).abs();
			assertTrue(nearest.multiply(BigDecimal.TWO).compareTo(b.abs()) <= 0);
		}
	}

	@Test
	void repeatedPartialRemaindersReachTheRemainder() {
		for (int i = 0; i < 1000; i++) {
			int seA = signExponent(700);
			long sigA = significand();
			int seB = signExponent(100);
			long sigB = significand();
			BigDecimal expected = exact(seA, sigA).remainder(exact(seB, sigB));
			context.resultSignExponent = seA;
			context.resultSignificand = sigA;
			int steps = 0;
			do {
				remainder.truncating(context.resultSignExponent, context.resultSignificand, seB, sigB);
				assertTrue(++steps < 40);
			} while (context.incomplete);
			assertEquals(0, exact(context.resultSignExponent, context.resultSignificand).compareTo(expected));
		}
	}

	@Test
	void extractAndScaleAreInverse() {
		for (int i = 0; i < CASES; i++) {
			int se = signExponent(16000);
			long sig = significand();
			arithmetic.extract(se, sig);
			arithmetic.scale(context.secondSignExponent, context.secondSignificand, context.resultSignExponent, context.resultSignificand);
			assertEquals(se, context.resultSignExponent);
			assertEquals(sig, context.resultSignificand);
			assertEquals(0, context.exceptions);
		}
	}

	@Test
	void unmaskedOverflowDeliversTheResultWithItsExponentReducedBy24576() {
		context.exceptionMasks = FpExceptions.ALL & ~FpExceptions.OVERFLOW;
		arithmetic.multiply(0x7ffe, UNIT, 0x7ffe, UNIT);
		assertEquals(FpExceptions.OVERFLOW, context.exceptions);
		assertFalse(context.suppressed);
		assertEquals(0x7ffe + 0x7ffe - Float80Format.BIAS - 24576, context.resultSignExponent);
		assertEquals(UNIT, context.resultSignificand);
	}

	@Test
	void aResultRoundedUpToTheSmallestNormalNumberIsNotTiny() {
		// (1 - 2^-33) * (1 + 2^-33) * 2^-16382
		arithmetic.multiply(ONE - 1, 0xffffffff80000000L, 1, 0x8000000040000000L);
		assertEquals(1, context.resultSignExponent);
		assertEquals(UNIT, context.resultSignificand);
		assertEquals(FpExceptions.PRECISION, context.exceptions);
		context.roundingMode = RoundingMode.DOWN;
		arithmetic.multiply(ONE - 1, 0xffffffff80000000L, 1, 0x8000000040000000L);
		assertEquals(FpExceptions.PRECISION | FpExceptions.UNDERFLOW, context.exceptions);
	}

	@Test
	void unmaskedInvalidOperationsAndDivisionsByZeroSuppressTheResult() {
		context.exceptionMasks = 0;
		arithmetic.divide(ONE, UNIT, 0, 0);
		assertTrue(context.suppressed);
		assertEquals(FpExceptions.ZERO_DIVIDE, context.exceptions);
		arithmetic.squareRoot(Float80Format.SIGN | ONE, UNIT);
		assertTrue(context.suppressed);
		assertEquals(FpExceptions.INVALID, context.exceptions);
	}

	@Test
	void theSumOfOppositesIsMinusZeroOnlyWhenRoundingDown() {
		for (int mode = 0; mode < 4; mode++) {
			context.roundingMode = mode;
			arithmetic.add(ONE, UNIT, Float80Format.SIGN | ONE, UNIT);
			assertEquals(mode == RoundingMode.DOWN ? Float80Format.SIGN : 0, context.resultSignExponent);
			assertEquals(0, context.resultSignificand);
		}
	}

	@Test
	void unsupportedEncodingsAreInvalidOperands() {
		long[][] unsupported = {{0x7fff, 0}, {0x7fff, 1}, {ONE, Long.MAX_VALUE}};
		for (long[] operand : unsupported) {
			arithmetic.add((int) operand[0], operand[1], ONE, UNIT);
			assertEquals(FpExceptions.INVALID, context.exceptions);
			assertEquals(Float80Format.INDEFINITE_SIGN_EXPONENT, context.resultSignExponent);
			assertEquals(Float80Format.INDEFINITE_SIGNIFICAND, context.resultSignificand);
		}
	}

	@Test
	void aPseudoDenormalCountsAsTheNormalNumberOfItsSignificand() {
		arithmetic.add(0, UNIT, 0, 0);
		assertEquals(FpExceptions.DENORMAL, context.exceptions);
		assertEquals(1, context.resultSignExponent);
		assertEquals(UNIT, context.resultSignificand);
	}

	@Test
	void aDenormalMemoryOperandIsReportedByTheOneOperationThatUsesIt() {
		conversions.widenFloat32(1);
		int se = context.resultSignExponent;
		long sig = context.resultSignificand;
		arithmetic.multiply(se, sig, ONE, UNIT);
		assertEquals(FpExceptions.DENORMAL, context.exceptions);
		arithmetic.multiply(se, sig, ONE, UNIT);
		assertEquals(0, context.exceptions);
	}

	@Test
	void aSignallingMemoryOperandYieldsToAQuietNan() {
		conversions.widenFloat64(0x7ff7ffffffffffffL);
		arithmetic.add(0x7fff, Float80Format.INDEFINITE_SIGNIFICAND, context.resultSignExponent, context.resultSignificand);
		assertEquals(FpExceptions.INVALID, context.exceptions);
		assertEquals(Float80Format.INDEFINITE_SIGNIFICAND, context.resultSignificand);
	}

	@Test
	void doublesAndSinglesSurviveTheRoundTrip() {
		for (int i = 0; i < CASES; i++) {
			double wide = Double.longBitsToDouble(random.nextLong());
			float narrow = Float.intBitsToFloat(random.nextInt());
			if (wide == wide && narrow == narrow) {
				conversions.fromFloat64(Double.doubleToRawLongBits(wide));
				assertEquals(wide, Double.longBitsToDouble(conversions.toFloat64(context.resultSignExponent, context.resultSignificand)));
				conversions.fromFloat32(Float.floatToRawIntBits(narrow));
				assertEquals(narrow, Float.intBitsToFloat(conversions.toFloat32(context.resultSignExponent, context.resultSignificand)));
			}
		}
	}

	@Test
	void integersSurviveTheRoundTripAndThoseTooLargeBecomeTheIndefinite() {
		for (int i = 0; i < CASES; i++) {
			long value = random.nextLong() >> random.nextInt(64);
			conversions.fromInteger(value);
			int se = context.resultSignExponent;
			long sig = context.resultSignificand;
			assertEquals(value, conversions.toInteger(se, sig, 64, false));
			assertEquals(value == (int) value ? value : Integer.MIN_VALUE, conversions.toInteger(se, sig, 32, true));
			assertEquals(value == (int) value ? 0 : FpExceptions.INVALID, context.exceptions);
			assertEquals(value == (short) value ? value : Short.MIN_VALUE, conversions.toInteger(se, sig, 16, false));
		}
	}

	@Test
	void packedDecimalsSurviveTheRoundTrip() {
		for (int i = 0; i < CASES; i++) {
			int high = random.nextInt(10) << 4 | random.nextInt(10) | (random.nextBoolean() ? Float80Format.SIGN : 0);
			long low = Long.parseUnsignedLong("%016d".formatted(random.nextLong(10_000_000_000_000_000L)), 16);
			decimal.load(high, low);
			decimal.store(context.resultSignExponent, context.resultSignificand);
			assertEquals(high, context.resultSignExponent);
			assertEquals(low, context.resultSignificand);
		}
	}

	@Test
	void constantsFollowTheRoundingControl() {
		BigDecimal ln2 = new BigDecimal("0.693147180559945309417232121458176568075500134360255254120680009");
		for (int mode = 0; mode < 4; mode++) {
			context.roundingMode = mode;
			Float80Constants.LN_2.load(context);
			BigDecimal value = exact(context.resultSignExponent, context.resultSignificand);
			assertEquals(mode == RoundingMode.NEAREST || mode == RoundingMode.UP, value.compareTo(ln2) > 0);
			assertTrue(value.subtract(ln2).abs().compareTo(unit(context.resultSignExponent)) < 0);
			assertEquals(0, context.exceptions);
		}
	}

	private void assertSame(Operation operation, int seA, long sigA, int seB, long sigB) {
		operation.apply(seA, sigA, seB, sigB);
		int se = context.resultSignExponent;
		long sig = context.resultSignificand;
		int exceptions = context.exceptions;
		operation.apply(seB, sigB, seA, sigA);
		assertEquals(se, context.resultSignExponent);
		assertEquals(sig, context.resultSignificand);
		assertEquals(exceptions, context.exceptions);
	}

	private void assertEnclosed(Operation operation, int seA, long sigA, int seB, long sigB, BigDecimal exact) {
		context.roundingMode = RoundingMode.DOWN;
		operation.apply(seA, sigA, seB, sigB);
		BigDecimal down = exact(context.resultSignExponent, context.resultSignificand);
		int exponent = context.resultSignExponent & Float80Format.EXPONENT_MASK;
		boolean inexact = (context.exceptions & FpExceptions.PRECISION) != 0;
		context.roundingMode = RoundingMode.UP;
		operation.apply(seA, sigA, seB, sigB);
		exponent = Math.max(exponent, context.resultSignExponent & Float80Format.EXPONENT_MASK);
		BigDecimal up = exact(context.resultSignExponent, context.resultSignificand);
		context.roundingMode = RoundingMode.NEAREST;
		operation.apply(seA, sigA, seB, sigB);
		BigDecimal nearest = exact(context.resultSignExponent, context.resultSignificand);
		if (!inexact) {
			assertEquals(0, down.compareTo(exact));
			assertEquals(0, up.compareTo(exact));
			return;
		}
		assertTrue(down.compareTo(exact) < 0);
		assertTrue(up.compareTo(exact) > 0);
		boolean closerDown = exact.subtract(down).compareTo(up.subtract(exact)) < 0;
		assertTrue(up.subtract(down).compareTo(unit(exponent)) <= 0);
		if (exact.subtract(down).compareTo(up.subtract(exact)) != 0) {
			assertEquals(0, nearest.compareTo(closerDown ? down : up));
		}
	}

	private int signExponent(int spread) {
		return ONE - spread + random.nextInt(2 * spread) | (random.nextBoolean() ? Float80Format.SIGN : 0);
	}

	private long significand() {
		long value = random.nextLong();
		return UNIT | switch (random.nextInt(4)) {
			case 0 -> value << random.nextInt(64);
			case 1 -> value & random.nextLong() & random.nextLong();
			default -> value;
		};
	}

	private static BigDecimal unit(int se) {
		return power((se & 0x7fff) - Float80Format.BIAS - 63);
	}

	private static BigDecimal power(int exponent) {
		return exponent >= 0 ? new BigDecimal(BigInteger.TWO.pow(exponent)) : new BigDecimal("0.5").pow(-exponent);
	}

	private static BigDecimal exact(int se, long sig) {
		BigDecimal magnitude = new BigDecimal(new BigInteger(Long.toUnsignedString(sig))).multiply(unit(se));
		return (se & Float80Format.SIGN) != 0 ? magnitude.negate() : magnitude;
	}
}
