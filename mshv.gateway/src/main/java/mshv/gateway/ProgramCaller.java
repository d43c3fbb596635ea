package mshv.gateway;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import mshv.gateway.linux.LinuxException;
import mshv.gateway.linux.Listener;
import mshv.gateway.linux.ProcessMemory;
import mshv.gateway.trace.Note;
import mshv.gateway.trace.TraceEvent;

/** The thread of a program that waits for an answer. */
final class ProgramCaller extends Caller {
	private final Client client;
	private final Listener listener;
	private final ProcessMemory memory;
	private final Runnable handOver;

	/** @param handOver lets another thread take the next calls */
	ProgramCaller(Client client, Arena arena, Runnable handOver) {
		super(arena);
		this.client = client;
		this.handOver = handOver;
		listener = new Listener(kernel(), arena, client.listener(), client.stop());
		memory = new ProcessMemory(kernel(), arena);
	}

	@Override
	Client owner() {
		return client;
	}

	Listener listener() {
		return listener;
	}

	ProcessMemory memory() {
		return memory;
	}

	@Override
	int thread() {
		return listener.thread();
	}

	@Override
	void takesLong() {
		handOver.run();
	}

	@Override
	boolean waits() {
		return listener.valid();
	}

	@Override
	boolean hasOpen(int descriptor) {
		return descriptors().file(thread(), descriptor) != null;
	}

	@Override
	Ticket ticket() {
		return new Ticket(client.listener(), listener.id(), thread());
	}

	@Override
	boolean copyIn(long address, MemorySegment to) {
		return memory.read(thread(), address, to);
	}

	@Override
	boolean copyOut(long address, MemorySegment from) {
		return memory.write(thread(), address, from);
	}

	/** Traced first: what the program does next must come later in the trace. */
	@Override
	boolean answer(long result) {
		TraceEvent event = takeEvent();
		if (event != null) {
			event.complete(result);
			client.trace().add(event);
		}
		return listener.answer(listener.id(), result);
	}

	/** Gives the program a descriptor of a file, which is not the answer. @return its number in the program, or -errno */
	long give(OpenFile file) {
		int description = file.describe(kernel(), 0);
		long number = listener.add(listener.id(), description, true, false);
		kernel().close(description);
		if (number >= 0) {
			note(new Note.Created(file.number()));
		}
		return number;
	}

	/** Gives the program a descriptor of a file, as the answer. @return {@link #ANSWERED}, or -errno if it cannot have one */
	long answer(OpenFile file, int flags, boolean closeOnExec) {
		TraceEvent event = takeEvent();
		if (event != null) {
			event.note(new Note.Created(file.number()));
			client.trace().add(event);
		}
		long given = -LinuxException.EINTR;
		try {
			int description = file.describe(kernel(), flags);
			given = listener.add(listener.id(), description, closeOnExec, true);
			kernel().close(description);
		} finally {
			if (event != null && given == -LinuxException.ENOENT) {
				event.drop();
			} else if (event != null) {
				event.complete(given);
			}
		}
		return given < 0 ? given : ANSWERED;
	}
}
