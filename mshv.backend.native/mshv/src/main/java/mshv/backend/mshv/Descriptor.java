package mshv.backend.mshv;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;

/** An open descriptor of the driver. Its number is not used by anybody once it is closed: somebody else may have it then. */
final class Descriptor implements AutoCloseable {
	private final Kernel kernel;
	private final int number;
	/** Read: a call is under way. */
	private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
	private volatile boolean closed;
	private boolean released;

	Descriptor(Kernel kernel, int number) {
		this.kernel = kernel;
		this.number = number;
	}

	Kernel kernel() {
		return kernel;
	}

	/** @throws HypervisorException (INVALID_PARTITION_ID) once it is closed */
	void requireOpen() {
		if (closed) {
			throw new HypervisorException("the partition is closed", HvStatus.INVALID_PARTITION_ID);
		}
	}

	/** @param state error state of the caller's
	 * @return the result, or an error number, negated */
	int ioctl(int command, long argument, MemorySegment state) {
		requireOpen();
		lock.readLock().lock();
		try {
			requireOpen();
			return kernel.ioctl(number, command, argument, state);
		} finally {
			lock.readLock().unlock();
		}
	}

	/** @param what for the message of a refusal
	 * @param argument a number or an address
	 * @return the result
	 * @throws HypervisorException if it is an error */
	int require(String what, int command, long argument) {
		try (Arena arena = Arena.ofConfined()) {
			return require(what, ioctl(command, argument, Kernel.errorState(arena)));
		}
	}

	/** As {@link #require(String, int, long)}, with a structure. @param size of the structure in bytes @param encoder writes it */
	int require(String what, int command, int size, Consumer<MemorySegment> encoder) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment argument = arena.allocate(size, 8);
			encoder.accept(argument);
			return require(what, ioctl(command, argument.address(), Kernel.errorState(arena)));
		}
	}

	/** @return the result @throws HypervisorException if it is an error */
	static int require(String what, int result) {
		if (result < 0) {
			throw refusal(what, -result);
		}
		return result;
	}

	/** @return an exception with the error number; one that the driver is not known to give counts as EIO */
	static HypervisorException refusal(String what, int errno) {
		for (Errno known : Errno.values()) {
			if (known.number() == errno) {
				return new HypervisorException(what, known);
			}
		}
		return new HypervisorException(what + ": errno " + errno, Errno.EIO);
	}

	/** Maps a page that the driver shares. @param arena unmaps it */
	@SuppressWarnings("restricted")
	MemorySegment map(String what, int index, int size, Arena arena) {
		lock.readLock().lock();
		try {
			requireOpen();
			long address = kernel.map(number, size, (long) index * size);
			if (address < 0) {
				throw refusal(what, (int) -address);
			}
			return MemorySegment.ofAddress(address).reinterpret(size, arena, page -> kernel.unmap(page.address(), size));
		} finally {
			lock.readLock().unlock();
		}
	}

	/** Lets no call begin, waits for those that are under way, and closes it. Once more: no effect. */
	@Override
	public void close() {
		closed = true;
		lock.writeLock().lock();
		try {
			if (!released) {
				released = true;
				kernel.close(number);
			}
		} finally {
			lock.writeLock().unlock();
		}
	}
}
