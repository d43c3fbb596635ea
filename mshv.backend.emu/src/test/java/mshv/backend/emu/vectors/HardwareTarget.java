package mshv.backend.emu.vectors;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The host's processor: a child process is single-stepped over the instruction with ptrace(2).
 * Linux on x86-64 only. Until it is closed its thread is tied to one processor.
 * All calls must come from the platform thread that made the object, because the kernel ties a tracer to a thread.
 */
public final class HardwareTarget implements VectorTarget, AutoCloseable {
	private static final int PTRACE_SINGLESTEP = 9;
	private static final int PTRACE_GETREGS = 12;
	private static final int PTRACE_SETREGS = 13;
	private static final int PTRACE_GETFPREGS = 14;
	private static final int PTRACE_SETFPREGS = 15;
	private static final int PTRACE_SETOPTIONS = 0x4200;
	private static final int PTRACE_GETSIGINFO = 0x4202;
	private static final int PTRACE_O_EXITKILL = 0x100000;
	private static final int SIGTRAP = 5;
	private static final byte INT3 = (byte) 0xCC;
	private static final int TRAP_TRACE = 2;
	private static final long TF = 1 << 8;
	private static final long RF = 1 << 16;
	private static final int PAGE_FAULT = 14;
	/** Index of each register in user_regs_struct, in the order of encoding. */
	private static final int[] REGISTER_SLOT = {10, 11, 12, 5, 19, 4, 13, 14, 9, 8, 7, 6, 3, 2, 1, 0};
	private static final int SLOT_ORIG_RAX = 15;
	private static final int SLOT_RIP = 16;
	private static final int SLOT_CS = 17;
	private static final int SLOT_EFLAGS = 18;
	private static final int SLOT_RSP = 19;
	private static final int SLOT_SS = 20;
	private static final int SLOT_FS_BASE = 21;
	private static final int SLOT_GS_BASE = 22;
	private static final int SLOTS = 27;
	/** Offsets from the stack pointer at entry of a handler: return address, then the sigcontext of ucontext_t. */
	private static final int FRAME_ERROR = 8 + 40 + 19 * 8;
	private static final int FRAME_TRAP = FRAME_ERROR + 8;
	private static final int FRAME_CR2 = FRAME_TRAP + 16;

	private final Arena arena = Arena.ofConfined();
	/** Both processes take turns; on one processor a turn costs no interrupt. */
	private final MemorySegment affinity = LinuxCalls.tieToProcessor(arena);
	private final int fd;
	private final int pid;
	private final MemorySegment shared;
	private final MemorySegment code;
	private final MemorySegment data;
	private final MemorySegment registers = arena.allocate(SLOTS * 8, 8);
	private final MemorySegment fx = arena.allocate(512, 16);
	private final MemorySegment siginfo = arena.allocate(128, 8);
	private final MemorySegment status = arena.allocate(4, 4);

	/**
	 * Starts the child.
	 *
	 * @throws IllegalStateException if the host does not allow to trace
	 */
	public HardwareTarget() {
		fd = LinuxCalls.memoryFile(arena, TraceeProgram.FILE_SIZE);
		shared = LinuxCalls.map(arena, fd, TraceeProgram.FILE_SIZE);
		code = shared.asSlice(TraceeProgram.FILE_CODE, AddressSpace.PAGE);
		data = shared.asSlice(TraceeProgram.FILE_DATA, AddressSpace.DATA_SIZE);
		code.fill(AddressSpace.CODE_FILL);
		pid = start(fd);
		LinuxCalls.ptrace(PTRACE_SETOPTIONS, pid, 0, MemorySegment.ofAddress(PTRACE_O_EXITKILL));
	}

