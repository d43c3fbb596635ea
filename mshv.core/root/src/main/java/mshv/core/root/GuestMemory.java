package mshv.core.root;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import mshv.api.Errno;
import mshv.api.HostAccessChange;
import mshv.api.HypervisorException;
import mshv.api.MemoryRegion;
import mshv.api.abi.CallCode;
import mshv.api.abi.MapFlag;
import mshv.api.driver.RepException;

/**
 * The regions of a partition. Calls that change them are made one at a time, under a lock of their own: a processor that faults waits for
 * nothing else.
 */
final class GuestMemory {
	private static final int PAGE_SHIFT = 12;
	/** Flags of the calls that change the host's access to its pages. */
	private static final int MAKE_EXCLUSIVE = 1, MAKE_SHARED = 2, SPA_LARGE_PAGE = 4;
	/** What the host may do with a page that it acquires. */
	private static final int HOST_READABLE = 1, HOST_WRITABLE = 2;
	/** Access types of intercept messages. */
	private static final int ACCESS_READ = 0, ACCESS_WRITE = 1, ACCESS_EXECUTE = 2;
	/** Pages that one fault brings in at most, counted from the start of the region: 2 MiB. */
	private static final int FAULT_PAGES = 512;
	/** Guest page numbers have 52 bits. */
	private static final long PAGE_LIMIT = 1L << 52;

	private final Hypercalls calls;
	private final long partition;
	private final boolean largePages;
	/** By guest page number. */
	private final TreeMap<Long, MemoryRegion> regions = new TreeMap<>();
	private volatile List<MemoryRegion> snapshot = List.of();
	private volatile boolean movable;

	GuestMemory(Hypercalls calls, long partition, boolean largePages) {
		this.calls = calls;
		this.partition = partition;
		this.largePages = largePages;
	}

	List<MemoryRegion> regions() {
		return snapshot;
	}

	/** Maps all of a region or nothing of it. */
	synchronized void map(MemoryRegion region) {
		check(region);
		requireOneKind(region);
		if (overlaps(region)) {
			throw new HypervisorException(describe(region) + " overlaps another", Errno.EEXIST);
		}
		Deque<PageRun> done = new ArrayDeque<>();
		for (PageRun run : runs(region)) {
			try {
				calls.mapPages(partition, run, region.backing() == MemoryRegion.Backing.MOVABLE ? MapFlag.NO_ACCESS : flags(region));
				done.push(run);
			} catch (RepException e) {
				if (e.completed() > 0) {
					done.push(run.first(e.completed()));
				}
				HypervisorException refusal = new HypervisorException("mapping " + describe(region), e.status());
				unmap(done, refusal);
				throw refusal;
			}
		}
		regions.put(firstPage(region), region);
		publish();
	}

	/** Unmaps a region as a whole. If the hypervisor refuses, it counts as mapped: the guest may still reach the memory. */
	synchronized void unmap(MemoryRegion region) {
		check(region);
		Map.Entry<Long, MemoryRegion> found = regions.floorEntry(firstPage(region));
		if (found == null || firstPage(region) >= found.getKey() + pages(found.getValue())) {
			throw new HypervisorException(describe(region) + " is not mapped", Errno.ENOENT);
		}
		MemoryRegion mapped = found.getValue();
		if (mapped.guestAddress() != region.guestAddress() || mapped.memory().address() != region.memory().address()
				|| mapped.size() != region.size()) {
			throw new HypervisorException(describe(region) + " is not the mapped " + describe(mapped), Errno.EINVAL);
		}
		runs(mapped).forEach(run -> calls.unmapPages(partition, run));
		regions.remove(found.getKey());
		publish();
	}

	/** Changes the host's access to pages of mapped regions; checks all of them first. */
	synchronized void modifyHostAccess(HostAccessChange change) {
		if (change.guestPages().isEmpty()) {
			throw new HypervisorException("no pages", Errno.EINVAL);
		}
		int unit = change.largePages() ? PageRun.LARGE : 1;
		long[] hostPages = change.guestPages().stream().mapToLong(page -> hostPage(page, unit)).toArray();
		if (change.acquire()) {
			int access = (change.readable() ? HOST_READABLE : 0) | (change.writable() ? HOST_WRITABLE : 0);
			calls.modifyHostAccess(CallCode.ACQUIRE_SPARSE_SPA_PAGE_HOST_ACCESS, access,
				MAKE_SHARED | (change.largePages() ? SPA_LARGE_PAGE : 0), 0, hostPages);
		} else {
			calls.modifyHostAccess(CallCode.RELEASE_SPARSE_SPA_PAGE_HOST_ACCESS, 0,
				MAKE_EXCLUSIVE | (change.largePages() ? SPA_LARGE_PAGE : 0), partition, hostPages);
		}
	}

	private long hostPage(long page, int count) {
		Map.Entry<Long, MemoryRegion> found = regions.floorEntry(page);
		if (page % count != 0 || found == null || page + count > found.getKey() + pages(found.getValue())) {
			throw new HypervisorException("page 0x" + Long.toHexString(page) + " is in no region", Errno.EINVAL);
		}
		return (found.getValue().memory().address() >>> PAGE_SHIFT) + page - found.getKey();
	}

	/** Unmaps what is left, for a partition that ends: its memory is the hypervisor's no longer, whatever this call says. */
	synchronized void unmapAll() {
		for (MemoryRegion region : regions.values()) {
			Deque<PageRun> runs = new ArrayDeque<>(runs(region));
			unmap(runs, new HypervisorException("unmapping " + describe(region), Errno.EIO));
		}
		regions.clear();
		publish();
	}

