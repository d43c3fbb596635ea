package mshv.backend.emu.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The processors that execute from one memory, and what they do for each other.
 * <p>
 * A request is complete when each processor concerned has answered it at an instruction boundary, or executes no guest code: it then
 * answers before it does. A processor's thread that waits for others counts as not executing, so processors that ask each other at the
 * same time do not wait for ever. Any thread.
 */
public final class ProcessorGroup {
	private static final int SPINS = 200;
	private static final long SHORTEST_PARK = 5_000, LONGEST_PARK = 200_000;

	private volatile Cpu[] members = {};

	/** A group without processors. */
	public ProcessorGroup() {}

	/** Adds a processor that does not run. */
	public synchronized void add(Cpu cpu) {
		Cpu[] extended = Arrays.copyOf(members, members.length + 1);
		extended[members.length] = cpu;
		members = extended;
	}

	/** Removes a processor that does not run any more. */
	public synchronized void remove(Cpu cpu) {
		members = Arrays.stream(members).filter(member -> member != cpu).toArray(Cpu[]::new);
	}

	/** Makes processors forget translations of linear addresses. When this returns, no processor uses one of them any more. Called within
	 * an instruction it must be the last thing that the instruction does with linear memory.
	 * @param targets whose translations; null for all members
	 * @param pages linear addresses of pages; null for all translations */
	public void flush(List<Cpu> targets, long[] pages) {
		Cpu[] asked = targets == null ? members : targets.toArray(Cpu[]::new);
		long[] tickets = new long[asked.length];
		for (int i = 0; i < asked.length; i++) {
			tickets[i] = asked[i].requests.flush(pages);
		}
		await(asked, tickets);
	}

	/** Waits until processors have answered. @param tickets numbers of their requests */
	private void await(Cpu[] asked, long[] tickets) {
		Cpu own = own();
		if (own != null) {
			own.requests.leave();
		}
		for (int i = 0; i < asked.length; i++) {
			if (asked[i] != own) {
				await(asked[i].requests, tickets[i]);
			}
		}
		if (own != null) {
			own.requests.comeBack();
		}
	}

	/** @return the processor that the calling thread runs, null if none */
	private Cpu own() {
		for (Cpu cpu : members) {
			if (cpu.requests.mine()) {
				return cpu;
			}
		}
		return null;
	}

	private static void await(Requests requests, long ticket) {
		long park = SHORTEST_PARK;
		for (int spins = 0; !requests.done(ticket); spins++) {
			if (spins < SPINS) {
				Thread.onSpinWait();
			} else {
				LockSupport.parkNanos(park);
				park = Math.min(2 * park, LONGEST_PARK);
			}
		}
	}
}
