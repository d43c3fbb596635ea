package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.gateway.fault.Fault;
import mshv.gateway.linux.DescriptorTable;
import mshv.gateway.linux.Kernel;
import mshv.gateway.linux.Listener;
import mshv.gateway.trace.Note;
import mshv.gateway.trace.TraceEvent;

/**
 * Who waits for the answer to a call, as one thread of the gateway sees it. Reused from call to call.
 */
abstract class Caller {
	/** A result: the answer was given already. */
	static final long ANSWERED = Long.MIN_VALUE;
	/** A result: there will be no answer, because the call comes again. */
	static final long AGAIN = Long.MIN_VALUE + 1;

	private static final int SCRATCH_SIZE = 8192;

	private final Kernel kernel;
	private final DescriptorTable descriptors;
	private final MemorySegment scratch;
	private final MemorySegment cookie;
	/** The call as it is traced, null if nobody wants to know. */
	private TraceEvent event;

	Caller(Arena arena) {
		kernel = new Kernel(arena);
		descriptors = new DescriptorTable(kernel, arena);
		scratch = arena.allocate(SCRATCH_SIZE, 4096);
		cookie = arena.allocate(8, 8);
	}

	/** @return whose call it is */
	abstract Owner owner();

	/** @return the calling thread's id */
	abstract int thread();

	/** The call is likely to take long: others do not wait for it at all. */
	abstract void takesLong();

	/** @return false if nobody waits for the answer any more */
	abstract boolean waits();

	/** @return what identifies this call, for other threads; null if its caller never stops waiting */
	abstract Ticket ticket();

	/** @return whether a descriptor of the caller is open */
	abstract boolean hasOpen(int descriptor);

	/** Answers the call. @return false if the caller does not wait any more */
	abstract boolean answer(long result);

	/** @return false if not all of the caller's memory can be read */
	abstract boolean copyIn(long address, MemorySegment to);

	/** @return false if not all of the caller's memory can be written */
	abstract boolean copyOut(long address, MemorySegment from);

	/** @return the register page as the caller has left it, null if it has changed it itself */
	byte[] registers() {
		return null;
	}

	/** A call that is not answered yet. */
	record Ticket(int listener, long id, int thread) {
		/** @param scratch 8 bytes @return whether somebody waits for the answer */
		boolean isValid(Kernel kernel, MemorySegment scratch) {
			return Listener.valid(kernel, listener, scratch, id);
		}
	}

	Kernel kernel() {
		return kernel;
	}

	DescriptorTable descriptors() {
		return descriptors;
	}

	/** @return 8 bytes of scratch memory of its own */
	MemorySegment cookie() {
		return cookie;
	}

	/** Begins to note what a call reads and writes. @param call null if nobody wants to know */
	void begin(TraceEvent call) {
		event = call;
	}

	/** @return the call as it is traced, null if nobody wants to know; it is noted no more */
	TraceEvent takeEvent() {
		TraceEvent taken = event;
		event = null;
		return taken;
	}

	/** Notes what belongs to the call: a record of the ABI or a {@link Note}, which must not change any more. */
	void note(Object what) {
		if (event != null) {
			event.note(what);
		}
	}

	/** @return true if somebody wants to know what is read and written */
	boolean noting() {
		return event != null;
	}

	/** The call's result comes from elsewhere: the driver does not see it. */
	void notMade() {
		if (event != null) {
			event.notMade();
		}
	}

	/** @return {@code size} bytes of the caller's memory, until the next call of this method; up to 8192
	 * @throws HypervisorException (EFAULT) if they cannot be read */
	MemorySegment read(long address, int size) {
		MemorySegment read = scratch.asSlice(0, size);
		readInto(address, read);
		return read;
	}

	/** As {@link #read(long, int)}, into other memory. */
	void readInto(long address, MemorySegment to) {
		if (!copyIn(address, to)) {
			throw new HypervisorException("reading " + to.byteSize() + " bytes of the caller", Errno.EFAULT);
		}
		if (event != null) {
			event.note(new Note.Access(false, address, to.toArray(JAVA_BYTE)));
		}
	}

	/** @return room for {@code size} bytes, the same as that of {@link #read(long, int)} */
	MemorySegment room(int size) {
		return scratch.asSlice(0, size);
	}

	/** Writes to the caller's memory.
	 * @throws HypervisorException (EFAULT) if not all can be written */
	void write(long address, MemorySegment from) {
		if (!copyOut(address, from)) {
			throw new HypervisorException("writing " + from.byteSize() + " bytes of the caller", Errno.EFAULT);
		}
		if (event != null) {
			event.note(new Note.Access(true, address, from.toArray(JAVA_BYTE)));
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
				notMade();
				return -fails.errno();
			}
			case Fault.Refused refused -> {
				notMade();
				throw new HypervisorException("as a rule says", refused.status());
			}
			case Fault.Delayed delayed -> {
				takesLong();
				LockSupport.parkNanos(delayed.microseconds() * 1000);
				return 0;
			}
		}
	}
}
