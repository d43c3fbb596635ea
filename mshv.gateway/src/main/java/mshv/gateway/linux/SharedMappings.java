package mshv.gateway.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Files of other processes that are mapped here, each once and as a whole: the same memory has the same address, however often and wherever
 * a guest has it. To a hypervisor addresses are what pages are known by.
 */
public final class SharedMappings {
	private static final long PAGE_SIZE = 4096;

	/** A file's mapping. @param size bytes from the file's beginning on */
	private static final class Mapped {
		private final long address;
		private final long size;
		private int users;

		Mapped(long address, long size) {
			this.address = address;
			this.size = size;
		}
	}

	private final Map<FileId, Mapped> byFile = new HashMap<>();

	/** Maps nothing yet. */
	public SharedMappings() {}

	/** Maps a part of a file.
	 * @param file which one @param descriptor of it @param length of the file in bytes
	 * @param arena gives the memory up */
	@SuppressWarnings("restricted")
	public MemorySegment map(Kernel kernel, FileId file, int descriptor, long length, long offset, long size, Arena arena) {
		long needed = Math.max(length, offset + size) + PAGE_SIZE - 1 & -PAGE_SIZE;
		Mapped mapped;
		synchronized (this) {
			mapped = byFile.get(file);
			if (mapped == null || mapped.size < needed) {
				// One that was too short stays as long as somebody uses it
				mapped = new Mapped(Files.mapAnywhere(kernel, descriptor, 0, needed), needed);
				byFile.put(file, mapped);
			}
			mapped.users++;
		}
		Mapped used = mapped;
		return MemorySegment.ofAddress(used.address + offset).reinterpret(size, arena, _ -> release(file, used));
	}

	private void release(FileId file, Mapped mapped) {
		synchronized (this) {
			if (--mapped.users > 0) {
				return;
			}
			byFile.remove(file, mapped);
		}
		try (Arena own = Arena.ofConfined()) {
			new Kernel(own).call(SystemCall.MUNMAP, mapped.address, mapped.size, 0);
		}
	}
}
