package mshv.gateway;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import mshv.gateway.linux.Files;
import mshv.gateway.linux.Kernel;

/**
 * The address space of a program that is not there: a file in memory in which offsets are the program's addresses, so that memory that
 * the program had given to its guest at several places is the same here as well. Only what is touched takes memory.
 */
final class ReplayMemory {
	/** User addresses end here. */
	private static final long SIZE = 1L << 47;

	private final int file;

	ReplayMemory(Kernel kernel) {
		file = Files.create(kernel, "mshv-replay", SIZE);
	}

	/** @return the program's memory, unmapped by the arena's end; null if no program can have memory there */
	MemorySegment map(Kernel kernel, long address, long size, Arena arena) {
		return address < 0 || size > SIZE - address ? null : Files.map(kernel, file, address, size, arena);
	}

	/** Writes what the program had written. */
	void write(Kernel kernel, long address, byte[] bytes) {
		long first = address & -4096;
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment memory = map(kernel, first, address - first + bytes.length, arena);
			if (memory == null) {
				throw new IllegalArgumentException("guest memory at 0x" + Long.toHexString(address) + ", where a program can have none");
			}
			memory.asSlice(address - first).copyFrom(MemorySegment.ofArray(bytes));
		}
	}

	void close(Kernel kernel) {
		kernel.close(file);
	}
}
