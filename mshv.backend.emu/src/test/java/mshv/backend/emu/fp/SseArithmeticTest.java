package mshv.backend.emu.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Random;

import org.junit.jupiter.api.Test;

/** Properties of scalar SSE arithmetic: values against the host's, flags against exact arithmetic. */
class SseArithmeticTest {
	private static final int CASES = 50_000;
	private static final int DEFAULT = 0x1f80;
	private static final int DAZ = 0x40;
	private static final int FTZ = 0x8000;

	private final SseContext context = new SseContext();
	private final SseArithmetic arithmetic = new SseArithmetic(context);
	private final SseConversions conversions = new SseConversions(context);
	private final SseComparison comparison = new SseComparison(context);
	private final Random random = new Random(3);

	@Test
	void nearestResultsAreTheHosts() {
		for (int i = 0; i < CASES; i++) {
			double x = number(2000);
			double y = number(2000);
			long a = Double.doubleToRawLongBits(x);
			long b = Double.doubleToRawLongBits(y);
			assertEquals(x + y, Double.longBitsToDouble(arithmetic.add64(a, b)));
			assertEquals(x - y, Double.longBitsToDouble(arithmetic.subtract64(a, b)));
			assertEquals(x * y, Double.longBitsToDouble(arithmetic.multiply64(a, b)));
			assertEquals(x / y, Double.longBitsToDouble(arithmetic.divide64(a, b)));
			assertEquals(Math.sqrt(Math.abs(x)), Double.longBitsToDouble(arithmetic.squareRoot64(a & Long.MAX_VALUE)));
			assertEquals((float) x, Float.intBitsToFloat(conversions.float64ToFloat32(a)));
		}
	}

	@Test
	void thePrecisionFlagTellsWhetherTheHostsResultIsInexact() {
		for (int i = 0; i < CASES; i++) {
			double x = number(300);
			double y = number(300);
			long a = Double.doubleToRawLongBits(x);
			long b = Double.doubleToRawLongBits(y);
			arithmetic.add64(a, b);
			assertInexact(new BigDecimal(x).add(new BigDecimal(y)).compareTo(new BigDecimal(x + y)) != 0);
			arithmetic.multiply64(a, b);
			assertInexact(new BigDecimal(x).multiply(new BigDecimal(y)).compareTo(new BigDecimal(x * y)) != 0);
			arithmetic.divide64(a, b);
			assertInexact(new BigDecimal(x / y).multiply(new BigDecimal(y)).compareTo(new BigDecimal(x)) != 0);
			BigDecimal root = new BigDecimal(Math.sqrt(Math.abs(x)));
			arithmetic.squareRoot64(a & Long.MAX_VALUE);
			assertInexact(root.multiply(root).compareTo(new BigDecimal(Math.abs(x))) != 0);
		}
	}

	@Test
	void aRecordedMaskedPrecisionFlagIsNotReportedAgain() {
		long third = arithmetic.divide64(bits(1), bits(3));
		assertEquals(FpExceptions.PRECISION, context.exceptions);
		context.clear();
		context.setMxcsr(DEFAULT | FpExceptions.PRECISION);
		assertEquals(third, arithmetic.divide64(bits(1), bits(3)));
		assertEquals(0, context.exceptions);
		// Unmasked, it faults every time.
		context.setMxcsr(DEFAULT & ~(FpExceptions.PRECISION << 7) | FpExceptions.PRECISION);
		arithmetic.divide64(bits(1), bits(3));
		assertTrue(context.unmasked());
	}

	@Test
	void directedRoundingEnclosesTheNearestResult() {
		for (int i = 0; i < CASES; i++) {
			long a = Double.doubleToRawLongBits(number(600));
			long b = Double.doubleToRawLongBits(number(600));
			double[] results = new double[4];
			for (int mode = 0; mode < 4; mode++) {
				context.setMxcsr(DEFAULT | mode << 13);
				results[mode] = Double.longBitsToDouble(arithmetic.multiply64(a, b));
			}
			boolean inexact = (context.exceptions & FpExceptions.PRECISION) != 0;
			context.clear();
			double down = results[RoundingMode.DOWN];
			double up = results[RoundingMode.UP];
			assertTrue(results[RoundingMode.NEAREST] == down || results[RoundingMode.NEAREST] == up);
			assertEquals(inexact ? Math.nextUp(down) : down, up);
			assertEquals(Math.min(Math.abs(down), Math.abs(up)), Math.abs(results[RoundingMode.ZERO]));
		}
	}

	@Test
	void singlesComputeAsRoundedDoubles() {
		for (int i = 0; i < CASES; i++) {
			float x = (float) number(120);
			float y = (float) number(120);
			int a = Float.floatToRawIntBits(x);
			int b = Float.floatToRawIntBits(y);
			assertEquals(x + y, Float.intBitsToFloat(arithmetic.add32(a, b)));
			assertEquals(x * y, Float.intBitsToFloat(arithmetic.multiply32(a, b)));
			assertEquals(x / y, Float.intBitsToFloat(arithmetic.divide32(a, b)));
			context.clear();
			arithmetic.subtract32(a, b);
			assertInexact(new BigDecimal(x).subtract(new BigDecimal(y)).compareTo(new BigDecimal(x - y)) != 0);
		}
	}

	@Test
	void theFirstNanIsPropagatedQuietAndSignallingOnesAreInvalid() {
		long signalling = 0x7ff0000000000123L;
		long quiet = 0xfff8000000000456L;
		assertEquals(0x7ff8000000000123L, arithmetic.add64(signalling, quiet));
		assertEquals(FpExceptions.INVALID, context.exceptions);
		context.clear();
		assertEquals(quiet, arithmetic.multiply64(quiet, bits(1)));
		assertEquals(quiet, arithmetic.multiply64(bits(1), quiet));
		assertEquals(0, context.exceptions);
		assertEquals(0xfff8000000000000L, arithmetic.divide64(0, 0));
		assertEquals(FpExceptions.INVALID, context.exceptions);
	}

