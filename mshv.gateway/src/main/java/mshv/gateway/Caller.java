package mshv.gateway;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.gateway.fault.Fault;
import mshv.gateway.linux.DescriptorTable;
import mshv.gateway.linux.Kernel;
import mshv.gateway.linux.Listener;
import mshv.gateway.linux.ProcessMemory;

/**
 * The thread of a program that waits for an answer, as one thread of the gateway sees it. Reused from call to call.
 */
final class Caller {
	/** A result: the answer was given already, or there will be none because the call comes again. */
	static final long ANSWERED = Long.MIN_VALUE;

	private static final int SCRATCH_SIZE = 8192;

	private final Client client;
	private final Kernel kernel;
	private final Listener listener;
	private final ProcessMemory memory;
	private final DescriptorTable descriptors;
	private final MemorySegment scratch;
	private final MemorySegment cookie;
	private final Runnable handOver;
	/** What the call reads and writes, null if nobody wants to know. */
	private List<Object> notes;

	/** @param handOver lets another thread take the next calls */
	Caller(Client client, Arena arena, Runnable handOver) {
		this.client = client;
		this.handOver = handOver;
		kernel = new Kernel(arena);
		listener = new Listener(kernel, arena, client.listener(), client.stop());
		memory = new ProcessMemory(kernel, arena);
		descriptors = new DescriptorTable(kernel, arena);
		scratch = arena.allocate(SCRATCH_SIZE, 4096);
		cookie = arena.allocate(8, 8);
	}

	Client client() {
		return client;
	}

	Kernel kernel() {
		return kernel;
	}

	Listener listener() {
		return listener;
	}

	DescriptorTable descriptors() {
		return descriptors;
	}

	ProcessMemory memory() {
		return memory;
	}

	/** Begins to note what a call reads and writes. @param noting whether anybody wants to know */
	void begin(boolean noting) {
		notes = noting ? new ArrayList<>(4) : null;
	}

	/** Notes what was read or written: a record of the ABI or a byte array, which must not change any more. */
	void note(Object what) {
		if (notes != null) {
			notes.add(what);
		}
	}

	/** @return true if somebody wants to know what is read and written */
	boolean noting() {
		return notes != null;
	}

	/** @return what was noted of this call */
	List<Object> notes() {
		return notes;
	}

	/** @return the calling thread's id */
	int thread() {
		return listener.thread();
	}

	/** The call may take long: others do not wait for it. */
	void mayBlock() {
		handOver.run();
	}

	/** @return false if the program does not wait for the answer any more */
	boolean waits() {
		return listener.valid();
	}

	/** @return 8 bytes of scratch memory of its own */
	MemorySegment cookie() {
		return cookie;
	}

	/** @return what identifies this call, for other threads */
	Ticket ticket() {
		return new Ticket(client.listener(), listener.id(), thread());
	}

	/** A call that is not answered yet. */
	record Ticket(int listener, long id, int thread) {}

	/** @return {@code size} bytes of the program's memory, until the next call of this method; up to 8192
	 * @throws HypervisorException (EFAULT) if they cannot be read */
	MemorySegment read(long address, int size) {
		MemorySegment read = scratch.asSlice(0, size);
		readInto(address, read);
		return read;
	}

	/** As {@link #read(long, int)}, into other memory. */
	void readInto(long address, MemorySegment to) {
		if (!memory.read(thread(), address, to)) {
			throw new HypervisorException("reading " + to.byteSize() + " bytes of the caller", Errno.EFAULT);
		}
	}

	/** @return room for {@code size} bytes, the same as that of {@link #read(long, int)} */
	MemorySegment room(int size) {
		return scratch.asSlice(0, size);
	}

	/** Writes to the program's memory.
	 * @throws HypervisorException (EFAULT) if not all can be written */
	void write(long address, MemorySegment from) {
		if (!memory.write(thread(), address, from)) {
			throw new HypervisorException("writing " + from.byteSize() + " bytes of the caller", Errno.EFAULT);
		}
	}

	/** Applies a fault to the call. @param fault null for none
	 * @return -errno, or 0 if the call is to be made: a delay is over then */
	long fail(Fault fault) {
		switch (fault) {
			case null -> {
				return 0;
			}
			case Fault.Fails fails -> {
				return -fails.errno();
			}
			case Fault.Refused refused -> throw new HypervisorException("as a rule says", refused.status());
			case Fault.Delayed delayed -> {
				mayBlock();
				LockSupport.parkNanos(delayed.microseconds() * 1000);
				return 0;
			}
		}
	}

	/** Answers the call. @return false if the program does not wait any more */
	boolean answer(long result) {
		return listener.answer(listener.id(), result);
	}

	/** Gives the program a descriptor of a file, as the answer. @return {@link #ANSWERED}, or -errno if it cannot have one */
	long answer(OpenFile file, int flags, boolean closeOnExec) {
		int description = file.describe(kernel, flags);
		long given = listener.add(listener.id(), description, closeOnExec, true);
		kernel.close(description);
		return given < 0 ? given : ANSWERED;
	}
}
