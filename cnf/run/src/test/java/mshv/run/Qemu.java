package mshv.run;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

import mshv.shell.demo.DebianPackages;
import mshv.shell.demo.Initramfs;
import mshv.shell.demo.Progress;
import mshv.shell.status.CommandException;

/**
 * What a test with QEMU needs and a machine need not have. The environment may name what is to be taken instead of Debian's:
 * {@code MSHV_QEMU} a QEMU with {@code -accel mshv}, {@code MSHV_QEMU_KERNEL} a kernel. What cannot be fetched skips the test; with {@code CI=true} it fails.
 */
record Qemu(Path program, Path kernel, Path initramfs) {
	private static final int CANNOT_FETCH = 75;

	/** @param directory gets the file system of the guest */
	static Qemu find(Path directory) throws IOException, InterruptedException {
		DebianPackages packages = new DebianPackages(System.getenv(), new Progress(System.err::println));
		try {
			String given = System.getenv("MSHV_QEMU_KERNEL");
			Path kernel = given == null ? packages.kernel(false) : Path.of(given);
			Path initramfs = Files.write(directory.resolve("initramfs"), Initramfs.of(Files.readAllBytes(packages.busybox(false))));
			return new Qemu(fetchedProgram(), kernel, initramfs);
		} catch (CommandException e) {
			throw missing(e.getMessage());
		}
	}

	private static Path fetchedProgram() throws IOException, InterruptedException {
		String given = System.getenv("MSHV_QEMU");
		if (given != null) {
			return Path.of(given);
		}
		Process process = new ProcessBuilder("./debian-qemu").redirectInput(new File("/dev/null")).start();
		String last = "";
		try (BufferedReader errors = process.errorReader(StandardCharsets.UTF_8)) {
			for (String line = errors.readLine(); line != null; line = errors.readLine()) {
				System.err.println(line);
				last = line;
			}
		}
		String path = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
		int status = process.waitFor();
		if (status == CANNOT_FETCH) {
			throw missing(last);
		}
		Assertions.assertEquals(0, status, last);
		return Path.of(path);
	}

	private static AssertionError missing(String reason) {
		if (!"true".equals(System.getenv("CI"))) {
			Assumptions.abort(reason);
		}
		return new AssertionError(reason);
	}

	/** Starts a machine through the gateway, without a privilege even if the test has some: with a serial port as its streams, and a monitor.
	 * @param directory for the monitor's socket
	 * @param options of QEMU, those of the kernel excepted
	 * @param append to the kernel's command line */
	QemuMachine start(Path directory, List<String> options, String append) throws IOException {
		return QemuMachine.start(this, directory, options, append);
	}
}
