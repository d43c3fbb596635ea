package mshv.backend.emu.cpu;

import java.util.function.BooleanSupplier;

/**
 * What other threads ask of one processor: done by its own thread at the next instruction boundary, or before its first instruction
 * once it is run again. Requests that wait are merged, so a processor that rests for long costs no memory.
 */
public final class Requests {
	/** Of what a request consists of, what waits at most; more is merged into a request for everything. */
	private static final int MOST = 32;

	/** A set of addresses that becomes everything when it is full. */
	private static final class Merged {
		private final long[] items = new long[MOST];
		private int count;
		private boolean everything;

		void add(long[] some) {
			if (some == null || count + some.length > MOST) {
				everything = true;
			} else if (!everything) {
				System.arraycopy(some, 0, items, count, some.length);
				count += some.length;
			}
		}

		void moveTo(Merged other) {
			other.count = count;
			other.everything = everything;
			System.arraycopy(items, 0, other.items, 0, count);
			count = 0;
			everything = false;
		}
	}

	private final Cpu cpu;
	private final CodeCache codeCache;
	/** Linear addresses whose translations are to be forgotten. */
	private final Merged flushes = new Merged();
	/** Host pages whose writable translations are to be forgotten. */
	private final Merged protects = new Merged();
	/** Guest pages whose code is to be dropped. */
	private final Merged drops = new Merged();
	private final Merged flushing = new Merged();
	private final Merged protecting = new Merged();
	private final Merged dropping = new Merged();
	/** Number of requests so far. */
	private long posted;
	private volatile long answered;
	/** What this processor asked of others within an instruction must be complete before the next. */
	private boolean settle;
	private volatile BooleanSupplier running = () -> false;
	private volatile Thread thread;
	/** The processor's thread waits for other processors: it uses no translation and executes no code before it has looked here. */
	private volatile boolean away;

	Requests(Cpu cpu, CodeCache codeCache) {
		this.cpu = cpu;
		this.codeCache = codeCache;
	}

	/** Tells how to find out whether a thread may be executing guest code. */
	public void setRunning(BooleanSupplier running) {
		this.running = running;
	}

	/** The processor is the calling thread's from now on. */
	public void begin() {
		Thread caller = Thread.currentThread();
		if (thread != caller) {
			// Rarely: a volatile store at every exit costs
			thread = caller;
		}
	}

	/** @return true if the calling thread runs the processor */
	boolean mine() {
		return thread == Thread.currentThread() && running.getAsBoolean();
	}

	/** The processor's thread is about to wait for others. */
	void leave() {
		away = true;
	}

	/** The processor's thread goes on, and looks here first. */
	void comeBack() {
		away = false;
	}

	/** Asks to forget translations. @param pages linear addresses, null for all
	 * @return number of the request, for {@link #done} */
	synchronized long flush(long[] pages) {
		flushes.add(pages);
		return post();
	}

	/** Asks to forget the writable translations of a host page. @return number of the request, for {@link #done} */
	synchronized long protect(long host) {
		protects.add(new long[] {host});
		return post();
	}

	/** Asks to drop the code of guest pages. @return number of the request, for {@link #done} */
	public synchronized long drop(long[] pages) {
		drops.add(pages);
		return post();
	}

	private long post() {
		posted++;
		cpu.requestAttention(Cpu.ATTENTION_REQUEST);
		return posted;
	}

	/** @return true if the request has been answered, or will be before the processor's next instruction */
	public boolean done(long request) {
		return answered >= request || resting();
	}

	/** @return true if the processor executes nothing before it has looked here */
	boolean resting() {
		return away || !running.getAsBoolean();
	}

	/** @return number of the last request */
	synchronized long last() {
		return posted;
	}

	/** Called on the processor's thread within an instruction that has asked others for something: it waits for them when it ends. */
	void settleAfterInstruction() {
		settle = true;
		cpu.requestAttention(Cpu.ATTENTION_REQUEST);
	}

	/** Does what was asked for. On the processor's thread, at an instruction boundary. */
	public void answer() {
		cpu.clearAttention(Cpu.ATTENTION_REQUEST);
		long last;
		synchronized (this) {
			flushes.moveTo(flushing);
			protects.moveTo(protecting);
			drops.moveTo(dropping);
			last = posted;
		}
		forget();
		drop();
		answered = last;
		if (settle) {
			settle = false;
			cpu.group.settle(cpu);
		}
		if (cpu.shared) {
			cpu.group.giveWay(cpu);
		}
	}

	private void forget() {
		if (flushing.everything || protecting.everything) {
			cpu.mmu.flush();
			return;
		}
		for (int i = 0; i < flushing.count; i++) {
			cpu.mmu.flushPage(flushing.items[i]);
		}
		for (int i = 0; i < protecting.count; i++) {
			cpu.mmu.protect(protecting.items[i]);
		}
	}

	private void drop() {
		if (dropping.everything) {
			codeCache.dropAll();
			return;
		}
		for (int i = 0; i < dropping.count; i++) {
			codeCache.drop(dropping.items[i]);
		}
	}
}
