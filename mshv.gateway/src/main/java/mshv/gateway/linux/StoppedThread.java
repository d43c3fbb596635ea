package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A thread of another process, stopped in a system call, that can be made to make others first. Of the tracing thread. */
public final class StoppedThread implements AutoCloseable {
	private static final int PTRACE_CONT = 7;
	private static final int PTRACE_SINGLESTEP = 9;
	private static final int PTRACE_GETREGS = 12;
	private static final int PTRACE_SETREGS = 13;
	/** PTRACE_EVENT_STOP, where a status has its event. */
	private static final int EVENT_STOP = 128;
	private static final int SIGTRAP = 5;
	private static final int WALL = 0x40000000;
	private static final int WNOHANG = 1;
	/** Looks without a pause: a thread mostly stops within microseconds. */
	private static final int SPINS = 200;
	private static final int NAP_NANOSECONDS = 50_000;

	/** Size of user_regs_struct, and offsets in it. */
	private static final int REGISTERS_SIZE = 27 * 8;
	private static final int R10 = 7 * 8;
	private static final int R9 = 8 * 8;
	private static final int R8 = 9 * 8;
	private static final int RAX = 10 * 8;
	private static final int RDX = 12 * 8;
	private static final int RSI = 13 * 8;
	private static final int RDI = 14 * 8;
	private static final int ORIG_RAX = 15 * 8;
	private static final int RIP = 16 * 8;
	private static final int SYSCALL_SIZE = 2;
	/** ERESTARTSYS: the call was interrupted, and is made again if the handler's flags say so. */
	private static final int RESTART = 512;
	/** ERESTARTNOINTR: it is made again in any case. */
	private static final int RESTART_ALWAYS = 513;
	private static final int MAGIC = 0xB8;

	private final Kernel kernel;
	private final int process;
	private final int thread;
	private final Arena arena = Arena.ofConfined();
	private final MemorySegment saved = arena.allocate(REGISTERS_SIZE, 8);
	private final MemorySegment registers = arena.allocate(REGISTERS_SIZE, 8);
	private final MemorySegment status = arena.allocate(8, 8);
	private final List<Integer> signals = new ArrayList<>();

	/** Waits for a thread that was told to stop. @throws LinuxException if it is not in a call: then it goes on */
	StoppedThread(Kernel kernel, int process, int thread) {
		this.kernel = kernel;
		this.process = process;
		this.thread = thread;
		boolean inCall = false;
		try {
			awaitStop(EVENT_STOP);
			request("PTRACE_GETREGS", PTRACE_GETREGS, saved.address());
			inCall = waitsForAnswer(saved);
			if (!inCall) {
				throw new LinuxException("the thread is not in a call", LinuxException.EINTR);
			}
		} finally {
			if (!inCall) {
				release();
			}
		}
	}

	private static boolean waitsForAnswer(MemorySegment registers) {
		return registers.get(JAVA_LONG, ORIG_RAX) == SystemCall.IOCTL && registers.get(JAVA_LONG, RAX) == -RESTART
			&& (registers.get(JAVA_LONG, RSI) >> 8 & 0xFF) == MAGIC;
	}

