package mshv.tck;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

import mshv.api.conformance.ConformanceReport;
import mshv.api.conformance.RuleResult;
import mshv.api.conformance.RuleResult.Outcome;

/** Notes what becomes of the suite's tests, and prints it by section when the last one has run under some other launcher than ours. */
public final class TckReport implements TestWatcher {
	/** Configuration parameter: true where somebody else reports. */
	static final String SILENT = "mshv.tck.silent";

	private static final ExtensionContext.Namespace RESULTS = ExtensionContext.Namespace.create(TckReport.class);

	/** Made by JUnit. */
	public TckReport() {}

	@Override
	public void testSuccessful(ExtensionContext test) {
		note(test, Outcome.PASSED, Optional.empty());
	}

	@Override
	public void testFailed(ExtensionContext test, Throwable cause) {
		note(test, Outcome.FAILED, Optional.of(cause));
	}

	@Override
	public void testAborted(ExtensionContext test, Throwable cause) {
		note(test, Outcome.NOT_OFFERED, Optional.of(cause));
	}

	private static void note(ExtensionContext test, Outcome outcome, Optional<Throwable> cause) {
		if (test.getConfigurationParameter(SILENT).isPresent()) {
			return;
		}
		test.getRoot().getStore(RESULTS).getOrComputeIfAbsent(Results.class, _ -> new Results(Backend.name(test)), Results.class)
			.add(Rules.result(test.getRequiredTestClass(), test.getRequiredTestMethod(), outcome, cause));
	}

	/** The results of all tests; closed by JUnit after the last one. */
	private static final class Results implements AutoCloseable {
		private final String backend;
		private final List<RuleResult> results = new ArrayList<>();

		Results(String backend) {
			this.backend = backend;
		}

		synchronized void add(RuleResult result) {
			results.add(result);
		}

		@Override
		public synchronized void close() {
			System.out.printf("%n%s%n", new ConformanceReport(backend, results).text());
			System.out.flush();
		}
	}
}
