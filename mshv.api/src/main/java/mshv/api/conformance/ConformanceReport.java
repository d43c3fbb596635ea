package mshv.api.conformance;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a run of the suite found.
 *
 * @param backend name of the backend
 * @param results one for each rule that was checked
 */
public record ConformanceReport(String backend, List<RuleResult> results) {
	private static final String ROW = "%-8s %-34s %6s %6s %11s%n";
	private static final String ALL = "all";

	/** Copies the list. */
	public ConformanceReport {
		results = List.copyOf(results);
	}

	/** @return how many rules ended like this */
	public long count(RuleResult.Outcome outcome) {
		return count(results, outcome);
	}

	private static long count(List<RuleResult> some, RuleResult.Outcome outcome) {
		return some.stream().filter(result -> result.outcome() == outcome).count();
	}

	/** @return a table of sections with their counts, then each rule that does not hold or is not offered; several lines */
	public String text() {
		Map<String, List<RuleResult>> sections = results.stream()
			.collect(Collectors.groupingBy(RuleResult::section, () -> new TreeMap<>(ConformanceReport::compareSections), Collectors.toList()));
		StringBuilder text = new StringBuilder(String.format(ROW, "SECTION", "", "PASSED", "FAILED", "NOT OFFERED"));
		sections.forEach((section, some) -> text.append(row(section, some.getFirst().title(), some)));
		text.append(row(ALL, "backend " + backend, results));
		list(text, "failed", RuleResult.Outcome.FAILED);
		list(text, "not offered", RuleResult.Outcome.NOT_OFFERED);
		return text.toString().stripTrailing();
	}

	private void list(StringBuilder text, String word, RuleResult.Outcome outcome) {
		results.stream().filter(result -> result.outcome() == outcome).forEach(result -> text.append(
			String.format("%s: %s %s (%s): %s%n", word, result.section(), result.rule(), result.test(), result.detail())));
	}

	private static String row(String section, String title, List<RuleResult> some) {
		return String.format(ROW, section, title, count(some, RuleResult.Outcome.PASSED), count(some, RuleResult.Outcome.FAILED),
			count(some, RuleResult.Outcome.NOT_OFFERED));
	}

	/** Numbers before words, and 9 before 11. */
	private static int compareSections(String a, String b) {
		return key(a).compareTo(key(b));
	}

	private static String key(String section) {
		StringBuilder key = new StringBuilder();
		for (String part : section.split("\\.")) {
			key.append(part.matches("[0-9]{1,4}") ? "0".repeat(4 - part.length()) + part : part).append('.');
		}
		return key.toString();
	}
}
