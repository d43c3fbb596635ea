package mshv.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running QEMU: what its guest's serial port says, and its monitor. One thread. */
final class QemuMachine implements AutoCloseable {
	private static final Duration PATIENCE = Duration.ofMinutes(10);
	private static final int ROOT = 0;

	private final Process process;
	private final Path socket;
	private final StringBuffer said = new StringBuffer();
	private final Thread reader;
	private SocketChannel monitor;
	private int seen;

	private QemuMachine(Process process, Path socket) {
		this.process = process;
		this.socket = socket;
		reader = Thread.ofPlatform().daemon().start(this::read);
	}

	static QemuMachine start(Qemu qemu, Path directory, List<String> options, String append) throws IOException {
		Path socket = directory.resolve("monitor");
		List<String> command = new ArrayList<>();
		if ((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == ROOT) {
			command.addAll(List.of("setpriv", "--inh-caps=-all", "--bounding-set=-all"));
		}
		command.addAll(List.of("../../mshv", "exec", qemu.program().toString(), "-accel", "mshv", "-m", "512", "-nodefaults",
			"-no-user-config", "-display", "none", "-serial", "stdio", "-qmp", "unix:" + socket + ",server=on,wait=off",
			"-kernel", qemu.kernel().toString(), "-initrd", qemu.initramfs().toString(),
			"-append", "console=ttyS0 mitigations=off cryptomgr.notests " + append));
		command.addAll(options);
		return new QemuMachine(new ProcessBuilder(command).redirectErrorStream(true).start(), socket);
	}

	private void read() {
		byte[] bytes = new byte[4096];
		try (InputStream in = process.getInputStream()) {
			for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
				said.append(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
				synchronized (said) {
					said.notifyAll();
				}
			}
		} catch (IOException e) {
			throw new UncheckedIOException(e);
		}
	}

	/** Waits for a text behind the one that was waited for before. */
	void await(String text) throws InterruptedException {
		long deadline = System.nanoTime() + PATIENCE.toNanos();
		synchronized (said) {
			while (said.indexOf(text, seen) < 0) {
				long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
				if (left <= 0 || !reader.isAlive()) {
					throw new AssertionError("'" + text + "' does not come:\n" + said);
				}
				said.wait(Math.min(left, 1000));
			}
			seen = said.indexOf(text, seen) + text.length();
		}
	}

	/** Types a line at the serial port. */
	void type(String line) throws IOException {
		process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
		process.getOutputStream().flush();
	}

	/** @return what the monitor answers to a command of its protocol (QMP) without arguments, as JSON */
	String monitor(String command) throws IOException {
		if (monitor == null) {
			monitor = SocketChannel.open(StandardProtocolFamily.UNIX);
			monitor.connect(UnixDomainSocketAddress.of(socket));
			monitor("qmp_capabilities");
		}
		monitor.write(ByteBuffer.wrap(("{\"execute\": \"" + command + "\"}\n").getBytes(StandardCharsets.US_ASCII)));
		InputStream in = Channels.newInputStream(monitor);
		String line;
		do {
			line = line(in);
		} while (!line.startsWith("{\"return\"") && !line.startsWith("{\"error\""));
		return line;
	}

	private static String line(InputStream in) throws IOException {
		StringBuilder line = new StringBuilder();
		for (int c = in.read(); c != '\n'; c = in.read()) {
			if (c < 0) {
				throw new IOException("the monitor has closed");
			}
			line.append((char) c);
		}
		return line.toString();
	}

	/** @return a field of the process's status as the kernel tells it (proc_pid_status(5)) */
	String status(String field) throws IOException {
		return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream().filter(line -> line.startsWith(field + ":"))
			.map(line -> line.substring(field.length() + 1).strip()).findFirst().orElseThrow();
	}

	/** @return how the process ended */
	int end() throws InterruptedException {
		if (!process.waitFor(PATIENCE)) {
			throw new AssertionError("still running:\n" + said);
		}
		reader.join();
		return process.exitValue();
	}

	/** @return all that the serial port and QEMU have said */
	@Override
	public String toString() {
		return said.toString();
	}

	@Override
	public void close() throws IOException {
		process.destroyForcibly();
		if (monitor != null) {
			monitor.close();
		}
	}
}
