package mshv.backend.emu.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * The processors that execute from one memory, and what they do for each other.
 * <p>
 * A request is complete when each processor concerned has answered it at an instruction boundary, or executes no guest code: it then
 * answers before it does. A processor's thread that waits for others counts as not executing, so processors that ask each other at the
 * same time do not wait for ever; it waits between instructions, when it holds no lock. Any thread.
 */
public final class ProcessorGroup {
	private static final int SPINS = 200;
	private static final long SHORTEST_PARK = 5_000, LONGEST_PARK = 200_000;

	private volatile Cpu[] members = {};
	private int added;
	/** A thread that runs no processor has asked for something and not waited. */
	private volatile boolean unsettled;
	/** Held by a processor that executes alone. */
	private final ReentrantLock turn = new ReentrantLock();
	private volatile Cpu alone;

	/** A group without processors. */
	public ProcessorGroup() {}

	/** Adds a processor that does not run. */
	public void add(Cpu cpu) {
		synchronized (this) {
			Cpu[] extended = Arrays.copyOf(members, members.length + 1);
			extended[members.length] = cpu;
			cpu.group = this;
			cpu.member = 1L << added++;
			if (members.length != 0) {
				for (Cpu member : extended) {
					member.shared = true;
				}
			}
			members = extended;
		}
		if (cpu.shared) {
			// What has been translated without a claim
			flush(null, null);
		}
	}

	/** Removes a processor that does not run any more. */
	public synchronized void remove(Cpu cpu) {
		members = Arrays.stream(members).filter(member -> member != cpu).toArray(Cpu[]::new);
	}

	/** Makes processors forget translations of linear addresses. When this returns, no processor uses one of them any more; called on the
	 * thread of a processor within an instruction, that holds when the instruction has ended.
	 * @param targets whose translations; null for all members
	 * @param pages linear addresses of pages; null for all translations */
	public void flush(List<Cpu> targets, long[] pages) {
		Cpu[] asked = targets == null ? members : targets.toArray(Cpu[]::new);
		long[] tickets = new long[asked.length];
		for (int i = 0; i < asked.length; i++) {
			tickets[i] = asked[i].requests.flush(pages);
		}
		Cpu own = own();
		if (own != null) {
			own.requests.settleAfterInstruction();
		} else {
			await(null, asked, tickets, asked.length);
		}
	}

	/** Makes all processors forget their translations; on a thread that runs none, which may hold locks, complete after
	 * {@link #settle()} only. */
	public void flushLater() {
		for (Cpu cpu : members) {
			cpu.requests.flush(null);
		}
		Cpu own = own();
		if (own != null) {
			own.requests.settleAfterInstruction();
		} else {
			unsettled = true;
		}
	}

	/** Waits until {@link #flushLater} is complete. Not on the thread of a processor, and without locks. */
	public void settle() {
		if (unsettled) {
			unsettled = false;
			settle(null);
		}
	}

	/** @return tells, without waiting, whether all is done that has been asked for until now */
	public BooleanSupplier settlement() {
		Cpu[] all = members;
		long[] tickets = Arrays.stream(all).mapToLong(cpu -> cpu.requests.last()).toArray();
		return () -> IntStream.range(0, all.length).allMatch(i -> all[i].requests.done(tickets[i]));
	}

	/** Waits until all that has been asked for is done. @param own the processor whose thread calls, at an instruction boundary, or null */
	void settle(Cpu own) {
		Cpu[] all = members;
		long[] tickets = new long[all.length];
		for (int i = 0; i < all.length; i++) {
			tickets[i] = all[i].requests.last();
		}
		await(own, all, tickets, all.length);
	}

	/** Drops the writable translations that processors have of a host page. When this returns, none uses one.
	 * @param own the processor whose thread calls, at an instruction boundary
	 * @param writers bits of the processors */
	void protect(Cpu own, long host, long writers) {
		Cpu[] all = members;
		Cpu[] asked = new Cpu[all.length];
		long[] tickets = new long[all.length];
		int count = 0;
		for (Cpu cpu : all) {
			if (cpu == own) {
				cpu.mmu.protect(host);
			} else if ((cpu.member & writers) != 0) {
				asked[count] = cpu;
				tickets[count++] = cpu.requests.protect(host);
			}
		}
		if (count != 0) {
			await(own, asked, tickets, count);
		}
	}

	/** Does something while no other processor executes. @param own the processor whose thread calls, at an instruction boundary */
	void alone(Cpu own, Runnable action) {
		own.requests.leave();
		turn.lock();
		own.requests.comeBack();
		try {
			alone = own;
			Cpu[] all = members;
			for (Cpu cpu : all) {
				if (cpu != own) {
					cpu.requestAttention(Cpu.ATTENTION_REQUEST);
				}
			}
			for (Cpu cpu : all) {
				if (cpu != own) {
					await(cpu.requests::resting);
				}
			}
			own.alone = true;
			// What came while this thread waited
			own.requests.answer();
			action.run();
		} finally {
			own.alone = false;
			alone = null;
			turn.unlock();
		}
	}

	/** Lets the processor that is to execute alone do so. @param own the processor whose thread calls, at an instruction boundary */
	void giveWay(Cpu own) {
		Cpu other = alone;
		if (other != null && other != own) {
			own.requests.leave();
			turn.lock();
			turn.unlock();
			own.requests.comeBack();
		}
	}

	/** Waits until processors have answered. @param own the processor whose thread waits, null if none
	 * @param tickets numbers of their requests */
	private static void await(Cpu own, Cpu[] asked, long[] tickets, int count) {
		if (own != null) {
			own.requests.leave();
		}
		for (int i = 0; i < count; i++) {
			if (asked[i] != own) {
				Requests requests = asked[i].requests;
				long ticket = tickets[i];
				await(() -> requests.done(ticket));
			}
		}
		if (own != null) {
			own.requests.comeBack();
		}
	}

	private static void await(BooleanSupplier done) {
		long park = SHORTEST_PARK;
		for (int spins = 0; !done.getAsBoolean(); spins++) {
			if (spins < SPINS) {
				Thread.onSpinWait();
			} else {
				LockSupport.parkNanos(park);
				park = Math.min(2 * park, LONGEST_PARK);
			}
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
}
