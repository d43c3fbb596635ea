package mshv.gateway;

/** Foretells whether the next run of a partition's processors ends at once: letting another thread in costs more than such a run. */
final class RunHistory {
	/** Longest run that ends at once, in nanoseconds. */
	private static final long SHORT = 100_000;
	/** As many short ones in a row as pay for a long one that was not expected. */
	private static final int ENOUGH = 16;

	private int processor;
	private int shortRuns;

	/** @return whether a processor's last runs, with none of others between them, were all short */
	synchronized boolean promisesShort(int index) {
		return index == processor && shortRuns >= ENOUGH;
	}

	/** A processor has run. */
	synchronized void add(int index, long nanoseconds) {
		shortRuns = nanoseconds > SHORT ? 0 : index == processor ? shortRuns + 1 : 1;
		processor = index;
	}
}
