package mshv.backend.emu.vectors;

import java.util.Map;
import java.util.TreeMap;

/** The outcome of a run: how many cases, and the mismatches grouped by instruction. */
public final class VectorReport {
	private static final class Group {
		int cases;
		int mismatches;
		StringBuilder examples = new StringBuilder();
	}

	private final int examplesPerForm;
	private final Map<String, Group> groups = new TreeMap<>();
	private long cases;
	private long mismatches;

	VectorReport(int examplesPerForm) {
		this.examplesPerForm = examplesPerForm;
	}

	void add(TestCase test, String difference) {
		cases++;
		Group group = groups.computeIfAbsent(test.form, form -> new Group());
		group.cases++;
		if (difference == null) {
			return;
		}
		mismatches++;
		if (group.mismatches++ < examplesPerForm) {
			group.examples.append("    [").append(test.hex()).append("] ").append(difference).append(" (seed ").append(test.seed)
					.append(" index ").append(test.index).append(")\n");
		}
	}

	/**
	 * Number of cases that ran.
	 *
	 * @return at least 0
	 */
	public long cases() {
		return cases;
	}

	/**
	 * Number of cases whose result differs.
	 *
	 * @return 0 to {@link #cases()}
	 */
	public long mismatches() {
		return mismatches;
	}

	/**
	 * Number of different instruction forms among the cases.
	 *
	 * @return at least 0
	 */
	public int forms() {
		return groups.size();
	}

	/** One line for the whole, then the instruction forms that differ, each with its first examples. */
	@Override
	public String toString() {
		StringBuilder text = new StringBuilder("%d of %d cases differ, %d instruction forms%n".formatted(mismatches, cases, groups.size()));
		groups.forEach((form, group) -> {
			if (group.mismatches > 0) {
				text.append("  %s: %d of %d%n".formatted(form, group.mismatches, group.cases)).append(group.examples);
			}
		});
		return text.toString();
	}
}
