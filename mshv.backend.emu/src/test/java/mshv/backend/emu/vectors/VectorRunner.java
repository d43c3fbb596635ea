package mshv.backend.emu.vectors;

import java.io.IOException;

/** Runs cases against a target and compares the results. */
public final class VectorRunner {
	private static final int EXAMPLES = 3;
	private static final int PAGE_FAULT = 14;

	private final VectorTarget target;
	private final TestCase test = new TestCase();
	private final TestResult expected = new TestResult();
	private final TestResult actual = new TestResult();

	/**
	 * Makes a runner.
	 *
	 * @param target what to test
	 */
	public VectorRunner(VectorTarget target) {
		this.target = target;
	}

	/**
	 * Runs all cases of a file.
	 *
	 * @param file the cases and their expected results, from its current position
	 * @return the outcome
	 * @throws IOException if the file cannot be read
	 */
	public VectorReport run(VectorFile file) throws IOException {
		VectorReport report = new VectorReport(EXAMPLES);
		while (file.next(test, expected)) {
			report.add(test, compare());
		}
		return report;
	}

	/**
	 * Runs newly made cases, with another target as the reference.
	 *
	 * @param reference what to compare with
	 * @param seed the seed of the cases
	 * @param first index of the first case
	 * @param count number of cases
	 * @return the outcome
	 */
	public VectorReport run(VectorTarget reference, long seed, long first, int count) {
		VectorReport report = new VectorReport(EXAMPLES);
		CaseGenerator generator = new CaseGenerator(seed);
		for (int i = 0; i < count; i++) {
			generator.generate(first + i, test);
			if (reference(reference, test, expected)) {
				report.add(test, compare());
			}
		}
		return report;
	}

	/** Gets a normalised result from a reference; false if it does not count. */
	static boolean reference(VectorTarget reference, TestCase test, TestResult result) {
		reference.run(test, result);
		test.unspecified.normalise(test, result);
		// Linux changes the error code of faults in its own half, so that programs cannot tell what is mapped there.
		return result.vector != PAGE_FAULT || result.faultAddress >= 0;
	}

	private String compare() {
		target.run(test, actual);
		test.unspecified.normalise(test, actual);
		return Comparison.firstDifference(test, expected, actual);
	}
}
