package mshv.backend.emu.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Compares every scalar SSE operation with what a processor was seen to do. */
class RecordedSseTest {
	private final SseContext context = new SseContext();
	private final SseArithmetic arithmetic = new SseArithmetic(context);
	private final SseComparison comparison = new SseComparison(context);
	private final SseConversions conversions = new SseConversions(context);

	@Test
	void everyRecordedInstructionIsReproduced() {
		int cases = 0;
		for (String[] line : Recordings.read("recorded-sse.txt")) {
			int mxcsr = (int) Recordings.number(line[2]);
			context.clear();
			context.setMxcsr(mxcsr);
			String result = execute(line[0], (int) Recordings.number(line[1]), Recordings.number(line[3]), Recordings.number(line[4]));
			String message = String.join(" ", line);
			assertEquals(line[6], context.unmasked() ? "-" : result, message);
			assertEquals(line[5], "%04x".formatted(mxcsr | context.flags()), message);
			cases++;
		}
		assertTrue(cases > 500);
	}

	private String execute(String name, int immediate, long a, long b) {
		return switch (name) {
			case "ADDSD" -> hex(arithmetic.add64(a, b));
			case "SUBSD" -> hex(arithmetic.subtract64(a, b));
			case "MULSD" -> hex(arithmetic.multiply64(a, b));
			case "DIVSD" -> hex(arithmetic.divide64(a, b));
			case "SQRTSD" -> hex(arithmetic.squareRoot64(b));
			case "ADDSS" -> hex(arithmetic.add32((int) a, (int) b));
			case "SUBSS" -> hex(arithmetic.subtract32((int) a, (int) b));
			case "MULSS" -> hex(arithmetic.multiply32((int) a, (int) b));
			case "DIVSS" -> hex(arithmetic.divide32((int) a, (int) b));
			case "SQRTSS" -> hex(arithmetic.squareRoot32((int) b));
			case "MINSD" -> hex(comparison.minimum64(a, b));
			case "MAXSD" -> hex(comparison.maximum64(a, b));
			case "MINSS" -> hex(comparison.minimum32((int) a, (int) b));
			case "MAXSS" -> hex(comparison.maximum32((int) a, (int) b));
			case "COMISD" -> flags(comparison.ordered64(a, b));
			case "UCOMISD" -> flags(comparison.unordered64(a, b));
			case "COMISS" -> flags(comparison.ordered32((int) a, (int) b));
			case "UCOMISS" -> flags(comparison.unordered32((int) a, (int) b));
			case "CMPSD" -> hex(comparison.test64(a, b, immediate) ? -1L : 0L);
			case "CMPSS" -> hex(comparison.test32((int) a, (int) b, immediate) ? -1 : 0);
			default -> convert(name, immediate, b);
		};
	}

	private String convert(String name, int immediate, long b) {
		return switch (name) {
			case "CVTSD2SI32" -> hex(conversions.float64ToInt32(b, false));
			case "CVTSD2SI64" -> hex(conversions.float64ToInt64(b, false));
			case "CVTTSD2SI32" -> hex(conversions.float64ToInt32(b, true));
			case "CVTTSD2SI64" -> hex(conversions.float64ToInt64(b, true));
			case "CVTSS2SI32" -> hex(conversions.float32ToInt32((int) b, false));
			case "CVTSS2SI64" -> hex(conversions.float32ToInt64((int) b, false));
			case "CVTTSS2SI32" -> hex(conversions.float32ToInt32((int) b, true));
			case "CVTTSS2SI64" -> hex(conversions.float32ToInt64((int) b, true));
			case "CVTSS2SD" -> hex(conversions.float32ToFloat64((int) b));
			case "CVTSD2SS" -> hex(conversions.float64ToFloat32(b));
			case "CVTSI2SD32" -> hex(conversions.integerToFloat64((int) b));
			case "CVTSI2SD64" -> hex(conversions.integerToFloat64(b));
			case "CVTSI2SS32" -> hex(conversions.integerToFloat32((int) b));
			case "CVTSI2SS64" -> hex(conversions.integerToFloat32(b));
			case "ROUNDSD" -> hex(conversions.roundToIntegral64(b, immediate));
			case "ROUNDSS" -> hex(conversions.roundToIntegral32((int) b, immediate));
			default -> throw new IllegalArgumentException(name);
		};
	}

	private static String hex(long value) {
		return "%016x".formatted(value);
	}

	private static String hex(int value) {
		return "%08x".formatted(value);
	}

	private static String flags(int value) {
		return "%02x".formatted(value);
	}
}