	private void unmap(Deque<PageRun> runs, HypervisorException reason) {
		for (PageRun run : runs) {
			try {
				calls.unmapPages(partition, run);
			} catch (HypervisorException e) {
				reason.addSuppressed(e);
			}
		}
	}

	private void publish() {
		snapshot = List.copyOf(regions.values());
		movable = snapshot.stream().anyMatch(region -> region.backing() == MemoryRegion.Backing.MOVABLE);
	}

	/** @return whether a region may fault */
	boolean hasMovable() {
		return movable;
	}

	/** Brings in a page that a processor has touched, with its neighbours.
	 * @param access 0 read, 1 write, 2 execute
	 * @return false if the access is not one that a region may fault on: the user is to hear of it */
	synchronized boolean fault(long guestAddress, int access) {
		long page = guestAddress >>> PAGE_SHIFT;
		Map.Entry<Long, MemoryRegion> found = regions.floorEntry(page);
		if (found == null || page >= found.getKey() + pages(found.getValue())) {
			return false;
		}
		MemoryRegion region = found.getValue();
		boolean allowed = switch (access) {
			case ACCESS_READ -> true;
			case ACCESS_WRITE -> region.access().contains(MemoryRegion.Access.WRITABLE);
			case ACCESS_EXECUTE -> region.access().contains(MemoryRegion.Access.EXECUTABLE);
			default -> false;
		};
		if (region.backing() != MemoryRegion.Backing.MOVABLE || !allowed) {
			return false;
		}
		long first = (page - found.getKey()) / FAULT_PAGES * FAULT_PAGES;
		int count = (int) Math.min(FAULT_PAGES, pages(region) - first);
		long host = (region.memory().address() >>> PAGE_SHIFT) + first;
		try {
			PageRun.split(found.getKey() + first, host, count, largePages).forEach(run -> calls.mapPages(partition, run, flags(region)));
			return true;
		} catch (RepException e) {
			// What did come in is in; the user hears of the access
			return false;
		}
	}

	/** Memory is either ordinary or a device's: one test of ranges for each region, however many pages it has. */
	private void requireOneKind(MemoryRegion region) {
		boolean device = region.backing() == MemoryRegion.Backing.DEVICE;
		long start = region.memory().address();
		for (MemoryRegion other : regions.values()) {
			long otherStart = other.memory().address();
			if (device != (other.backing() == MemoryRegion.Backing.DEVICE) && start < otherStart + other.size()
					&& otherStart < start + region.size()) {
				throw new HypervisorException(describe(region) + " is a device's memory and the guest's as well", Errno.EINVAL);
			}
		}
	}

	private static void check(MemoryRegion region) {
		if (region.size() == 0) {
			throw new HypervisorException("a region of no size", Errno.EINVAL);
		}
		if (!region.memory().isNative()) {
			throw new HypervisorException("memory on the heap", Errno.EINVAL);
		}
		int offset = MemoryRegion.PAGE_SIZE - 1;
		if (((region.size() | region.memory().address() | region.guestAddress()) & offset) != 0) {
			throw new HypervisorException(describe(region) + " is not made of whole pages", Errno.EINVAL);
		}
		long pages = region.size() >>> PAGE_SHIFT;
		if (pages > Integer.MAX_VALUE || firstPage(region) + pages > PAGE_LIMIT) {
			throw new HypervisorException(describe(region) + " is too large", Errno.EINVAL);
		}
		if (region.memory().isReadOnly() && region.access().contains(MemoryRegion.Access.WRITABLE)) {
			throw new HypervisorException("a guest that writes read-only memory", Errno.EINVAL);
		}
	}

	/** The last region that starts before the end of this one is the only one that can reach into it, as regions are disjoint. */
	private boolean overlaps(MemoryRegion region) {
		Map.Entry<Long, MemoryRegion> before = regions.lowerEntry(firstPage(region) + pages(region));
		return before != null && before.getKey() + pages(before.getValue()) > firstPage(region);
	}

	private List<PageRun> runs(MemoryRegion region) {
		boolean large = largePages && region.backing() != MemoryRegion.Backing.DEVICE;
		return PageRun.split(firstPage(region), region.memory().address() >>> PAGE_SHIFT, pages(region), large);
	}

	private static int flags(MemoryRegion region) {
		if (region.backing() == MemoryRegion.Backing.DEVICE) {
			return MapFlag.READABLE | MapFlag.WRITABLE | MapFlag.NOT_CACHED;
		}
		int flags = MapFlag.READABLE | MapFlag.ADJUSTABLE;
		for (MemoryRegion.Access access : region.access()) {
			flags |= switch (access) {
				case WRITABLE -> MapFlag.WRITABLE;
				case EXECUTABLE -> MapFlag.KERNEL_EXECUTABLE | MapFlag.USER_EXECUTABLE;
			};
		}
		return flags;
	}

	private static long firstPage(MemoryRegion region) {
		return region.guestAddress() >>> PAGE_SHIFT;
	}

	private static int pages(MemoryRegion region) {
		return (int) (region.size() >>> PAGE_SHIFT);
	}

	private static String describe(MemoryRegion region) {
		return "region 0x" + Long.toHexString(region.guestAddress()) + " of 0x" + Long.toHexString(region.size()) + " bytes";
	}
}
