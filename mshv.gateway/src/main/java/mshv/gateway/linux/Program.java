package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/** A program that takes the place of this process. Everything is prepared beforehand: executing makes system calls and nothing else. */
public final class Program {
	private static final int F_SETFD = 2;
	private static final int FD_CLOEXEC = 1;
	private static final int SIG_SETMASK = 2;
	private static final int F_GETFD = 1;

	private final Kernel kernel;
	private final MemorySegment file;
	private final MemorySegment arguments;
	private final MemorySegment environment;
	private final MemorySegment noSignals;

	/** @param file the program's file @param words its arguments, the first by which name it was called */
	@SuppressWarnings("restricted")
	public Program(Kernel kernel, Arena arena, String file, List<String> words) {
		this.kernel = kernel;
		this.file = arena.allocateFrom(file);
		arguments = arena.allocate(ADDRESS, words.size() + 1L);
		for (int i = 0; i < words.size(); i++) {
			arguments.setAtIndex(ADDRESS, i, arena.allocateFrom(words.get(i)));
		}
		// As it came: what Java says of the environment has lost bytes that are no text
		environment = Linker.nativeLinker().defaultLookup().findOrThrow("environ").reinterpret(8).get(ADDRESS, 0);
		noSignals = arena.allocate(JAVA_LONG);
	}

	/** Marks what this virtual machine has opened for itself, so that only what came with the process stays open. @param inherited numbers */
	public void closeOnExecAllBut(Set<Integer> inherited) {
		String[] numbers = new File("/proc/self/fd").list();
		for (String number : numbers == null ? new String[0] : numbers) {
			if (!inherited.contains(Integer.valueOf(number))) {
				kernel.call(SystemCall.FCNTL, Integer.parseInt(number), F_SETFD, FD_CLOEXEC);
			}
		}
	}

	/** Makes the kind of calls once that {@link #execute} makes, so that it loads nothing. */
	public void warm() {
		kernel.call(SystemCall.FCNTL, -1, F_GETFD, 0);
		close(-1);
	}

	/** Closes a descriptor. */
	public void close(int descriptor) {
		kernel.call(SystemCall.CLOSE, descriptor, 0, 0);
	}

	/** Becomes the program. @return error number: it was not to be */
	public long execute() {
		// A virtual machine's threads block signals that a program expects to get
		kernel.call(SystemCall.RT_SIGPROCMASK, SIG_SETMASK, noSignals.address(), 0, 8);
		return -kernel.call(SystemCall.EXECVE, file.address(), arguments.address(), environment.address());
	}
}
