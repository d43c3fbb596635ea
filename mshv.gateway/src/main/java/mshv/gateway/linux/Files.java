package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Files in memory, descriptors taken from other processes, and mappings. */
public final class Files {
	private static final int MFD_CLOEXEC = 1;
	private static final int MFD_ALLOW_SEALING = 2;
	private static final int F_ADD_SEALS = 1033;
	/** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW. */
	private static final int SEALS = 7;
	private static final int AT_FDCWD = -100;
	private static final int O_RDWR = 2;
	private static final int O_CLOEXEC = 0x80000;
	private static final int PROT_NONE = 0;
	private static final int PROT_READ = 1;
	private static final int PROT_WRITE = 2;
	private static final int MAP_SHARED = 1;
	private static final int MAP_PRIVATE = 2;
	private static final int MAP_FIXED = 0x10;
	private static final int MAP_ANONYMOUS = 0x20;
	private static final int MAP_NORESERVE = 0x4000;
	private static final int F_SETLEASE = 1024;
	private static final int F_WRLCK = 1;
	private static final int F_UNLCK = 2;
	private static final int F_DUPFD_CLOEXEC = 1030;
	private static final String EVENTFD_ID = "eventfd-id:";

	private Files() {}

	/** Creates a file in memory. Its size stays, whoever has it: what is mapped here is there. @param size bytes @return its descriptor */
	public static int create(Kernel kernel, String name, long size) {
		try (Arena arena = Arena.ofConfined()) {
			int unopened = (int) kernel.require("memfd_create", SystemCall.MEMFD_CREATE, arena.allocateFrom(name).address(),
				MFD_CLOEXEC | MFD_ALLOW_SEALING, 0);
			try {
				kernel.require("ftruncate", SystemCall.FTRUNCATE, unopened, size, 0);
				kernel.require("sealing", SystemCall.FCNTL, unopened, F_ADD_SEALS, SEALS);
				// The first description does not count as a writer, see lastReference
				return reopen(kernel, unopened, 0);
			} finally {
				kernel.close(unopened);
			}
		}
	}

	/** Opens a file once more: a description of its own, which ends with the last reference to it.
	 * @param flags open flags besides read and write */
	public static int reopen(Kernel kernel, int descriptor, int flags) {
		return open(kernel, "/proc/self/fd/" + descriptor, O_RDWR | O_CLOEXEC | flags);
	}

	/** @return descriptor @throws LinuxException if it cannot be opened */
	public static int open(Kernel kernel, String path, int flags) {
		try (Arena arena = Arena.ofConfined()) {
			return (int) kernel.require("opening " + path, SystemCall.OPENAT, AT_FDCWD, arena.allocateFrom(path).address(), flags);
		}
	}

	/** @return true if no description of the file is left but this one, which is open for writing. A lease is granted only then. */
	public static boolean lastReference(Kernel kernel, int descriptor) {
		if (kernel.call(SystemCall.FCNTL, descriptor, F_SETLEASE, F_WRLCK) < 0) {
			return false;
		}
		kernel.call(SystemCall.FCNTL, descriptor, F_SETLEASE, F_UNLCK);
		return true;
	}

	/** Takes a descriptor of another process. @param process its id, not that of one of its threads
	 * @return the same file description here, or -errno */
	public static long take(Kernel kernel, int process, int descriptor) {
		long pidfd = kernel.call(SystemCall.PIDFD_OPEN, process, 0, 0);
		if (pidfd < 0) {
			return pidfd;
		}
		long taken = kernel.call(SystemCall.PIDFD_GETFD, pidfd, descriptor, 0);
		kernel.close((int) pidfd);
		return taken;
	}

	/** Reserves address space. @return its address */
	public static long reserve(Kernel kernel, long size) {
		return kernel.require("reserving " + size + " bytes", SystemCall.MMAP, 0, size, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	}

	/** Maps a file over reserved address space. */
	public static void map(Kernel kernel, long address, long size, int descriptor, long offset, boolean writable) {
		kernel.require("mapping " + size + " bytes", SystemCall.MMAP, address, size, writable ? PROT_READ | PROT_WRITE : PROT_READ,
			MAP_SHARED | MAP_FIXED, descriptor, offset);
	}

	/** Maps a file. @return the memory, unmapped by the arena's end */
	public static MemorySegment map(Kernel kernel, int descriptor, long size, Arena arena) {
		return map(kernel, descriptor, 0, size, arena);
	}

	/** Maps a part of a file. @param offset a multiple of a page @return the memory, unmapped by the arena's end */
	public static MemorySegment map(Kernel kernel, int descriptor, long offset, long size, Arena arena) {
		return mapped(mapAnywhere(kernel, descriptor, offset, size), size, arena);
	}

	/** Maps a part of a file. @return address */
	static long mapAnywhere(Kernel kernel, int descriptor, long offset, long size) {
		return kernel.require("mapping " + size + " bytes", SystemCall.MMAP, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset);
	}

	/** @return memory that is mapped already, unmapped by the arena's end */
	@SuppressWarnings("restricted")
	public static MemorySegment mapped(long address, long size, Arena arena) {
		return MemorySegment.ofAddress(address).reinterpret(size, arena, memory -> {
			try (Arena own = Arena.ofConfined()) {
				new Kernel(own).call(SystemCall.MUNMAP, memory.address(), size, 0);
			}
		});
	}

	/** @return which eventfd a descriptor of this process is, negative if it is none */
	public static long eventfd(int descriptor) {
		try {
			for (String line : java.nio.file.Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor))) {
				if (line.startsWith(EVENTFD_ID)) {
					return Long.parseLong(line.substring(EVENTFD_ID.length()).trim());
				}
			}
		} catch (IOException e) {
			throw new UncheckedIOException(e);
		}
		return -1;
	}

	/** @return another descriptor of the same file description */
	public static int duplicate(Kernel kernel, int descriptor) {
		return (int) kernel.require("dup", SystemCall.FCNTL, descriptor, F_DUPFD_CLOEXEC, 0);
	}

	/** @return an eventfd with count 0 */
	public static int createEvent(Kernel kernel) {
		return (int) kernel.require("eventfd", SystemCall.EVENTFD2, 0, O_CLOEXEC, 0);
	}

	/** Adds 1 to an eventfd. */
	public static void signal(Kernel kernel, int event) {
		try (Arena arena = Arena.ofConfined()) {
			kernel.call(SystemCall.WRITE, event, arena.allocateFrom(JAVA_LONG, 1).address(), 8);
		}
	}

	/** Waits until one of two descriptors can be read. @return true if the first can */
	public static boolean awaitReadable(Kernel kernel, int first, int second) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment poll = arena.allocate(16, 8);
			do {
				poll.set(JAVA_INT, 0, first);
				poll.set(JAVA_INT, 4, 1);
				poll.set(JAVA_INT, 8, second);
				poll.set(JAVA_INT, 12, 1);
			} while (kernel.call(SystemCall.POLL, poll.address(), 2, -1) < 0);
			return poll.get(JAVA_INT, 12) >>> 16 == 0;
		}
	}

	/** Waits for an eventfd. @return true if it is signalled, false if the time is over */
	public static boolean awaitSignal(Kernel kernel, int event, int milliseconds) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment poll = arena.allocate(8, 8);
			poll.set(JAVA_INT, 0, event);
			poll.set(JAVA_INT, 4, 1);
			return kernel.call(SystemCall.POLL, poll.address(), 1, milliseconds) > 0;
		}
	}
}
