package mshv.gateway.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@code /proc/PID/status} says of a thread. */
public final class ThreadStatus {
	private static final String THREAD_GROUP = "Tgid:";
	private static final String STATE = "State:";
	private static final String CAUGHT = "SigCgt:";
	private static final String CAPABILITIES = "CapEff:";
	private static final int CAP_SYS_PTRACE = 19;

	private ThreadStatus() {}

	/** @return the process of a thread; the thread's own number if it has ended */
	public static int process(int thread) {
		String value = value(thread, THREAD_GROUP);
		return value == null ? thread : Integer.parseInt(value);
	}

	/** @return false if the thread has ended, whether or not anybody has been told */
	static boolean lives(int thread) {
		String value = value(thread, STATE);
		return value != null && !value.startsWith("Z") && !value.startsWith("X");
	}

	/** @return whether the thread's process has a handler for a signal */
	public static boolean catches(int thread, int signal) {
		String value = value(thread, CAUGHT);
		return value != null && (Long.parseUnsignedLong(value, 16) >>> signal - 1 & 1) != 0;
	}

	/** @return whether the thread may reach into any process */
	public static boolean mayTraceAll(int thread) {
		String value = value(thread, CAPABILITIES);
		return value != null && (Long.parseUnsignedLong(value, 16) >>> CAP_SYS_PTRACE & 1) != 0;
	}

	private static String value(int thread, String name) {
		try {
			for (String line : Files.readAllLines(Path.of("/proc", Integer.toString(thread), "status"))) {
				if (line.startsWith(name)) {
					return line.substring(name.length()).strip();
				}
			}
		} catch (IOException e) {
			// It has ended: what is looked for there is not found
		}
		return null;
	}
}
