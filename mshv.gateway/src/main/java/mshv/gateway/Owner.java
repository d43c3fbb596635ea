package mshv.gateway;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.event.Event;
import mshv.gateway.fault.FaultRules;
import mshv.gateway.linux.Kernel;

/** Whose files these are and whose calls are made: a program that runs, or one that has run and left a trace. */
interface Owner {
	/** @return on which its calls are made */
	Hypervisor hypervisor();

	/** @return by which rules calls fail */
	FaultRules faults();

	/** @return a number for a new file, from 1 on */
	int nextNumber();

	/** Answers a call with a descriptor of a new file. If the caller cannot have it, it is as if the file had never been.
	 * @return {@link Caller#ANSWERED}, or -errno */
	default long offer(Caller caller, OpenFile file, int flags, boolean closeOnExec) {
		long result = offerAgain(caller, file, flags, closeOnExec);
		if (result != Caller.ANSWERED) {
			remove(caller.kernel(), file);
		}
		return result;
	}

	/** As {@link #offer}, but a file that the caller cannot have stays, to be offered once more. */
	long offerAgain(Caller caller, OpenFile file, int flags, boolean closeOnExec);

	/** Gives the caller a descriptor of a new file, which is not the answer; if it cannot have it, it is as if the file had never been.
	 * @return its number in the caller, or -errno */
	long give(Caller caller, OpenFile file);

	/** Ends a file, once. */
	void remove(Kernel kernel, OpenFile file);

	/** A file that the program had is gone. */
	void closed(OpenFile file);

	/** Maps a range of the caller's memory.
	 * @param arena unmaps it
	 * @return the memory; null if it had to be changed for this: the caller then makes the same call again
	 * @throws HypervisorException (EFAULT) if there is a gap, or memory that cannot be had */
	MemorySegment map(Caller caller, long address, long size, Arena arena);

	/** @return the eventfd behind a descriptor of the caller, to be closed by whoever asked
	 * @throws HypervisorException (EBADF) if it is not open, EINVAL if it is none */
	Event event(Caller caller, int descriptor);

	/** @return whether changes of guest memory by the caller are noted */
	boolean logsMemory();

	/** @return whether a signal has come to a thread since it ran last */
	boolean takeSignal(int thread);

	/** @return whether its calls are taken no more */
	boolean ending();

	/** Tells of something that went wrong here, not in the program. */
	void log(String what, Exception e);
}
