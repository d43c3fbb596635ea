package mshv.tck;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

import mshv.api.conformance.RuleResult;
import mshv.api.conformance.RuleResult.Outcome;

/** The rules that test methods stand for. */
final class Rules {
	private static final int DETAIL_LENGTH = 1000;

	private Rules() {}

	/** @return the section of the test's rule */
	static Section section(Class<?> type, Method test) {
		return Stream.<AnnotatedElement>of(test, type, type.getPackage()).map(element -> element.getAnnotation(Rule.class))
			.filter(rule -> rule != null).findFirst().map(Rule::value).orElse(Section.OTHER);
	}

	/** @return what was found of the test's rule */
	static RuleResult result(Class<?> type, Method test, Outcome outcome, Optional<Throwable> cause) {
		Section section = section(type, test);
		String detail = switch (outcome) {
			case PASSED -> "";
			case FAILED -> cause.map(Rules::oneLine).orElse("no reason given");
			case NOT_OFFERED -> cause.map(Throwable::getMessage).orElse("no reason given");
		};
		return new RuleResult(section.number(), section.title(), sentence(test.getName()), type.getSimpleName() + "." + test.getName(),
			outcome, detail);
	}

	private static String oneLine(Throwable cause) {
		String text = String.valueOf(cause).strip().replaceAll("\\s+", " ");
		return text.length() <= DETAIL_LENGTH ? text : text.substring(0, DETAIL_LENGTH) + "…";
	}

	/** @return the words of a name in camel case; abbreviations stay as they are */
	static String sentence(String name) {
		StringBuilder words = new StringBuilder();
		for (String word : name.split("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-zA-Z])(?=[0-9])")) {
			boolean abbreviation = word.length() > 1 && word.equals(word.toUpperCase(Locale.ROOT));
			words.append(words.isEmpty() ? "" : " ").append(abbreviation ? word : word.toLowerCase(Locale.ROOT));
		}
		return words.toString();
	}
}
