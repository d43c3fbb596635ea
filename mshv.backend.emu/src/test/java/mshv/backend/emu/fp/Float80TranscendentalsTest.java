package mshv.backend.emu.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;

import org.junit.jupiter.api.Test;

/** Identities of the transcendental functions and agreement with the JDK's within the precision of a double. */
class Float80TranscendentalsTest {
	private static final int CASES = 5_000;
	private static final int ONE = Float80Format.BIAS;
	private static final long UNIT = Float80Format.INTEGER_BIT;

	private final Float80Context context = new Float80Context();
	private final Float80Arithmetic arithmetic = new Float80Arithmetic(context);
	private final Float80Conversions conversions = new Float80Conversions(context);
	private final Float80Transcendentals functions = new Float80Transcendentals(context);
	private final Float80Trigonometry trigonometry = new Float80Trigonometry(context);
	private final Random random = new Random(11);

	private int se;
	private long sig;

	@Test
	void resultsAgreeWithStrictMath() {
		for (int i = 0; i < CASES; i++) {
			double x = random.nextDouble(-20, 20);
			double y = random.nextDouble(-3, 3);
			load(x);
			trigonometry.sine(se, sig);
			assertResult(StrictMath.sin(x));
			trigonometry.cosine(se, sig);
			assertResult(StrictMath.cos(x));
			trigonometry.tangent(se, sig);
			assertResult(StrictMath.tan(x));
			assertEquals(ONE, context.secondSignExponent);
			int seX = se;
			long sigX = sig;
			load(y);
			functions.arcTangent(se, sig, seX, sigX);
			assertResult(StrictMath.atan2(y, x));
			functions.yLog2x(se, sig, seX & ~Float80Format.SIGN, sigX);
			assertResult(y * StrictMath.log(Math.abs(x)) / StrictMath.log(2));
			load(y / 3);
			functions.exp2Minus1(se, sig);
			assertResult(StrictMath.expm1(y / 3 * StrictMath.log(2)));
			load(x / 80);
			functions.yLog2xPlus1(ONE, UNIT, se, sig);
			assertResult(StrictMath.log1p(x / 80) / StrictMath.log(2));
		}
	}

	@Test
	void squaresOfSineAndCosineAddUpToOne() {
		for (int i = 0; i < CASES; i++) {
			trigonometry.sineAndCosine(ONE - 10 + random.nextInt(70), random.nextLong() | UNIT);
			int cosine = context.secondSignExponent;
			long cosineSignificand = context.secondSignificand;
			arithmetic.multiply(context.resultSignExponent, context.resultSignificand, context.resultSignExponent, context.resultSignificand);
			int sine = context.resultSignExponent;
			long sineSignificand = context.resultSignificand;
			arithmetic.multiply(cosine, cosineSignificand, cosine, cosineSignificand);
			arithmetic.add(sine, sineSignificand, context.resultSignExponent, context.resultSignificand);
			arithmetic.subtract(context.resultSignExponent, context.resultSignificand, ONE, UNIT);
			assertTrue(context.resultSignificand == 0 || (context.resultSignExponent & 0x7fff) < ONE - 61);
		}
	}

	@Test
	void logarithmUndoesTheExponentialToTheLastBits() {
		for (int i = 0; i < CASES; i++) {
			int exponent = ONE - 1 - random.nextInt(12) | (random.nextBoolean() ? Float80Format.SIGN : 0);
			long significand = random.nextLong() | UNIT;
			functions.exp2Minus1(exponent, significand);
			functions.yLog2xPlus1(ONE, UNIT, context.resultSignExponent, context.resultSignificand);
			arithmetic.subtract(context.resultSignExponent, context.resultSignificand, exponent, significand);
			assertTrue(context.resultSignificand == 0 || (context.resultSignExponent & 0x7fff) < (exponent & 0x7fff) - 60);
		}
	}

	@Test
	void roundingModesGiveNeighbouringResults() {
		for (int i = 0; i < CASES; i++) {
			int exponent = ONE - 20 + random.nextInt(30);
			long significand = random.nextLong() | UNIT;
			context.roundingMode = RoundingMode.ZERO;
			trigonometry.sine(exponent, significand);
			int towardZero = context.resultSignExponent;
			long truncated = context.resultSignificand;
			context.roundingMode = (towardZero & Float80Format.SIGN) != 0 ? RoundingMode.DOWN : RoundingMode.UP;
			trigonometry.sine(exponent, significand);
			assertTrue(context.roundedUp);
			long next = truncated + 1;
			assertEquals(next == 0 ? towardZero + 1 : towardZero, context.resultSignExponent);
			assertEquals(next == 0 ? UNIT : next, context.resultSignificand);
		}
	}

	@Test
	void operandsOf2To63AreOutOfRangeForTrigonometry() {
		trigonometry.sine(ONE + 63, UNIT);
		assertTrue(context.incomplete);
		assertEquals(0, context.exceptions);
		trigonometry.sine(ONE + 62, -1L);
		assertFalse(context.incomplete);
	}

	@Test
	void theProcessorsPiHas66Bits() {
		// pi rounded to 64 bits exceeds the 66-bit pi by 2^-64, whose sine is the same number.
		trigonometry.sine(0x4000, 0xc90fdaa22168c235L);
		assertEquals(Float80Format.SIGN | ONE - 64, context.resultSignExponent);
		assertEquals(UNIT, context.resultSignificand);
	}

	@Test
	void logarithmOfZeroIsADivisionByZeroAndOfANegativeNumberInvalid() {
		functions.yLog2x(ONE, UNIT, 0, 0);
		assertEquals(FpExceptions.ZERO_DIVIDE, context.exceptions);
		assertEquals(Float80Format.SIGN | Float80Format.EXPONENT_MASK, context.resultSignExponent);
		functions.yLog2x(ONE, UNIT, Float80Format.SIGN | ONE, UNIT);
		assertEquals(FpExceptions.INVALID, context.exceptions);
	}

	private void load(double value) {
		conversions.fromFloat64(Double.doubleToRawLongBits(value));
		se = context.resultSignExponent;
		sig = context.resultSignificand;
	}

	private void assertResult(double expected) {
		double actual = Double.longBitsToDouble(conversions.toFloat64(context.resultSignExponent, context.resultSignificand));
		assertEquals(expected, actual, Math.max(Math.abs(expected), 1e-3) * 1e-14);
	}
}
