package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Reads and writes the memory of other processes, exactly what is named. Of one thread. */
public final class ProcessMemory {
	private static final int PAGE_SIZE = 4096;
	private static final long CHUNK = 1 << 30;

	private final Kernel kernel;
	private final MemorySegment vectors;
	private final MemorySegment text;

	/** @param kernel of the thread @param arena of the thread */
	public ProcessMemory(Kernel kernel, Arena arena) {
		this.kernel = kernel;
		vectors = arena.allocate(32, 8);
		text = arena.allocate(PAGE_SIZE, 8);
	}

	/** Reads all of {@code to}. @param thread a thread of the process
	 * @return false if not every byte can be read */
	public boolean read(int thread, long address, MemorySegment to) {
		// The kernel takes less than 2 GiB at a time
		for (long done = 0; done < to.byteSize(); done += CHUNK) {
			MemorySegment chunk = to.asSlice(done, Math.min(CHUNK, to.byteSize() - done));
			if (transfer(SystemCall.PROCESS_VM_READV, thread, address + done, chunk) != chunk.byteSize()) {
				return false;
			}
		}
		return true;
	}

	/** Writes all of {@code from}. @return false if not every byte can be written; some may have been */
	public boolean write(int thread, long address, MemorySegment from) {
		return transfer(SystemCall.PROCESS_VM_WRITEV, thread, address, from) == from.byteSize();
	}

	private long transfer(int call, int thread, long address, MemorySegment local) {
		vectors.set(JAVA_LONG, 0, local.address());
		vectors.set(JAVA_LONG, 8, local.byteSize());
		vectors.set(JAVA_LONG, 16, address);
		vectors.set(JAVA_LONG, 24, local.byteSize());
		return kernel.call(call, thread, vectors.address(), 1, vectors.address() + 16, 1, 0);
	}

	/** Reads a string that ends with a zero byte. @param limit bytes to look at, at most 4096
	 * @return the string, null if it cannot be read or is longer */
	public String readText(int thread, long address, int limit) {
		// A page at a time: the next one need not be there
		int done = 0;
		while (done < limit) {
			int chunk = (int) Math.min(limit - done, PAGE_SIZE - (address + done & PAGE_SIZE - 1));
			if (!read(thread, address + done, text.asSlice(done, chunk))) {
				return null;
			}
			for (int i = done; i < done + chunk; i++) {
				if (text.get(JAVA_BYTE, i) == 0) {
					return StandardCharsets.UTF_8.decode(text.asSlice(0, i).asByteBuffer()).toString();
				}
			}
			done += chunk;
		}
		return null;
	}
}
