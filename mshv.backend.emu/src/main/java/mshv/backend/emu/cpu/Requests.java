package mshv.backend.emu.cpu;

import java.util.function.BooleanSupplier;

/**
 * What other threads ask of one processor: done by its own thread at the next instruction boundary, or before its first instruction
 * once it is run again. Requests that wait are merged, so a processor that rests for long costs no memory.
 */
public final class Requests {
	/** Pages that wait at most; more are merged into a flush of everything. */
	private static final int MOST_PAGES = 32;

	private final Cpu cpu;
	private final long[] pages = new long[MOST_PAGES];
	private int pageCount;
	private boolean flush;
	/** Number of requests so far. */
	private long posted;
	private volatile long answered;
	private volatile BooleanSupplier running = () -> false;
	private volatile Thread thread;
	/** The processor's thread waits for other processors: it uses no translation and executes no code before it has looked here. */
	private volatile boolean away;

	Requests(Cpu cpu) {
		this.cpu = cpu;
	}

	/** Tells how to find out whether a thread may be executing guest code. */
	public void setRunning(BooleanSupplier running) {
		this.running = running;
	}

	/** The processor's state is that of the calling thread from now on. */
	public void begin() {
		thread = Thread.currentThread();
	}

	boolean mine() {
		return thread == Thread.currentThread() && running.getAsBoolean();
	}

	void leave() {
		away = true;
	}

	void comeBack() {
		away = false;
	}

	/** @return number of the request, for {@link #done} */
	synchronized long flush(long[] some) {
		if (some == null || pageCount + some.length > MOST_PAGES) {
			flush = true;
		} else if (!flush) {
			System.arraycopy(some, 0, pages, pageCount, some.length);
			pageCount += some.length;
		}
		return post();
	}

	private long post() {
		posted++;
		cpu.requestAttention(Cpu.ATTENTION_REQUEST);
		return posted;
	}

	/** @return true if the request has been answered, or will be before the processor's next instruction */
	boolean done(long request) {
		return answered >= request || away || !running.getAsBoolean();
	}

	/** Does what was asked for. On the processor's thread, at an instruction boundary. */
	public void answer() {
		cpu.clearAttention(Cpu.ATTENTION_REQUEST);
		synchronized (this) {
			if (flush) {
				cpu.mmu.flush();
			} else {
				for (int i = 0; i < pageCount; i++) {
					cpu.mmu.flushPage(pages[i]);
				}
			}
			flush = false;
			pageCount = 0;
			answered = posted;
		}
	}
}
