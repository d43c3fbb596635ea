package mshv.gateway.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether Yama (Documentation/admin-guide/LSM/Yama.rst) lets a process that is no ancestor reach into a program, as a gateway must. */
public enum PtraceScope {
	/** Any process of the same user may. */
	CLASSIC,
	/** Only ancestors may, or who has the capability. */
	RESTRICTED,
	/** Only who has the capability may. */
	ADMIN,
	/** Nobody may. */
	NONE;

	private static final Path FILE = Path.of("/proc/sys/kernel/yama/ptrace_scope");

	/** @return this machine's; without Yama, {@link #CLASSIC} */
	public static PtraceScope current() {
		try {
			return of(Files.readString(FILE));
		} catch (IOException e) {
			return CLASSIC;
		}
	}

	/** @param text what the file says; a number that no kernel had is taken for the strictest */
	static PtraceScope of(String text) {
		int number = Integer.parseInt(text.strip());
		return number < 0 || number >= values().length ? NONE : values()[number];
	}

	/** @param privileged whether the process has CAP_SYS_PTRACE
	 * @return whether a process may reach into another of the same user that it has not started */
	public boolean permits(boolean privileged) {
		return this == CLASSIC || privileged && this != NONE;
	}
}
