package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;

/** Tells when descriptions of watched files are closed (inotify). */
public final class Watch {
	private static final int O_CLOEXEC = 0x80000;
	/** IN_CLOSE_WRITE, IN_CLOSE_NOWRITE. */
	private static final int IN_CLOSE = 0x18;
	private static final int IN_IGNORED = 0x8000;
	private static final int IN_Q_OVERFLOW = 0x4000;
	private static final int BUFFER_SIZE = 4096;
	private static final int EVENT_SIZE = 16;
	/** What {@link #run} tells if events were lost: any file may have been closed. */
	public static final int ANY = -1;

	private final int inotify;

	/** Starts with no files. */
	public Watch(Kernel kernel) {
		inotify = (int) kernel.require("inotify_init1", SystemCall.INOTIFY_INIT1, O_CLOEXEC, 0, 0);
	}

	/** Watches the file of a descriptor. @return number of the watch */
	public int add(Kernel kernel, int descriptor) {
		try (Arena arena = Arena.ofConfined()) {
			return (int) kernel.require("inotify_add_watch", SystemCall.INOTIFY_ADD_WATCH, inotify,
				arena.allocateFrom("/proc/self/fd/" + descriptor).address(), IN_CLOSE);
		}
	}

	/** Watches a file no more. */
	public void remove(Kernel kernel, int watch) {
		kernel.call(SystemCall.INOTIFY_RM_WATCH, inotify, watch, 0);
	}

	/** Tells of closed descriptions until {@code stop} is signalled. @param closed gets the number of the watch, or {@link #ANY} */
	public void run(Kernel kernel, int stop, IntConsumer closed) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment buffer = arena.allocate(BUFFER_SIZE, 8);
			while (Files.awaitReadable(kernel, inotify, stop)) {
				long size = kernel.call(SystemCall.READ, inotify, buffer.address(), BUFFER_SIZE);
				for (long at = 0; at + EVENT_SIZE <= size; at += EVENT_SIZE + buffer.get(JAVA_INT, at + 12)) {
					int mask = buffer.get(JAVA_INT, at + 4);
					if ((mask & IN_Q_OVERFLOW) != 0) {
						closed.accept(ANY);
					} else if ((mask & IN_IGNORED) == 0) {
						closed.accept(buffer.get(JAVA_INT, at));
					}
				}
			}
		}
	}

	/** Ends all watches. */
	public void close(Kernel kernel) {
		kernel.close(inotify);
	}
}
