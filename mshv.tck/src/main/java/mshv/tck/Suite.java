package mshv.tck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.engine.JupiterTestEngine;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

import mshv.api.conformance.ConformanceReport;
import mshv.api.conformance.ConformanceSuite;
import mshv.api.conformance.RuleResult;
import mshv.api.conformance.RuleResult.Outcome;

/** Runs the suite's tests with a launcher of JUnit's own. */
@Component
public final class Suite implements ConformanceSuite {
	private static final String TEST_CASES = "Test-Cases";

	private final Bundle bundle;

	/** @param context of this bundle */
	@Activate
	public Suite(BundleContext context) {
		bundle = context.getBundle();
	}

	@Override
	public boolean hasSection(String section) {
		return Arrays.stream(Section.values()).anyMatch(known -> known.isIn(section));
	}

	@Override
	public synchronized ConformanceReport run(String backend, String section, Consumer<RuleResult> progress) {
		Thread thread = Thread.currentThread();
		ClassLoader loader = thread.getContextClassLoader();
		// JUnit looks there for its configuration, and must not find somebody else's
		thread.setContextClassLoader(JupiterTestEngine.class.getClassLoader());
		try {
			Recorder recorder = new Recorder(progress);
			launcher().execute(request(backend, section), recorder);
			return new ConformanceReport(backend, recorder.results);
		} finally {
			thread.setContextClassLoader(loader);
		}
	}

	private static Launcher launcher() {
		return LauncherFactory.create(LauncherConfig.builder().enableTestEngineAutoRegistration(false)
			.enableLauncherSessionListenerAutoRegistration(false).enableLauncherDiscoveryListenerAutoRegistration(false)
			.enableTestExecutionListenerAutoRegistration(false).enablePostDiscoveryFilterAutoRegistration(false)
			.addTestEngines(new JupiterTestEngine()).build());
	}

	private LauncherDiscoveryRequest request(String backend, String section) {
		PostDiscoveryFilter inSection = test -> FilterResult.includedIf(section.isEmpty() || test.getSource()
			.filter(MethodSource.class::isInstance).map(MethodSource.class::cast).map(source -> sectionOf(source).isIn(section)).orElse(true));
		return LauncherDiscoveryRequestBuilder.request().selectors(classes()).filters(inSection)
			.configurationParameter(Backend.PROPERTY, backend).configurationParameter(TckReport.SILENT, "true").build();
	}

	private static Section sectionOf(MethodSource source) {
		return Rules.section(source.getJavaClass(), source.getJavaMethod());
	}

	private List<? extends DiscoverySelector> classes() {
		return Stream.of(bundle.getHeaders("").get(TEST_CASES).split("\\s*,\\s*")).map(name -> {
			try {
				return DiscoverySelectors.selectClass(bundle.loadClass(name));
			} catch (ClassNotFoundException e) {
				throw new IllegalStateException("a test is not in the bundle", e);
			}
		}).toList();
	}

	/** Turns what the launcher tells into results. */
	private static final class Recorder implements TestExecutionListener {
		private final Consumer<RuleResult> progress;
		private final List<RuleResult> results = new ArrayList<>();

		Recorder(Consumer<RuleResult> progress) {
			this.progress = progress;
		}

		@Override
		public void executionSkipped(TestIdentifier test, String reason) {
			note(test, Outcome.NOT_OFFERED, TestExecutionResult.aborted(null));
		}

		@Override
		public void executionFinished(TestIdentifier test, TestExecutionResult result) {
			switch (result.getStatus()) {
				case SUCCESSFUL -> note(test, Outcome.PASSED, result);
				case ABORTED -> note(test, Outcome.NOT_OFFERED, result);
				case FAILED -> note(test, Outcome.FAILED, result);
			}
		}

		private void note(TestIdentifier test, Outcome outcome, TestExecutionResult result) {
			TestSource source = test.getSource().orElse(null);
			if (test.isTest() && source instanceof MethodSource method) {
				add(Rules.result(method.getJavaClass(), method.getJavaMethod(), outcome, result.getThrowable()));
			} else if (outcome == Outcome.FAILED) {
				// What goes before the tests of a class, or has no tests
				add(new RuleResult(Section.OTHER.number(), Section.OTHER.title(), "the tests can be run",
					source instanceof ClassSource type ? type.getJavaClass().getSimpleName() : test.getDisplayName(), outcome,
					result.getThrowable().map(String::valueOf).orElse("")));
			}
		}

		private void add(RuleResult result) {
			results.add(result);
			progress.accept(result);
		}
	}
}
