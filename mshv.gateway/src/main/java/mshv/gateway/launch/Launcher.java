package mshv.gateway.launch;


import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import mshv.gateway.LaunchRequest;
import mshv.gateway.linux.Kernel;
import mshv.gateway.linux.LinuxException;
import mshv.gateway.linux.Program;
import mshv.gateway.linux.PtraceScope;
import mshv.gateway.linux.Seccomp;
import mshv.gateway.linux.ThreadStatus;
import mshv.gateway.linux.UnixSocket;

/**
 * Turns this process into a program whose calls to {@code /dev/mshv} go to a gateway. Terminal, working directory, descriptors, process
 * id and everything else that a process has stay.
 * <p>
 * Arguments: the gateway's socket, the process that is to open it and its log (or 0 and an empty word), the numbers of the descriptors
 * that are the program's, then the options and words of {@code mshv exec}. Whatever is wrong is one line on standard error, before the program begins.
 */
public final class Launcher {
	private static final int STATUS_USAGE = 64;
	private static final int STATUS_NO_BACKEND = 82;
	private static final int STATUS_REFUSED = 94;
	private static final int STATUS_CANNOT_EXECUTE = 126;
	private static final int STATUS_NOT_FOUND = 127;
	private static final int NAP_MILLISECONDS = 10;

	private static final String NO_BACKEND = "no backend";

	private final Arena arena = Arena.ofShared();
	private final Kernel kernel = new Kernel(arena);

	private Launcher() {}

	/** What goes wrong before the program begins. */
	private static final class Refusal extends Exception {
		private static final long serialVersionUID = 1;
		private final int status;

		Refusal(int status, String message) {
			super(message);
			this.status = status;
		}
	}

	/** @param arguments see the class */
	public static void main(String[] arguments) {
		try {
			new Launcher().launch(arguments);
		} catch (Refusal e) {
			System.err.println("mshv: exec: " + e.getMessage());
			System.exit(e.status);
		} catch (LinuxException | IOException | InterruptedException e) {
			System.err.println("mshv: exec: " + e.getMessage());
			System.exit(STATUS_REFUSED);
		}
	}

	private void launch(String[] arguments) throws Refusal, IOException, InterruptedException {
		String backend = "";
		String trace = "";
		boolean memory = false;
		List<String> rules = new ArrayList<>();
		int next = 4;
		while (next < arguments.length && arguments[next].startsWith("-")) {
			String option = arguments[next++];
			if (option.equals("--")) {
				break;
			}
			if (option.equals("--trace-memory")) {
				memory = true;
				continue;
			}
			if (next == arguments.length) {
				throw new Refusal(STATUS_USAGE, option + " needs a value");
			}
			String value = arguments[next++];
			switch (option) {
				case "--backend" -> backend = value;
				case "--trace" -> trace = Path.of(value).toAbsolutePath().toString();
				case "--fail" -> rules.add(value);
				default -> throw new Refusal(STATUS_USAGE, "no option " + option + "; before a program that begins with '-' write --");
			}
		}
		if (next == arguments.length) {
			throw new Refusal(STATUS_USAGE, "which program?");
		}
		if (memory && trace.isEmpty()) {
			throw new Refusal(STATUS_USAGE, "--trace-memory without --trace");
		}
		Set<Integer> inherited = Arrays.stream(arguments[3].split(",")).map(Integer::valueOf).collect(Collectors.toSet());
		if (!System.getProperty("os.arch").equals("amd64") || !System.getProperty("os.name").equals("Linux")) {
			throw new Refusal(STATUS_REFUSED, "needs Linux on x86-64, this is " + System.getProperty("os.name") + " on "
				+ System.getProperty("os.arch"));
		}
		List<String> words = List.of(arguments).subList(next, arguments.length);
		String file = find(words.getFirst());
		if (Seccomp.notificationAvailable(kernel, arena.allocate(8, 8)) < 0) {
			throw new Refusal(STATUS_REFUSED, "this kernel has no seccomp user notification (Linux 5.9 or later, and no sandbox that denies it)");
		}
		UnixSocket socket = connect(arguments[0], Integer.parseInt(arguments[1]), arguments[2]);
		requireReach(socket.peer());
		socket.send(new LaunchRequest(String.join(" ", words), backend, trace, memory, rules).encode(), -1);
		UnixSocket.Message answer = socket.receive();
		String text = answer == null ? "the gateway has ended" : new String(answer.bytes(), StandardCharsets.UTF_8);
		if (!text.equals("ok")) {
			throw new Refusal(text.startsWith(NO_BACKEND) ? STATUS_NO_BACKEND : STATUS_REFUSED, text);
		}
		become(file, words, inherited, socket);
	}

