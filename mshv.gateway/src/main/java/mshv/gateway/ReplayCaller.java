package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import mshv.api.Errno;
import mshv.gateway.trace.Note;
import mshv.gateway.trace.RecordedCall;

/** A program's thread that is not there: what a call reads comes from the trace, and what it writes is kept. */
final class ReplayCaller extends Caller {
	private final Replay replay;
	private RecordedCall call;
	private final List<Note.Access> written = new ArrayList<>();
	/** What the call would read but the trace does not have, null for nothing. */
	private String unread;
	private int eventfds;
	private volatile boolean stopped;

	ReplayCaller(Replay replay, Arena arena) {
		super(arena);
		this.replay = replay;
	}

	/** The next call is made. */
	void begin(RecordedCall recorded) {
		call = recorded;
		written.clear();
		unread = null;
		eventfds = 0;
		stopped = false;
	}

	RecordedCall call() {
		return call;
	}

	/** @return what the call has written so far */
	List<Note.Access> written() {
		return written;
	}

	/** @return what the call has wanted to read that the trace does not have, null for nothing */
	String unread() {
		return unread;
	}

	/** @return the number of the next eventfd that the call names, null if the trace has none */
	Long nextEventfd() {
		return eventfds < call.eventfds().size() ? call.eventfds().get(eventfds++) : null;
	}

	/** Waits for the answer no more. Any thread. */
	void stop() {
		stopped = true;
	}

	/** @return whether it took too long */
	boolean stopped() {
		return stopped;
	}

	@Override
	Owner owner() {
		return replay;
	}

	@Override
	int thread() {
		return call.thread();
	}

	@Override
	void takesLong() {
		// Calls are made one after another
	}

	@Override
	boolean waits() {
		return !stopped;
	}

	/** What became of the call says so. */
	@Override
	boolean hasOpen(int descriptor) {
		return call.result() != -Errno.EBADF.number();
	}

	@Override
	Ticket ticket() {
		return null;
	}

	@Override
	boolean answer(long result) {
		return true;
	}

	@Override
	byte[] registers() {
		return call.registers();
	}

	@Override
	boolean copyIn(long address, MemorySegment to) {
		long size = to.byteSize();
		for (Note.Access access : call.in()) {
			if (address >= access.address() && address - access.address() <= access.bytes().length - size) {
				MemorySegment.copy(access.bytes(), (int) (address - access.address()), to, JAVA_BYTE, 0, (int) size);
				return true;
			}
		}
		unread = size + " bytes at 0x" + Long.toHexString(address);
		return false;
	}

	/** Where the program had no memory there is none. */
	@Override
	boolean copyOut(long address, MemorySegment from) {
		if (call.result() == -Errno.EFAULT.number() && call.out().stream().noneMatch(access -> access.address() == address)) {
			return false;
		}
		written.add(new Note.Access(true, address, from.toArray(JAVA_BYTE)));
		return true;
	}
}
