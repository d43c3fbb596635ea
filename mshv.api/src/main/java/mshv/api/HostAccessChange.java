package mshv.api;

import java.util.List;

/**
 * Gives the host access to guest pages, or takes it away (MSHV_MODIFY_GPA_HOST_ACCESS).
 *
 * @param acquire the host gets access, else the pages become the guest's alone
 * @param readable of an acquisition: the host may read
 * @param writable of an acquisition: the host may write
 * @param largePages the numbers name the first pages of 2 MiB units
 * @param guestPages guest page numbers, all within mapped regions, at least one
 */
public record HostAccessChange(boolean acquire, boolean readable, boolean writable, boolean largePages, List<Long> guestPages) {
	/** Copies the numbers. */
	public HostAccessChange {
		guestPages = List.copyOf(guestPages);
	}

	/** @return the host may read and write the pages of 4 KiB again */
	public static HostAccessChange acquire(List<Long> guestPages) {
		return new HostAccessChange(true, true, true, false, guestPages);
	}

	/** @return the pages of 4 KiB become the guest's alone */
	public static HostAccessChange release(List<Long> guestPages) {
		return new HostAccessChange(false, false, false, false, guestPages);
	}
}