	@Test
	void denormalsAreTakenAsZerosOrReported() {
		arithmetic.add64(1, bits(1));
		assertEquals(FpExceptions.DENORMAL | FpExceptions.PRECISION, context.exceptions);
		context.clear();
		context.setMxcsr(DEFAULT | DAZ);
		assertEquals(bits(1), arithmetic.add64(1, bits(1)));
		assertEquals(0, context.exceptions);
	}

	@Test
	void tinyResultsAreFlushedOnlyWhileUnderflowIsMasked() {
		long small = Double.doubleToRawLongBits(Double.MIN_NORMAL);
		long half = bits(0.5);
		assertEquals(small >> 1, arithmetic.multiply64(small, half));
		assertEquals(0, context.exceptions);
		context.setMxcsr(DEFAULT | FTZ);
		assertEquals(0, arithmetic.multiply64(small, half));
		assertEquals(FpExceptions.UNDERFLOW | FpExceptions.PRECISION, context.exceptions);
		context.clear();
		context.setMxcsr(DEFAULT & ~(FpExceptions.UNDERFLOW << 7) | FTZ);
		arithmetic.multiply64(small, half);
		assertEquals(FpExceptions.UNDERFLOW, context.flags());
		assertTrue(context.unmasked());
	}

	@Test
	void aResultRoundedUpToTheSmallestNormalNumberIsNotTiny() {
		long a = bits(1 - 0x1p-28);
		long b = bits((1 + 0x1p-28) * Double.MIN_NORMAL);
		assertEquals(bits(Double.MIN_NORMAL), arithmetic.multiply64(a, b));
		assertEquals(FpExceptions.PRECISION, context.exceptions);
		context.setMxcsr(DEFAULT | RoundingMode.DOWN << 13);
		arithmetic.multiply64(a, b);
		assertEquals(FpExceptions.PRECISION | FpExceptions.UNDERFLOW, context.exceptions);
	}

	@Test
	void anUnmaskedDenormalOperandHidesWhatTheResultWouldHaveRaised() {
		context.setMxcsr(DEFAULT & ~(FpExceptions.DENORMAL << 7));
		arithmetic.divide64(1, bits(3));
		assertEquals(FpExceptions.DENORMAL, context.flags());
		assertTrue(context.unmasked());
	}

	@Test
	void minimumAndMaximumGiveTheSecondOfZerosAndOfNans() {
		long minusZero = bits(-0.0);
		assertEquals(minusZero, comparison.minimum64(0, minusZero));
		assertEquals(0, comparison.maximum64(minusZero, 0));
		assertEquals(0, context.exceptions);
		assertEquals(bits(1), comparison.minimum64(0x7ff8000000000000L, bits(1)));
		assertEquals(FpExceptions.INVALID, context.exceptions);
	}

	@Test
	void predicatesAndTheirNegationsAreOpposite() {
		long[] values = {0, bits(-0.0), bits(1), bits(-1), bits(Double.POSITIVE_INFINITY), 0x7ff8000000000000L};
		for (long a : values) {
			for (long b : values) {
				for (int predicate = 0; predicate < 4; predicate++) {
					assertEquals(comparison.test64(a, b, predicate), !comparison.test64(a, b, predicate + 4));
				}
				context.clear();
				comparison.unordered64(a, b);
				assertEquals(0, context.exceptions);
			}
		}
	}

	@Test
	void conversionsOutOfRangeGiveTheIntegerIndefinite() {
		assertEquals(Integer.MIN_VALUE, conversions.float64ToInt32(bits(0x1p31), true));
		assertEquals(FpExceptions.INVALID, context.exceptions);
		context.clear();
		assertEquals(Integer.MIN_VALUE, conversions.float64ToInt32(bits(-0x1p31), true));
		assertEquals(0, context.exceptions);
		assertEquals(Long.MIN_VALUE, conversions.float64ToInt64(bits(Double.NaN), false));
		assertEquals(FpExceptions.INVALID, context.exceptions);
	}

	@Test
	void integersConvertWithTheRoundingOfMxcsr() {
		assertEquals(bits(0x1p63), conversions.integerToFloat64(Long.MAX_VALUE));
		assertEquals(FpExceptions.PRECISION, context.exceptions);
		context.setMxcsr(DEFAULT | RoundingMode.DOWN << 13);
		assertEquals(bits(Math.nextDown(0x1p63)), conversions.integerToFloat64(Long.MAX_VALUE));
		context.clear();
		assertEquals(bits(-0x1p63), conversions.integerToFloat64(Long.MIN_VALUE));
		assertFalse((context.exceptions & FpExceptions.PRECISION) != 0);
	}

	private void assertInexact(boolean inexact) {
		assertEquals(inexact ? FpExceptions.PRECISION : 0, context.exceptions);
		context.clear();
	}

	private static long bits(double value) {
		return Double.doubleToRawLongBits(value);
	}

	/** A number of few or many significant bits whose exponent is up to half the given spread either side of zero. */
	private double number(int spread) {
		long fraction = random.nextLong() >>> 12;
		if (random.nextBoolean()) {
			fraction &= -1L << random.nextInt(52);
		}
		long exponent = 1023 - spread / 2 + random.nextInt(spread);
		return Double.longBitsToDouble((random.nextBoolean() ? Long.MIN_VALUE : 0) | exponent << 52 | fraction);
	}
}