	/** @return the program's file, as execvp finds it */
	private static String find(String name) throws Refusal {
		List<File> candidates = new ArrayList<>();
		if (name.contains("/")) {
			candidates.add(new File(name));
		} else {
			String path = System.getenv("PATH");
			for (String folder : (path == null ? "/bin:/usr/bin" : path).split(":")) {
				candidates.add(new File(folder.isEmpty() ? "." : folder, name));
			}
		}
		boolean exists = false;
		for (File candidate : candidates) {
			if (candidate.isFile() && candidate.canExecute()) {
				return candidate.getPath();
			}
			exists |= candidate.exists();
		}
		throw new Refusal(exists ? STATUS_CANNOT_EXECUTE : STATUS_NOT_FOUND, name + (exists ? ": cannot be executed" : ": not found"));
	}

	private UnixSocket connect(String path, int gateway, String log) throws Refusal, IOException, InterruptedException {
		while (true) {
			UnixSocket socket = UnixSocket.connect(kernel, arena, path);
			if (socket != null) {
				return socket;
			}
			if (gateway == 0) {
				throw new Refusal(STATUS_REFUSED, "no gateway listens at " + path);
			}
			if (!Files.exists(Path.of("/proc", Integer.toString(gateway)))) {
				List<String> lines = Files.readAllLines(Path.of(log));
				throw new Refusal(STATUS_REFUSED, "the gateway did not start" + (lines.isEmpty() ? "" : ": " + lines.getLast()));
			}
			Thread.sleep(NAP_MILLISECONDS);
		}
	}

	private static void requireReach(int gateway) throws Refusal {
		PtraceScope scope = PtraceScope.current();
		if (!scope.permits(ThreadStatus.mayTraceAll(gateway))) {
			throw new Refusal(STATUS_REFUSED, "the gateway cannot reach the program's memory, because kernel.yama.ptrace_scope is "
				+ scope.ordinal() + (scope == PtraceScope.NONE ? ", until the next boot" : ": 'sudo sysctl kernel.yama.ptrace_scope=0' permits it"));
		}
	}

	/** From the filter on nothing may be loaded: whatever opens a file would wait for the gateway, which has no listener yet. */
	private void become(String file, List<String> words, Set<Integer> inherited, UnixSocket socket) throws Refusal {
		MemorySegment filter = arena.allocate(Seccomp.FILTER_SIZE, 8);
		Seccomp.encodeFilter(filter);
		Program program = new Program(kernel, arena, file, words);
		program.closeOnExecAllBut(inherited);
		byte[] ready = {1};
		String executing = "mshv: exec: cannot execute " + file + ", errno ";
		if (Seccomp.noNewPrivileges(kernel) < 0) {
			throw new Refusal(STATUS_REFUSED, "no_new_privs is refused");
		}
		program.warm();
		long listener = Seccomp.install(kernel, filter);
		if (listener < 0) {
			throw new Refusal(STATUS_REFUSED, listener == -LinuxException.EBUSY
				? "this process is under another seccomp listener already, as in a container that uses one: the kernel allows only one"
				: "seccomp refuses a listener, errno " + -listener);
		}
		if (!socket.send(ready, (int) listener)) {
			throw new Refusal(STATUS_REFUSED, "the gateway has ended");
		}
		program.close((int) listener);
		long errno = program.execute();
		System.err.println(executing + errno);
		System.exit(STATUS_CANNOT_EXECUTE);
	}
}
