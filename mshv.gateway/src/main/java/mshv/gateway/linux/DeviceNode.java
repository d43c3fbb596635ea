package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The device's path as calls see it that do not open it: a character device that everybody may read and write. One thread's own.
 */
public final class DeviceNode {
	private static final String PATH = "/dev/mshv";
	/** S_IFCHR, and read and write for all. */
	private static final int MODE = 0020666;
	/** The number of miscellaneous devices, and the first that they are given as they come. */
	private static final int MAJOR = 10;
	private static final int MINOR = 256;
	/** makedev(3): the minor number's upper bits are above the major number. */
	private static final long NUMBER = (MINOR & 0xFFL) | MAJOR << 8 | (MINOR & ~0xFFL) << 12;
	private static final int INODE = 1;
	private static final int BLOCK_SIZE = 4096;
	private static final int X_OK = 1;

	private static final int STAT_SIZE = 144;
	private static final int STATX_SIZE = 256;
	/** STATX_BASIC_STATS. */
	private static final int BASIC = 0x7FF;

	private final ProcessMemory memory;
	private final Listener listener;
	private final MemorySegment structure;

	/** @param memory of the thread @param listener of the thread @param arena of the thread */
	public DeviceNode(ProcessMemory memory, Listener listener, Arena arena) {
		this.memory = memory;
		this.listener = listener;
		structure = arena.allocate(STATX_SIZE, 8);
	}

	/** @param path address of a path in the caller's memory @return whether it is the device's */
	public boolean isAt(long path) {
		return PATH.equals(memory.readText(listener.thread(), path, PATH.length() + 1));
	}

	/** @return whether the call that the listener has taken asks about the device's path, without opening it */
	public boolean isAsked() {
		return switch (listener.number()) {
			case SystemCall.STAT, SystemCall.LSTAT, SystemCall.ACCESS -> isAt(listener.argument(0));
			case SystemCall.NEWFSTATAT, SystemCall.STATX, SystemCall.FACCESSAT, SystemCall.FACCESSAT2 -> isAt(listener.argument(1));
			default -> false;
		};
	}

	/** @return the result of the call that {@link #isAsked}, or -errno */
	public long answer() {
		return switch (listener.number()) {
			case SystemCall.STAT, SystemCall.LSTAT -> tell(listener.argument(1), status());
			case SystemCall.NEWFSTATAT -> tell(listener.argument(2), status());
			case SystemCall.STATX -> tell(listener.argument(4), extendedStatus());
			case SystemCall.ACCESS -> access((int) listener.argument(1));
			default -> access((int) listener.argument(2));
		};
	}

	private static long access(int mode) {
		return (mode & X_OK) != 0 ? -LinuxException.EACCES : 0;
	}

	private long tell(long to, MemorySegment what) {
		return memory.write(listener.thread(), to, what) ? 0 : -LinuxException.EFAULT;
	}

	/** struct stat. */
	private MemorySegment status() {
		structure.fill((byte) 0);
		structure.set(JAVA_LONG, 8, INODE);
		structure.set(JAVA_LONG, 16, 1);
		structure.set(JAVA_INT, 24, MODE);
		structure.set(JAVA_LONG, 40, NUMBER);
		structure.set(JAVA_LONG, 56, BLOCK_SIZE);
		return structure.asSlice(0, STAT_SIZE);
	}

	/** struct statx. */
	private MemorySegment extendedStatus() {
		structure.fill((byte) 0);
		structure.set(JAVA_INT, 0, BASIC);
		structure.set(JAVA_INT, 4, BLOCK_SIZE);
		structure.set(JAVA_INT, 16, 1);
		structure.set(JAVA_SHORT, 28, (short) MODE);
		structure.set(JAVA_LONG, 32, INODE);
		structure.set(JAVA_INT, 128, MAJOR);
		structure.set(JAVA_INT, 132, MINOR);
		return structure;
	}
}
