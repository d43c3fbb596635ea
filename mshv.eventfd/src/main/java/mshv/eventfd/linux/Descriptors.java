package mshv.eventfd.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import mshv.api.Errno;
import mshv.api.HypervisorException;

/** What the kernel says about descriptors of this process. */
final class Descriptors {
	private static final Path INFO = Path.of("/proc/self/fdinfo");
	private static final int O_NONBLOCK = 04000;
	/** Kernels before 5.2 number no eventfds. */
	private static final long NO_ID = -1;

	/**
	 * An eventfd.
	 *
	 * @param id the kernel's number of the eventfd, the same for all its descriptors in all processes; -1 if it has none
	 * @param blocking whether its reads and writes wait
	 */
	record Eventfd(long id, boolean blocking) {
		/** @return whether {@link #id} says which eventfd it is */
		boolean identified() {
			return id != NO_ID;
		}
	}

	private Descriptors() {}

	/** @throws HypervisorException (EBADF) if there is no such descriptor, EINVAL if it is no eventfd */
	static Eventfd eventfd(int descriptor) {
		List<String> lines;
		try {
			lines = Files.readAllLines(INFO.resolve(Integer.toString(descriptor)));
		} catch (IOException e) {
			throw new HypervisorException("descriptor " + descriptor, Errno.EBADF);
		}
		if (field(lines, "eventfd-count:") == null) {
			throw new HypervisorException("descriptor " + descriptor + " is no eventfd", Errno.EINVAL);
		}
		String id = field(lines, "eventfd-id:");
		String flags = field(lines, "flags:");
		return new Eventfd(id == null ? NO_ID : Long.parseLong(id), flags == null || (Integer.parseInt(flags, 8) & O_NONBLOCK) == 0);
	}

	private static String field(List<String> lines, String name) {
		return lines.stream().filter(line -> line.startsWith(name)).map(line -> line.substring(name.length()).strip()).findFirst()
			.orElse(null);
	}
}
