package mshv.shell.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ClockComparisonTest {
	private final ClockComparison comparison = new ClockComparison(10);

	@Test
	void aReadingThatMayBeRightHasNeitherGainedNorLost() {
		assertEquals(0, comparison.add(1000, 1100, 70_000));
		assertEquals(0, comparison.add(2000, 2100, 70_890));
		assertEquals(0, comparison.add(2000, 2100, 71_110));
		assertEquals(220, comparison.uncertainty());
	}

	@Test
	void whatCannotBeRightIsGainedOrLost() {
		comparison.add(1000, 1100, 70_000);
		assertEquals(1, comparison.add(2000, 2100, 71_111));
		assertEquals(-1, comparison.add(2000, 2100, 70_889));
		assertEquals(-890, comparison.add(2000, 2100, 70_000), "a clock that stands");
	}
}
