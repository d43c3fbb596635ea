package mshv.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many programs on one gateway, killed at random moments. The system property {@code mshv.crowd} says how many, {@code mshv.crowd.seed} when
 * each is killed.
 */
class CrowdIT {
	private static final int COUNT = Integer.getInteger("mshv.crowd", 12);
	private static final int AT_ONCE = 6;
	private static final int LONGEST_START_MILLISECONDS = 4000;
	private static final int LONGEST_LIFE_MILLISECONDS = 500;
	private static final long DEADLINE_SECONDS = 60;
	/** Threads that may wait for a program's next call. */
	private static final int MAX_IDLE = 8;
	private static final String END = "the end of it";

	@TempDir
	Path directory;
	private Process gateway;
	private BufferedReader said;

	/** What the gateway's process has for programs.
	 * @param files files in memory, listeners, eventfds, sockets
	 * @param mappings of files in memory
	 * @param threads that take calls */
	private record Possessions(List<String> files, List<String> mappings, List<String> threads) {
		/** @return whether this is no more than another has, but for threads that wait for the next call. It may be less, as the other may
		 * have had something that was about to go */
		boolean isNoMoreThan(Possessions other) {
			return files.size() <= other.files.size() && mappings.size() <= other.mappings.size()
				&& threads.size() <= other.threads.size() + MAX_IDLE;
		}
	}