	/** A signal is about to be delivered to a stopped thread: if it was in a call of ours, decides what becomes of that. */
	static void interrupted(Kernel kernel, int thread, int signal, Tracer.Interruptions interruptions) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment registers = arena.allocate(REGISTERS_SIZE, 8);
			if (kernel.call(SystemCall.PTRACE, PTRACE_GETREGS, thread, 0, registers.address()) == 0 && waitsForAnswer(registers)) {
				if (!interruptions.repeat(thread, (int) registers.get(JAVA_LONG, RSI))) {
					return;
				}
				registers.set(JAVA_LONG, RAX, -RESTART_ALWAYS);
				kernel.call(SystemCall.PTRACE, PTRACE_SETREGS, thread, 0, registers.address());
			}
			interruptions.signalled(thread, signal);
		}
	}

	private void request(String what, int request, long data) {
		kernel.require(what, SystemCall.PTRACE, request, thread, 0, data, 0, 0);
	}

	/**
	 * Waits for one kind of stop. Signals that come first are kept, to be sent again. If the process is killed, its first thread's end is told
	 * after those of all others, which are told to nobody while this thread waits here: so it looks, and does not wait.
	 *
	 * @param event 0 for a trap
	 */
	private void awaitStop(int event) {
		for (int turn = 1;; turn++) {
			long waited = kernel.call(SystemCall.WAIT4, thread, status.address(), WALL | WNOHANG, 0);
			if (waited == 0 || waited == -LinuxException.EINTR) {
				if (turn > SPINS) {
					if (!ThreadStatus.lives(thread)) {
						throw new LinuxException("the thread ended", LinuxException.ESRCH);
					}
					LockSupport.parkNanos(NAP_NANOSECONDS);
				}
				Thread.onSpinWait();
				continue;
			}
			int word = status.get(JAVA_INT, 0);
			if (waited != thread || (word & 0xFF) != 0x7F) {
				throw new LinuxException("the thread ended", LinuxException.ESRCH);
			}
			int signal = word >> 8 & 0xFF;
			if (word >>> 16 == event && (event != 0 || signal == SIGTRAP)) {
				return;
			}
			if (word >>> 16 == 0) {
				signals.add(signal);
			}
			request("PTRACE_CONT", event == 0 ? PTRACE_SINGLESTEP : PTRACE_CONT, 0);
		}
	}

	/** Makes the thread make a system call. @return its result, or -errno */
	public long call(int number, long a, long b, long c, long d, long e, long f) {
		registers.copyFrom(saved);
		registers.set(JAVA_LONG, RAX, number);
		registers.set(JAVA_LONG, RDI, a);
		registers.set(JAVA_LONG, RSI, b);
		registers.set(JAVA_LONG, RDX, c);
		registers.set(JAVA_LONG, R10, d);
		registers.set(JAVA_LONG, R8, e);
		registers.set(JAVA_LONG, R9, f);
		// The instruction that it is in is the one that we need
		registers.set(JAVA_LONG, RIP, saved.get(JAVA_LONG, RIP) - SYSCALL_SIZE);
		registers.set(JAVA_LONG, ORIG_RAX, -1);
		request("PTRACE_SETREGS", PTRACE_SETREGS, registers.address());
		request("PTRACE_SINGLESTEP", PTRACE_SINGLESTEP, 0);
		awaitStop(0);
		request("PTRACE_GETREGS", PTRACE_GETREGS, registers.address());
		return registers.get(JAVA_LONG, RAX);
	}

	/** Puts a file in place of memory: mmap over it, then close. @return 0 or -errno */
	public long replace(long address, long size, int protection, int descriptor) {
		// MAP_SHARED, MAP_FIXED
		long mapped = call(SystemCall.MMAP, address, size, protection, 0x11, descriptor, 0);
		call(SystemCall.CLOSE, descriptor, 0, 0, 0, 0, 0);
		return mapped < 0 ? mapped : 0;
	}

	/** Lets the thread make the call that it was stopped in once more, from the beginning. */
	@Override
	public void close() {
		saved.set(JAVA_LONG, RAX, saved.get(JAVA_LONG, ORIG_RAX));
		saved.set(JAVA_LONG, RIP, saved.get(JAVA_LONG, RIP) - SYSCALL_SIZE);
		saved.set(JAVA_LONG, ORIG_RAX, -1);
		kernel.call(SystemCall.PTRACE, PTRACE_SETREGS, thread, 0, saved.address());
		release();
	}

	private void release() {
		kernel.call(SystemCall.PTRACE, PTRACE_CONT, thread, 0, 0);
		for (int signal : signals) {
			kernel.call(SystemCall.TGKILL, process, thread, signal);
		}
		arena.close();
	}
}
