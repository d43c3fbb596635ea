package mshv.core.common;

/**
 * How much memory a hypervisor may be given for its own objects.
 *
 * @param partitionPages most pages for one partition, {@link #NONE} for no limit
 * @param totalPages most pages for all partitions and the hypervisor itself, {@link #NONE} for no limit
 */
record MemoryLimits(long partitionPages, long totalPages) {
	/** No limit. */
	static final long NONE = Long.MAX_VALUE;

	/** Limits that are none. */
	static final MemoryLimits UNLIMITED = new MemoryLimits(NONE, NONE);

	private static final int PAGES_SHIFT = 8;

	static MemoryLimits of(HypercallClientsConfig config) {
		return new MemoryLimits(pages(config.partition_memory()), pages(config.total_memory()));
	}

	/** @param mebibytes 0 for no limit */
	private static long pages(int mebibytes) {
		return mebibytes <= 0 ? NONE : (long) mebibytes << PAGES_SHIFT;
	}
}