	@BeforeEach
	void startGateway() throws IOException {
		gateway = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "--sun-misc-unsafe-memory-access=allow",
			"-Dmshv.gateway.socket=" + socket(), "-jar", "target/mshv.jar").redirectError(directory.resolve("gateway.err").toFile()).start();
		said = gateway.inputReader(StandardCharsets.UTF_8);
		await("the socket", () -> Files.exists(Path.of(socket())));
	}

	@AfterEach
	void endGateway() {
		gateway.destroyForcibly();
	}

	private String socket() {
		return directory.resolve("gateway").toString();
	}

	private interface Condition {
		boolean holds() throws IOException;
	}

	private static void await(String what, Condition condition) throws IOException {
		assertTrue(comesTrue(condition), "not in time: " + what);
	}

	private static boolean comesTrue(Condition condition) throws IOException {
		long start = System.nanoTime();
		while (!condition.holds()) {
			if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS)) {
				return false;
			}
			java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
		}
		return true;
	}

	private Process start(String... arguments) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(Programs.exec(Programs.java("mshv.run.client.CrowdClient", arguments)));
		builder.environment().put("MSHV_GATEWAY", socket());
		return builder.redirectErrorStream(true).start();
	}

	/** @return what the gateway's shell says to a command */
	private String ask(String command) throws IOException {
		var commands = gateway.outputWriter(StandardCharsets.UTF_8);
		commands.write(command + "\n'" + END + "'\n");
		commands.flush();
		StringBuilder answer = new StringBuilder();
		for (String line = said.readLine(); line != null && !line.endsWith(END); line = said.readLine()) {
			answer.append(line).append('\n');
		}
		return answer.toString();
	}

	/** @return how many programs there are */
	private long programs() throws IOException {
		return ask("clients").lines().filter(line -> line.matches("[0-9]+ +[0-9]+ .*")).count();
	}

	private Possessions possessions() throws IOException {
		Path process = Path.of("/proc", Long.toString(gateway.pid()));
		try (Stream<Path> descriptors = Files.list(process.resolve("fd")); Stream<String> mappings = Files.lines(process.resolve("maps"));
				Stream<Path> tasks = Files.list(process.resolve("task"))) {
			return new Possessions(
				descriptors.map(CrowdIT::target).filter(target -> target.contains("memfd:") || target.contains("anon_inode")
					|| target.contains("socket:")).sorted().toList(),
				mappings.filter(line -> line.contains("memfd:")).toList(),
				tasks.map(CrowdIT::name).filter(name -> name.startsWith("mshv-program")).sorted().toList());
		}
	}

	/** What is there when it is too late, with what every thread does. */
	private String now() {
		try {
			Process stacks = new ProcessBuilder(System.getProperty("java.home") + "/bin/jstack", Long.toString(gateway.pid())).start();
			return possessions() + ask("clients") + ask("partitions") + new String(stacks.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		} catch (IOException e) {
			return e.toString();
		}
	}

	private static String target(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).toString();
		} catch (IOException e) {
			return "closed meanwhile";
		}
	}

	private static String name(Path task) {
		try {
			return Files.readString(task.resolve("comm")).strip();
		} catch (IOException e) {
			return "ended meanwhile";
		}
	}

	/** A program that is to be killed: some time after its start, or after its first guest is there. */
	private static final class Member {
		private final Process process;
		private final boolean fromTheStart;
		private final boolean atOnce;
		private final long life;
		private long since = System.nanoTime();
		private boolean runs;
		private boolean killed;

		Member(Process process, Random random) {
			this.process = process;
			fromTheStart = random.nextInt(3) == 0;
			atOnce = random.nextInt(4) > 0;
			life = TimeUnit.MILLISECONDS.toNanos(random.nextInt(fromTheStart ? LONGEST_START_MILLISECONDS : LONGEST_LIFE_MILLISECONDS));
		}

		void look() throws IOException {
			if (!runs && !killed && process.isAlive() && process.getInputStream().available() > 0) {
				runs = true;
				since = fromTheStart ? since : System.nanoTime();
			}
			if (!killed && (fromTheStart || runs) && System.nanoTime() - since > life) {
				killed = true;
				if (atOnce) {
					process.destroyForcibly();
				} else {
					process.destroy();
				}
			}
		}
	}

	@Test
	void programsThatAreKilledLeaveNothingAndDisturbNobody() throws Exception {
		long seed = Long.getLong("mshv.crowd.seed", System.nanoTime());
		System.out.println(COUNT + " programs, seed " + seed);
		Random random = new Random(seed);
		Process steady = start("steady");
		BufferedReader steadySays = steady.inputReader();
		assertEquals("runs", steadySays.readLine());
		// What services start once and keep is there from here on
		start("busy", "1").waitFor();
		await("one program left", () -> programs() == 1);
		Possessions before = possessions();
		String partitions = ask("partitions");

		List<Member> alive = new ArrayList<>();
		int ran = 0;
		for (int started = 0; started < COUNT || !alive.isEmpty();) {
			if (started < COUNT && alive.size() < AT_ONCE) {
				started++;
				alive.add(new Member(start("busy", Long.toString(random.nextLong())), random));
			}
			for (int i = alive.size() - 1; i >= 0; i--) {
				alive.get(i).look();
				if (!alive.get(i).process.isAlive()) {
					ran += alive.remove(i).runs ? 1 : 0;
				}
			}
			java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
		}
		System.out.println(ran + " of them had guests");

		assertTrue(steady.isAlive(), () -> "seed " + seed + ": " + steadySays.lines().toList());
		await("one program left, seed " + seed, () -> programs() == 1);
		assertEquals(partitions, ask("partitions"), () -> "seed " + seed);
		assertTrue(comesTrue(() -> possessions().isNoMoreThan(before)), () -> "seed " + seed + ": there was " + before + ", there is " + now());
		steady.outputWriter().close();
		assertEquals("steady", steadySays.readLine(), () -> "seed " + seed);
		assertTrue(steady.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), () -> "seed " + seed);
	}

	@Test
	void whenTheGatewayIsKilledEveryProgramIsToldSo() throws Exception {
		List<Process> programs = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			programs.add(start("waits"));
			programs.add(start("steady"));
		}
		List<BufferedReader> outputs = programs.stream().map(Process::inputReader).toList();
		for (BufferedReader output : outputs) {
			assertEquals("runs", output.readLine());
		}
		gateway.destroyForcibly();
		for (int i = 0; i < programs.size(); i++) {
			assertEquals("errno 38", outputs.get(i).readLine());
			assertTrue(programs.get(i).waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), "still running");
		}
	}
}
