package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Tells which file a descriptor of another process is. Of one thread. */
public final class DescriptorTable {
	/** Size of struct stat in bytes. */
	private static final int STAT_SIZE = 144;
	private static final int AT_FDCWD = -100;
	private static final byte[] PREFIX = "/proc/".getBytes(StandardCharsets.US_ASCII);
	private static final byte[] MIDDLE = "/fd/".getBytes(StandardCharsets.US_ASCII);

	private final Kernel kernel;
	private final MemorySegment path;
	private final MemorySegment stat;

	/** @param kernel of the thread @param arena of the thread */
	public DescriptorTable(Kernel kernel, Arena arena) {
		this.kernel = kernel;
		path = arena.allocate(64);
		stat = arena.allocate(STAT_SIZE, 8);
	}

	/** @param thread a thread of the process
	 * @return the file, null if the descriptor is not open */
	public FileId file(int thread, int descriptor) {
		return find(thread, descriptor) ? id() : null;
	}

	/** Looks at the file of a descriptor; {@link #device} and {@link #inode} say what it is.
	 * @return false if the descriptor is not open */
	public boolean find(int thread, int descriptor) {
		int at = put(PREFIX, 0);
		at = put(thread, at);
		at = put(MIDDLE, at);
		at = put(descriptor, at);
		path.set(JAVA_BYTE, at, (byte) 0);
		return kernel.call(SystemCall.NEWFSTATAT, AT_FDCWD, path.address(), stat.address(), 0) == 0;
	}

	/** @return the file of one of this process's own descriptors */
	public FileId file(int descriptor) {
		// AT_EMPTY_PATH: the descriptor itself
		path.set(JAVA_BYTE, 0, (byte) 0);
		long result = kernel.call(SystemCall.NEWFSTATAT, descriptor, path.address(), stat.address(), 0x1000);
		if (result < 0) {
			throw new LinuxException("fstat", (int) -result);
		}
		return id();
	}

	/** @return st_dev of the file found last */
	public long device() {
		return stat.get(JAVA_LONG, 0);
	}

	/** @return st_ino of the file found last */
	public long inode() {
		return stat.get(JAVA_LONG, 8);
	}

	/** @return st_size of the file found last */
	public long size() {
		return stat.get(JAVA_LONG, 48);
	}

	private FileId id() {
		return new FileId(device(), inode());
	}

	private int put(byte[] text, int at) {
		MemorySegment.copy(text, 0, path, JAVA_BYTE, at, text.length);
		return at + text.length;
	}

	/** Decimal, without the strings that the usual way makes: this is on the way of every call. */
	private int put(int number, int at) {
		int digits = 1;
		for (int rest = number; rest >= 10; rest /= 10) {
			digits++;
		}
		int rest = number;
		for (int i = digits - 1; i >= 0; i--) {
			path.set(JAVA_BYTE, at + i, (byte) ('0' + rest % 10));
			rest /= 10;
		}
		return at + digits;
	}
}
