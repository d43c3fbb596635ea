package mshv.shell;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import mshv.shell.demo.ClockComparison;
import mshv.shell.demo.Initramfs;
import mshv.shell.demo.Progress;
import mshv.shell.guest.Dialogue;

/** Keeps all processors of the demo's guest busy, and finds out whether its kernel, its clocks or its results suffer. One thread. */
final class LoadCheck {
	/** What a kernel says whose processors stand still, whose clocks are wrong, or that is broken. */
	private static final Pattern COMPLAINTS = Pattern.compile("(?m)^.*(?:rcu.* stall|lockup|LOCKUP|unstable|NOHZ tick-stop|BUG:|WARNING:"
		+ "|Oops|Call Trace|blocked for more than|load: wrong).*$");
	/** What it says where the host was too busy to execute a processor in time. */
	private static final Pattern LATE = Pattern.compile("hrtimer: interrupt took \\d+ ns");
	private static final Pattern CLOCK = Pattern.compile(" *(\\d+)\\.(\\d\\d) (\\d+)((?: \\d+)*) *");
	/** The kernel prints hundredths of a second of uptime, and the time of day is printed in seconds. */
	private static final long GRANULARITY = 10_000_000, SECOND = 1_000_000_000;
	/** What a clock may go wrong in all: an oscillator is allowed that in an hour. */
	private static final long TOLERANCE = 50_000_000;
	private static final Duration BETWEEN_READINGS = Duration.ofSeconds(30);
	private static final int READINGS = 4;

	private final Dialogue dialogue;
	private final Progress progress;
	private final int processors;
	private final ClockComparison uptime = new ClockComparison(GRANULARITY);
	private final ClockComparison timeOfDay = new ClockComparison(SECOND);
	private String rounds = "";

	/** @param dialogue with a guest that shows its prompt */
	LoadCheck(Dialogue dialogue, Progress progress, int processors) {
		this.dialogue = dialogue;
		this.progress = progress;
		this.processors = processors;
	}

	/** Runs the load for some time.
	 * @return what is wrong, empty if nothing is */
	Optional<String> run(Duration time) throws IOException, InterruptedException {
		if (!(dialogue.type("load " + processors + " " + sum() + " &\n") && dialogue.await(Initramfs.PROMPT))) {
			return Optional.of("the guest did not start the load");
		}
		long end = System.nanoTime() + time.toNanos();
		Duration each = Duration.ofNanos(Math.min(BETWEEN_READINGS.toNanos(), time.toNanos() / READINGS));
		Optional<String> wrong = read();
		do {
			dialogue.listen(each);
			wrong = wrong.isPresent() ? wrong : read();
		} while (wrong.isEmpty() && end - System.nanoTime() > 0);
		Optional<String> found = wrong;
		// A chain of processes that has not been round has no number
		boolean idle = rounds.isEmpty() || rounds.split(" ").length < processors;
		return complaint().or(() -> found).or(() -> idle ? Optional.of("not all processors have done something: " + rounds)
			: Optional.empty());
	}

	/** @return checksum that each round of the load computes */
	private static String sum() {
		try {
			byte[] bytes = "x".repeat(Initramfs.LOAD_BYTES).getBytes(StandardCharsets.US_ASCII);
			return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
		} catch (NoSuchAlgorithmException e) {
			throw new IllegalStateException("every platform has SHA-256", e);
		}
	}

	private Optional<String> complaint() {
		Matcher matcher = COMPLAINTS.matcher(dialogue.printed());
		return matcher.find() ? Optional.of("the guest says: " + matcher.group().strip()) : Optional.empty();
	}

	private Optional<String> read() throws IOException, InterruptedException {
		long before = System.nanoTime();
		// At the beginning of a line: not the command itself as the terminal shows it
		Matcher matcher = dialogue.type("clock\n") && dialogue.await("\nclock ") ? CLOCK.matcher(dialogue.line()) : null;
		if (matcher == null || !matcher.matches() || !dialogue.await(Initramfs.PROMPT)) {
			return Optional.of("the guest does not tell its clocks");
		}
		long after = System.nanoTime();
		long guest = (Long.parseLong(matcher.group(1)) * 100 + Long.parseLong(matcher.group(2))) * GRANULARITY;
		rounds = matcher.group(4).strip();
		progress.say(String.format(Locale.ROOT, "guest: up %.2f s, it is %s, rounds %s; answered within %d ms", guest / 1e9,
			Instant.ofEpochSecond(Long.parseLong(matcher.group(3))), rounds, (after - before) / 1_000_000));
		long gained = uptime.add(before, after, guest);
		long gainedOfDay = timeOfDay.add(before, after, Long.parseLong(matcher.group(3)) * SECOND);
		if (Math.abs(gained) > TOLERANCE || Math.abs(gainedOfDay) > TOLERANCE) {
			return Optional.of(String.format(Locale.ROOT, "the guest's uptime has gained %.3f s, its time of day %.3f s", gained / 1e9,
				gainedOfDay / 1e9));
		}
		return Optional.empty();
	}

	/** @return what was done and how well it was looked at */
	String summary() {
		Matcher late = LATE.matcher(dialogue.printed());
		return String.format(Locale.ROOT, "rounds %s, no complaint; clocks agree, as far as readings %.2f s wide show%s", rounds,
			uptime.uncertainty() / 1e9, late.find() ? "; the host was busy: " + late.group() : "");
	}
}
