package mshv.api;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Set;

/**
 * Host memory that a guest sees at some guest-physical address.
 *
 * @param guestAddress guest-physical address in bytes, a multiple of 4096
 * @param memory native memory, its address and size multiples of 4096
 * @param access what the guest may do besides reading
 */
public record MemoryRegion(long guestAddress, MemorySegment memory, Set<Access> access) {
	/** Rights beyond reading, by their bit in {@code mshv_user_mem_region.flags}. */
	public enum Access {
		/** The guest may write. */
		WRITABLE,
		/** The guest may fetch instructions. */
		EXECUTABLE
	}

	/** Size of a page in bytes. */
	public static final int PAGE_SIZE = 4096;

	/** Copies the rights. */
	public MemoryRegion {
		Objects.requireNonNull(memory, "memory");
		access = Set.copyOf(access);
	}

	/** @return a region that the guest may read, write and execute */
	public static MemoryRegion ram(long guestAddress, MemorySegment memory) {
		return new MemoryRegion(guestAddress, memory, Set.of(Access.WRITABLE, Access.EXECUTABLE));
	}

	/** @return size in bytes */
	public long size() {
		return memory.byteSize();
	}
}
