package mshv.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import mshv.api.conformance.ConformanceReport;
import mshv.api.conformance.RuleResult;
import mshv.api.conformance.RuleResult.Outcome;

class RulesTest {
	@Rule(Section.MEMORY)
	private static final class Tagged {
		void ofTheClass() {}

		@Rule(Section.SYNIC)
		void ofTheMethod() {}
	}

	private static final class Untagged {
		void ofNobody() {}
	}

	private static Section section(Class<?> type, String test) throws NoSuchMethodException {
		return Rules.section(type, type.getDeclaredMethod(test));
	}

	@Test
	void aTestSaysWhereItsRuleIsFromBeforeItsClassDoes() throws Exception {
		assertEquals(Section.MEMORY, section(Tagged.class, "ofTheClass"));
		assertEquals(Section.SYNIC, section(Tagged.class, "ofTheMethod"));
		assertEquals(Section.OTHER, section(Untagged.class, "ofNobody"));
	}

	@Test
	void everyPackageOfTestsSaysWhereItsRulesAreFrom() throws IOException {
		try (var files = Files.walk(Path.of("src/main/java"))) {
			List<Path> silent = files.filter(file -> file.endsWith("package-info.java") && hasTests(file.getParent()))
				.filter(file -> !read(file).contains("@Rule(")).toList();
			assertEquals(List.of(), silent);
		}
	}

	@Test
	void theNameOfATestIsTheTextOfItsRule() {
		assertEquals("a new partition is listed", Rules.sentence("aNewPartitionIsListed"));
		assertEquals("an index beyond 255 is refused", Rules.sentence("anIndexBeyond255IsRefused"));
		assertEquals("NMI wakes a processor", Rules.sentence("NMIWakesAProcessor"));
	}

	@Test
	void aNumberStandsForTheSectionsBelowIt() {
		assertTrue(Section.IOEVENTFD.isIn("9") && Section.IOEVENTFD.isIn("9.8"));
		assertTrue(!Section.CREATE_PARTITION.isIn("11") && !Section.LESSONS.isIn("1"));
	}

	@Test
	void theManualHasEverySection() throws IOException {
		String manual = Files.readString(Path.of("../docs/conformance.md"));
		for (Section section : Section.values()) {
			assertTrue(manual.contains("\n| " + section.number() + " | " + section.title() + " |"), section::toString);
		}
	}

	@Test
	void theReportCountsBySectionInTheOrderOfTheContract() throws Exception {
		RuleResult failed = Rules.result(Tagged.class, Tagged.class.getDeclaredMethod("ofTheClass"), Outcome.FAILED,
			Optional.of(new AssertionError("expected 1\nbut was 2")));
		RuleResult passed = new RuleResult("11", "lessons", "a rule", "Test.test", Outcome.PASSED, "");
		ConformanceReport report = new ConformanceReport("emu", List.of(passed, failed));
		List<String> lines = report.text().lines().map(line -> line.replaceAll(" +", " ")).toList();
		assertEquals(Arrays.asList("SECTION PASSED FAILED NOT OFFERED", "5.1 guest memory 0 1 0", "11 lessons 1 0 0", "all backend emu 1 1 0",
			"failed: 5.1 of the class (Tagged.ofTheClass): java.lang.AssertionError: expected 1 but was 2"), lines);
	}

	private static boolean hasTests(Path folder) {
		try (var files = Files.list(folder)) {
			return files.anyMatch(file -> read(file).contains("\n@Conformance("));
		} catch (IOException e) {
			throw new AssertionError(folder.toString(), e);
		}
	}

	private static String read(Path file) {
		try {
			return Files.isRegularFile(file) ? Files.readString(file) : "";
		} catch (IOException e) {
			throw new AssertionError(file.toString(), e);
		}
	}
}
