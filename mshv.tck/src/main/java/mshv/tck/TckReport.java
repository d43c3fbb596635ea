package mshv.tck;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** Counts the suite's tests by section, and prints the counts when the last one has run. */
public final class TckReport implements TestWatcher {
	private static final ExtensionContext.Namespace COUNTS = ExtensionContext.Namespace.create(TckReport.class);

	/** Made by JUnit. */
	public TckReport() {}

	@Override
	public void testSuccessful(ExtensionContext test) {
		count(test, Section::passed);
	}

	@Override
	public void testFailed(ExtensionContext test, Throwable cause) {
		count(test, section -> section.failed(test.getRequiredTestClass().getSimpleName() + "." + test.getDisplayName()));
	}

	@Override
	public void testAborted(ExtensionContext test, Throwable cause) {
		count(test, Section::notOffered);
	}

	private static void count(ExtensionContext test, Consumer<Section> result) {
		Sections sections = test.getRoot().getStore(COUNTS)
			.getOrComputeIfAbsent(Sections.class, _ -> new Sections(Backend.name()), Sections.class);
		sections.count(test.getRequiredTestClass().getAnnotation(Conformance.class).value(), result);
	}

	/** The counts of all sections; closed by JUnit after the last test. */
	private static final class Sections implements AutoCloseable {
		private final String backend;
		private final Map<String, Section> sections = new TreeMap<>();

		Sections(String backend) {
			this.backend = backend;
		}

		synchronized void count(String name, Consumer<Section> result) {
			result.accept(sections.computeIfAbsent(name, _ -> new Section()));
		}

		@Override
		public synchronized void close() {
			print(System.out);
		}

		private void print(PrintStream out) {
			Section all = new Section();
			out.printf("%nConformance of backend %s%n%-28s %6s %6s %11s%n", backend, "section", "passed", "failed", "not offered");
			sections.forEach((name, section) -> {
				section.print(out, name);
				all.add(section);
			});
			all.print(out, "all");
			all.failures.forEach(failure -> out.printf("failed: %s%n", failure));
			out.flush();
		}
	}

	/** The counts of one section. */
	private static final class Section {
		private int passed;
		private int notOffered;
		private final List<String> failures = new ArrayList<>();

		void passed() {
			passed++;
		}

		void notOffered() {
			notOffered++;
		}

		void failed(String test) {
			failures.add(test);
		}

		void add(Section other) {
			passed += other.passed;
			notOffered += other.notOffered;
			failures.addAll(other.failures);
		}

		void print(PrintStream out, String name) {
			out.printf("%-28s %6d %6d %11d%n", name, passed, failures.size(), notOffered);
		}
	}
}
