package mshv.vmm.loader;

import java.util.List;

/**
 * Guest memory that holds what the loader writes.
 *
 * @param start guest-physical address
 * @param end address after the last byte
 * @param use what it holds
 */
record Reserved(long start, long end, String use) {
	/** The ACPI tables. */
	static final Reserved TABLES = new Reserved(0xE0000, 0x100000, "the ACPI tables");

	/** Refuses an image that would overwrite one of the ranges. */
	static void check(String file, List<Reserved> ranges, long start, long size) throws LoadException {
		for (Reserved range : ranges) {
			if (start < range.end && range.start < start + size) {
				throw LoadException.image("%s: loads to 0x%x to 0x%x, where %s are (0x%x to 0x%x)", file, start, start + size, range.use,
					range.start, range.end);
			}
		}
	}
}
