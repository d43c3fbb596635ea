package mshv.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The conformance suite, once more in a program of its own for which this system is the kernel's {@code /dev/mshv}. */
class ConformanceIT {
	/** What the driver's calls cannot say, or tell nobody. */
	private static final List<String> NOT_OFFERED = List.of(
		"KindsOfRegions.aDevicesMemoryCanBeWrittenWhateverIsSaid",
		"KindsOfRegions.guestMemoryIsReadAndWrittenAsTheProcessorSeesIt",
		"KindsOfRegions.memoryIsADevicesOrTheGuests",
		"RandomUse.aSeedGivesTheSameOperationsAgain",
		"RandomUse.randomHypercallsDoNoHarm",
		"Statistics.instructionsAreCounted",
		"Statistics.interruptsAreCounted");

	/** Connections of guests to one another, and to the root, which only whoever makes hypercalls can make. */
	private static final List<String> CONNECTIONS = List.of("GuestConnections.", "MonitoredNotifications.");

	@TempDir
	Path directory;

	/** What a report says, without the counts, which follow from the rules. */
	private record Report(List<String> rules, List<String> failed, TreeSet<String> notOffered) {
		static Report of(String text) {
			return new Report(text.lines().filter(line -> line.matches(".* (passed|FAILED|not offered)"))
				.map(line -> line.replaceAll(" +(passed|FAILED|not offered)$", "")).sorted().toList(),
				text.lines().filter(line -> line.startsWith("failed: ")).toList(),
				text.lines().filter(line -> line.startsWith("not offered: ")).map(line -> line.replaceAll(".*?\\(([A-Za-z.]+)\\):.*", "$1"))
					.collect(Collectors.toCollection(TreeSet::new)));
		}
	}

	@Test
	void theReportThroughTheGatewayIsThatOfUsersInTheSameProcess() throws Exception {
		Programs.Outcome inside = Programs.run(directory, 10, "", List.of("../../mshv", "conformance", "--backend", "emu", "--rules"));
		Programs.Outcome through = Programs.run(directory, 10, "",
			Programs.exec(List.of("../../mshv", "conformance", "--backend", "mshv", "--rules")));
		assertEquals(0, inside.status(), inside::toString);
		assertEquals(0, through.status(), through::toString);
		Report expected = Report.of(inside.out());
		Report found = Report.of(through.out());
		assertEquals(List.of(), found.failed(), through::toString);
		assertEquals(expected.rules(), found.rules());
		TreeSet<String> notOffered = new TreeSet<>(expected.notOffered());
		notOffered.addAll(NOT_OFFERED);
		found.notOffered().removeIf(rule -> CONNECTIONS.stream().anyMatch(rule::startsWith));
		assertEquals(notOffered, found.notOffered());
	}
}
