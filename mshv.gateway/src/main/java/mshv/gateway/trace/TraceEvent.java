package mshv.gateway.trace;

import java.util.ArrayList;
import java.util.List;

/** A call: begun and noted by the thread that makes it, then handed to a {@link Trace}, and completed at once or a little later. */
public final class TraceEvent {
	private enum State {
		OPEN, COMPLETE, DROPPED
	}

	private static final int OWN_SIZE = 200;

	private final long began = System.nanoTime();
	private final int thread;
	private final int object;
	private final String file;
	private final int command;
	private final long argument;
	private final List<Object> notes = new ArrayList<>(4);
	private boolean made = true;
	private long nanoseconds;
	private long result;
	private int size = OWN_SIZE;
	private volatile State state = State.OPEN;

	/** A call is taken.
	 * @param thread of the program, 0 if the program itself
	 * @param object number of the file that it is made on, 0 for an open
	 * @param file what the descriptor stands for
	 * @param command the ioctl's number, or {@link CallName#OPEN_NUMBER} or {@link CallName#CLOSE_NUMBER}
	 * @param argument the ioctl's argument, or the flags of an open */
	public TraceEvent(int thread, int object, String file, int command, long argument) {
		this.thread = thread;
		this.object = object;
		this.file = file;
		this.command = command;
		this.argument = argument;
	}

	/** Notes what belongs to the call, in the order in which it happens. @param what a {@link Note}, or a record of the ABI */
	public void note(Object what) {
		notes.add(what);
		size += switch (what) {
			case Note.Access access -> access.bytes().length;
			case Note.Memory memory -> memory.bytes().length;
			default -> OWN_SIZE;
		};
	}

	/** The driver never saw the call: its result came from elsewhere. */
	public void notMade() {
		made = false;
	}

	/** The call is over. @param answer its result, or -errno */
	public void complete(long answer) {
		result = answer;
		nanoseconds = System.nanoTime() - began;
		state = State.COMPLETE;
	}

	/** There was no call after all: it comes again. */
	public void drop() {
		state = State.DROPPED;
	}

	boolean isOpen() {
		return state == State.OPEN;
	}

	boolean isDropped() {
		return state == State.DROPPED;
	}

	long began() {
		return began;
	}

	int thread() {
		return thread;
	}

	int object() {
		return object;
	}

	String file() {
		return file;
	}

	int command() {
		return command;
	}

	long argument() {
		return argument;
	}

	List<Object> notes() {
		return notes;
	}

	boolean made() {
		return made;
	}

	long nanoseconds() {
		return nanoseconds;
	}

	long result() {
		return result;
	}

	/** @return about how many bytes it takes */
	int size() {
		return size;
	}
}
