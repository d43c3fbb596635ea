package mshv.backend.emu.vectors;

/** Compares an actual result with the recorded one. */
final class Comparison {
	private Comparison() {
	}

	/**
	 * The first field that differs, with both values, or null if the results agree as far as the architecture defines them.
	 * Both must have been normalised by {@link Unspecified#normalise}.
	 */
	static String firstDifference(TestCase in, TestResult expected, TestResult actual) {
		CpuState e = expected.state;
		CpuState a = actual.state;
		if (expected.vector != actual.vector) {
			return "exception: expected %s, was %s".formatted(vector(expected.vector), vector(actual.vector));
		}
		String difference = field("errorCode", expected.errorCode, actual.errorCode);
		difference = difference != null ? difference : field("faultAddress", expected.faultAddress, actual.faultAddress);
		difference = difference != null ? difference : field("rip", e.rip, a.rip);
		for (int i = 0; i < 16 && difference == null; i++) {
			difference = field("gpr " + i, e.gpr[i], a.gpr[i]);
		}
		difference = difference != null ? difference : field("rflags", e.rflags, a.rflags);
		difference = difference != null ? difference : field("fsBase", e.fsBase, a.fsBase);
		difference = difference != null ? difference : field("gsBase", e.gsBase, a.gsBase);
		difference = difference != null ? difference : field("mxcsr", e.mxcsr, a.mxcsr);
		difference = difference != null ? difference : xmm(in, e, a);
		difference = difference != null ? difference : x87(in, e, a);
		return difference != null ? difference : data(e.data, a.data);
	}

	private static String vector(int vector) {
		return vector < 0 ? "none" : Integer.toString(vector);
	}

	private static String field(String name, long expected, long actual) {
		return expected == actual ? null : "%s: expected %x, was %x".formatted(name, expected, actual);
	}

	private static String xmm(TestCase in, CpuState e, CpuState a) {
		for (int i = 0; i < 32; i++) {
			if (e.xmm[i] != a.xmm[i] && !(in.unspecified.reciprocal && Approximation.singles(e.xmm[i], a.xmm[i]))) {
				return field("xmm " + i / 2 + (i % 2 == 0 ? " low" : " high"), e.xmm[i], a.xmm[i]);
			}
		}
		return null;
	}

	private static String x87(TestCase in, CpuState e, CpuState a) {
		String difference = field("fcw", e.fcw, a.fcw);
		difference = difference != null ? difference : field("fsw", e.fsw, a.fsw);
		difference = difference != null ? difference : field("ftw", e.ftw, a.ftw);
		for (int i = 0; i < 8 && difference == null; i++) {
			boolean approximate = in.unspecified.transcendental && i < 2
					&& Approximation.extended(e.signExponent[i], e.significand[i], a.signExponent[i], a.significand[i]);
			if (!approximate) {
				difference = field("st " + i + " sign and exponent", e.signExponent[i], a.signExponent[i]);
				difference = difference != null ? difference : field("st " + i + " significand", e.significand[i], a.significand[i]);
			}
		}
		return difference;
	}

	private static String data(byte[] e, byte[] a) {
		for (int i = 0; i < e.length; i++) {
			if (e[i] != a[i]) {
				return field("data at offset %x".formatted(i), e[i] & 0xFF, a[i] & 0xFF);
			}
		}
		return null;
	}
}
