package mshv.api.conformance;

import java.util.Objects;

/**
 * What was found of one rule.
 *
 * @param section number of the section of the contract that states the rule, as in {@code 5.1}
 * @param title of the section
 * @param rule a short sentence
 * @param test class and method that checked it
 * @param outcome whether it holds
 * @param detail what was different, or why it is not offered, one line; empty if the rule holds
 */
public record RuleResult(String section, String title, String rule, String test, Outcome outcome, String detail) {
	/** Whether a rule holds. */
	public enum Outcome {
		/** It holds. */
		PASSED,
		/** It does not hold. */
		FAILED,
		/** The backend does not offer what the rule is about. */
		NOT_OFFERED
	}

	/** No part may be null. */
	public RuleResult {
		Objects.requireNonNull(section, "section");
		Objects.requireNonNull(title, "title");
		Objects.requireNonNull(rule, "rule");
		Objects.requireNonNull(test, "test");
		Objects.requireNonNull(outcome, "outcome");
		Objects.requireNonNull(detail, "detail");
	}
}
