package mshv.api.conformance;

import java.util.List;

/**
 * What came of random operations.
 *
 * @param done operations that were done
 * @param refused how many of them were refused, as they had to be
 * @param offered false if the backend has nothing that such operations could be done to
 * @param failures what must not happen, several lines each; empty if nothing did
 */
public record RandomReport(long done, long refused, boolean offered, List<String> failures) {
	/** Copies the list. */
	public RandomReport {
		failures = List.copyOf(failures);
	}
}