	private int start(int fd) {
		try {
			Path program = Files.createTempFile("vectors", ".elf",
					PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
			try {
				Files.write(program, TraceeProgram.image(fd));
				int child = LinuxCalls.spawn(program);
				int stopped = LinuxCalls.waitFor(child, status);
				if (stopped != (19 << 8 | 0x7F)) {
					throw new IllegalStateException("the traced child did not stop: wait status " + stopped);
				}
				return child;
			} finally {
				Files.delete(program);
			}
		} catch (IOException e) {
			throw new UncheckedIOException(e);
		}
	}

	/** Kills the child and lets the thread run on its former processors again. */
	@Override
	public void close() {
		LinuxCalls.kill(pid);
		LinuxCalls.waitFor(pid, status);
		LinuxCalls.close(fd);
		LinuxCalls.tie(affinity);
		arena.close();
	}

	@Override
	public void run(TestCase in, TestResult out) {
		long offset = in.state.rip - AddressSpace.CODE;
		MemorySegment.copy(in.code, 0, code, JAVA_BYTE, offset, in.codeLength);
		MemorySegment.copy(in.state.data, 0, data, JAVA_BYTE, 0, AddressSpace.DATA_SIZE);
		writeRegisters(in.state);
		out.vector = TestResult.NO_EXCEPTION;
		out.errorCode = 0;
		out.faultAddress = 0;
		boolean mayBreak = contains(in, INT3);
		boolean more;
		do {
			int signal = step(0);
			readRegisters(out.state);
			more = false;
			if (signal != SIGTRAP || mayBreak && signalCode() != TRAP_TRACE) {
				readException(signal, out);
			} else {
				more = in.repeats && out.state.rip == in.state.rip;
			}
		} while (more);
		MemorySegment.copy(data, JAVA_BYTE, 0, out.state.data, 0, AddressSpace.DATA_SIZE);
		code.asSlice(offset, in.codeLength).fill(AddressSpace.CODE_FILL);
		if (in.pushesFlags && out.vector == TestResult.NO_EXCEPTION) {
			int pushed = AddressSpace.dataOffset(out.state.gpr[4] + 1);
			out.state.data[pushed] &= (byte) ~(TF >> 8);
		}
	}

	private static boolean contains(TestCase in, byte value) {
		for (int i = 0; i < in.codeLength; i++) {
			if (in.code[i] == value) {
				return true;
			}
		}
		return false;
	}

	private int step(int signal) {
		LinuxCalls.ptrace(PTRACE_SINGLESTEP, pid, 0, MemorySegment.ofAddress(signal));
		int stopped = LinuxCalls.waitFor(pid, status);
		if ((stopped & 0xFF) != 0x7F) {
			throw new IllegalStateException("the traced child ended: wait status " + stopped);
		}
		return stopped >> 8 & 0xFF;
	}

	private int signalCode() {
		LinuxCalls.ptrace(PTRACE_GETSIGINFO, pid, 0, siginfo);
		return siginfo.get(JAVA_INT_UNALIGNED, 8);
	}

	/** Delivers the signal: the frame of its handler, on the signal stack, tells vector, error code and CR2. */
	private void readException(int signal, TestResult out) {
		int stopped = step(signal);
		LinuxCalls.ptrace(PTRACE_GETREGS, pid, 0, registers);
		long frame = slot(SLOT_RSP) - TraceeProgram.SIGNAL_STACK;
		if (stopped != SIGTRAP || frame < 0 || frame >= TraceeProgram.SIGNAL_STACK_SIZE) {
			throw new IllegalStateException("signal " + signal + " was not delivered");
		}
		long start = TraceeProgram.FILE_SIGNAL_STACK + frame;
		out.vector = (int) shared.get(JAVA_LONG_UNALIGNED, start + FRAME_TRAP);
		boolean page = out.vector == PAGE_FAULT;
		// The kernel reports its last error code with exceptions that have none.
		out.errorCode = page || out.vector >= 10 && out.vector <= 13 ? (int) shared.get(JAVA_LONG_UNALIGNED, start + FRAME_ERROR) : 0;
		out.faultAddress = page ? shared.get(JAVA_LONG_UNALIGNED, start + FRAME_CR2) : 0;
	}

	private long slot(int index) {
		return registers.get(JAVA_LONG_UNALIGNED, index * 8L);
	}

	private void slot(int index, long value) {
		registers.set(JAVA_LONG_UNALIGNED, index * 8L, value);
	}

	private void writeRegisters(CpuState s) {
		registers.fill((byte) 0);
		for (int i = 0; i < 16; i++) {
			slot(REGISTER_SLOT[i], s.gpr[i]);
		}
		slot(SLOT_ORIG_RAX, -1);
		slot(SLOT_RIP, s.rip);
		slot(SLOT_EFLAGS, s.rflags);
		slot(SLOT_CS, 0x33);
		slot(SLOT_SS, 0x2B);
		slot(SLOT_FS_BASE, s.fsBase);
		slot(SLOT_GS_BASE, s.gsBase);
		LinuxCalls.ptrace(PTRACE_SETREGS, pid, 0, registers);
		fx.set(JAVA_SHORT_UNALIGNED, 0, (short) s.fcw);
		fx.set(JAVA_SHORT_UNALIGNED, 2, (short) s.fsw);
		fx.set(JAVA_SHORT_UNALIGNED, 4, (short) s.ftw);
		fx.asSlice(6, 18).fill((byte) 0);
		fx.set(JAVA_INT_UNALIGNED, 24, s.mxcsr);
		for (int i = 0; i < 8; i++) {
			fx.set(JAVA_LONG_UNALIGNED, 32 + 16 * i, s.significand[i]);
			fx.set(JAVA_LONG_UNALIGNED, 40 + 16 * i, s.signExponent[i]);
		}
		MemorySegment.copy(s.xmm, 0, fx, JAVA_LONG_UNALIGNED, 160, 32);
		LinuxCalls.ptrace(PTRACE_SETFPREGS, pid, 0, fx);
	}

	private void readRegisters(CpuState s) {
		LinuxCalls.ptrace(PTRACE_GETREGS, pid, 0, registers);
		for (int i = 0; i < 16; i++) {
			s.gpr[i] = slot(REGISTER_SLOT[i]);
		}
		s.rip = slot(SLOT_RIP);
		s.rflags = slot(SLOT_EFLAGS) & ~(TF | RF);
		s.fsBase = slot(SLOT_FS_BASE);
		s.gsBase = slot(SLOT_GS_BASE);
		LinuxCalls.ptrace(PTRACE_GETFPREGS, pid, 0, fx);
		s.fcw = Short.toUnsignedInt(fx.get(JAVA_SHORT_UNALIGNED, 0));
		s.fsw = Short.toUnsignedInt(fx.get(JAVA_SHORT_UNALIGNED, 2));
		s.ftw = Byte.toUnsignedInt(fx.get(JAVA_BYTE, 4));
		s.mxcsr = fx.get(JAVA_INT_UNALIGNED, 24);
		for (int i = 0; i < 8; i++) {
			s.significand[i] = fx.get(JAVA_LONG_UNALIGNED, 32 + 16 * i);
			s.signExponent[i] = Short.toUnsignedInt(fx.get(JAVA_SHORT_UNALIGNED, 40 + 16 * i));
		}
		MemorySegment.copy(fx, JAVA_LONG_UNALIGNED, 160, s.xmm, 0, 32);
	}
}
