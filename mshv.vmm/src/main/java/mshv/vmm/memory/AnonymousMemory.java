package mshv.vmm.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed native memory that the host commits page by page: mmap(2) where it can be had, else an arena's own, which is committed at once.
 */
final class AnonymousMemory {
	private static final int PROT_READ_WRITE = 3;
	/** MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE of Linux on x86-64 and AArch64. */
	private static final int MAP_FLAGS = 0x02 | 0x20 | 0x4000;
	private static final int MADV_HUGEPAGE = 14;
	private static final long HUGE_PAGE = 2 << 20;
	private static final Calls CALLS = Calls.link();

	private AnonymousMemory() {}

	/** @param size bytes, a multiple of 4096
	 * @param arena frees it
	 * @return zeroed memory, aligned to a page at least
	 * @throws OutOfMemoryError if the host has no more */
	@SuppressWarnings("restricted")
	static MemorySegment allocate(long size, Arena arena) {
		if (CALLS == null) {
			return arena.allocate(size, 4096);
		}
		// Huge pages want their alignment; the rest is address space only
		long reserved = size + HUGE_PAGE;
		long address = CALLS.map(reserved);
		MemorySegment whole = MemorySegment.ofAddress(address)
			.reinterpret(reserved, arena, memory -> CALLS.unmap(memory.address(), reserved));
		long start = -address & HUGE_PAGE - 1;
		CALLS.advise(address + start, size);
		return whole.asSlice(start, size);
	}

	private record Calls(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {
		@SuppressWarnings("restricted")
		static Calls link() {
			if (!System.getProperty("os.name").equals("Linux")) {
				return null;
			}
			try {
				Linker linker = Linker.nativeLinker();
				return new Calls(
					linker.downcallHandle(linker.defaultLookup().findOrThrow("mmap"),
						FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG)),
					linker.downcallHandle(linker.defaultLookup().findOrThrow("munmap"),
						FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG)),
					linker.downcallHandle(linker.defaultLookup().findOrThrow("madvise"),
						FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT)));
			} catch (IllegalCallerException | UnsupportedOperationException e) {
				// Native access is denied to this bundle, or the platform has no linker: memory of the arena does as well
				return null;
			}
		}

		long map(long size) {
			long address;
			try {
				address = (long) mmap.invokeExact(MemorySegment.NULL, size, PROT_READ_WRITE, MAP_FLAGS, -1, 0L);
			} catch (Throwable e) {
				throw new AssertionError("mmap threw", e);
			}
			if (address == -1) {
				throw new OutOfMemoryError("the host refuses to map " + size + " bytes");
			}
			return address;
		}

		void unmap(long address, long size) {
			try {
				int _ = (int) munmap.invokeExact(address, size);
			} catch (Throwable e) {
				throw new AssertionError("munmap threw", e);
			}
		}

		void advise(long address, long size) {
			try {
				// Only advice: a host without huge pages refuses it
				int _ = (int) madvise.invokeExact(address, size, MADV_HUGEPAGE);
			} catch (Throwable e) {
				throw new AssertionError("madvise threw", e);
			}
		}
	}
}
