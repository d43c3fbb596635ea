package mshv.api;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Set;

/**
 * Host memory that a guest sees at some guest-physical address.
 *
 * @param guestAddress guest-physical address in bytes, a multiple of 4096
 * @param memory native memory, its address and size multiples of 4096
 * @param access what the guest may do besides reading; of device memory it is writing, whatever is given
 * @param backing how the memory stands behind it
 */
public record MemoryRegion(long guestAddress, MemorySegment memory, Set<Access> access, Backing backing) {
	/** Rights beyond reading, by their bit in {@code mshv_user_mem_region.flags}. */
	public enum Access {
		/** The guest may write. */
		WRITABLE,
		/** The guest may fetch instructions. */
		EXECUTABLE
	}

	/** How host memory stands behind a region. */
	public enum Backing {
		/** All pages are there from the beginning on. */
		PINNED,
		/** Pages come in when the guest touches them first, up to 512 at a time. */
		MOVABLE,
		/** Memory of a device: not cached, always writable, never executable. */
		DEVICE
	}

	/** Size of a page in bytes. */
	public static final int PAGE_SIZE = 4096;

	/** Copies the rights. */
	public MemoryRegion {
		Objects.requireNonNull(memory, "memory");
		Objects.requireNonNull(backing, "backing");
		access = Set.copyOf(access);
	}

	/** Memory whose pages are all there from the beginning on. */
	public MemoryRegion(long guestAddress, MemorySegment memory, Set<Access> access) {
		this(guestAddress, memory, access, Backing.PINNED);
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
