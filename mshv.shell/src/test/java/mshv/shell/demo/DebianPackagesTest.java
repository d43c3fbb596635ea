package mshv.shell.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import mshv.shell.status.CommandException;
import mshv.shell.status.ExitStatus;

/** Against an apt and a dpkg that are played. */
class DebianPackagesTest {
	private static final String KERNEL = "linux-image-6.1.0-56-cloud-amd64";

	@TempDir
	Path cache;
	private final List<String> commands = new ArrayList<>();
	private final List<String> progress = new ArrayList<>();
	private boolean listsMissing;
	private boolean downloadFails;
	private boolean noApt;
	private String version = "6.1.192-2";

	private DebianPackages packages() {
		return new DebianPackages(cache, this::run, new Progress(progress::add));
	}

	private Programs.Result run(Path directory, List<String> command, Runnable waiting) throws IOException {
		if (noApt) {
			throw new IOException("Cannot run program \"" + command.getFirst() + "\"");
		}
		commands.add(command.getFirst() + " " + command.getLast());
		waiting.run();
		if (command.getFirst().equals("apt-cache") && listsMissing) {
			return new Programs.Result(100, "", "N: ...\nE: No packages found\n");
		}
		if (command.contains("depends")) {
			return new Programs.Result(0, "linux-image-cloud-amd64\n  Depends: " + KERNEL + "\n", "");
		}
		if (command.contains("show")) {
			return new Programs.Result(0, "Package: x\nSize: 26713492\n", "");
		}
		if (command.contains("download")) {
			if (downloadFails) {
				return new Programs.Result(100, "", "Err:1\nE: Failed to fetch it\n");
			}
			Files.writeString(directory.resolve(command.getLast() + "_" + version + "_amd64.deb"), "archive");
			return new Programs.Result(0, "", "");
		}
		Path root = Path.of(command.getLast());
		Files.createDirectories(root.resolve("boot"));
		Files.writeString(root.resolve("boot/vmlinuz-6.1.0-56-cloud-amd64"), "kernel " + version);
		Files.createDirectories(root.resolve("usr/bin"));
		Files.writeString(root.resolve("usr/bin/busybox"), "busybox");
		return new Programs.Result(0, "", "");
	}

	private List<String> left() throws IOException {
		try (Stream<Path> files = Files.walk(cache)) {
			return files.filter(Files::isRegularFile).map(file -> cache.relativize(file).toString()).sorted().toList();
		}
	}

	@Test
	void theKernelIsThePackageThatTheNamedOneDependsOn() throws Exception {
		Path kernel = packages().kernel(false);
		assertEquals("kernel 6.1.192-2", Files.readString(kernel));
		assertTrue(commands.contains("apt-get " + KERNEL), commands::toString);
		assertEquals(List.of("linux-image-cloud-amd64/current", "linux-image-cloud-amd64/" + KERNEL + "_6.1.192-2_amd64/vmlinuz"),
			left().stream().sorted().toList());
	}

	@Test
	void theSecondStartAsksNobody() throws Exception {
		Path first = packages().kernel(false);
		commands.clear();
		assertEquals(first, packages().kernel(false));
		assertEquals(List.of(), commands);
	}

	@Test
	void anUpdateFetchesTheNewestAndKeepsTheOld() throws Exception {
		Path old = packages().kernel(false);
		version = "6.1.200-1";
		assertEquals(old, packages().kernel(false));
		assertEquals("kernel 6.1.200-1", Files.readString(packages().kernel(true)));
		assertEquals("kernel 6.1.192-2", Files.readString(old));
	}

	@Test
	void busyboxMayBeInEitherFolder() throws Exception {
		assertEquals("busybox", Files.readString(packages().busybox(false)));
		assertEquals(List.of("apt-cache busybox-static", "apt-get busybox-static"), commands.subList(0, 2));
	}

	@Test
	void withoutPackageListsTheWayOutIsTold() throws Exception {
		listsMissing = true;
		CommandException refusal = assertThrows(CommandException.class, () -> packages().kernel(false));
		assertEquals(ExitStatus.FETCH, refusal.status());
		assertTrue(refusal.getMessage().contains("sudo apt-get update"), refusal::getMessage);
		assertEquals(List.of(), left());
	}

	@Test
	void aFailedDownloadLeavesNothingAndGivesTheReason() throws Exception {
		downloadFails = true;
		CommandException refusal = assertThrows(CommandException.class, () -> packages().busybox(false));
		assertTrue(refusal.getMessage().contains("Failed to fetch it"), refusal::getMessage);
		assertEquals(List.of(), left());
	}

	@Test
	void withoutAptAnotherWayIsTold() {
		noApt = true;
		CommandException refusal = assertThrows(CommandException.class, () -> packages().busybox(false));
		assertTrue(refusal.getMessage().contains("boot --kernel"), refusal::getMessage);
	}

	@Test
	void everyStepIsToldWithItsTime() throws Exception {
		packages().kernel(false);
		assertTrue(progress.stream().anyMatch(line -> line.contains("fetching " + KERNEL + " (26.7 MB)")), progress::toString);
		assertTrue(progress.stream().allMatch(line -> line.matches("mshv: \\[ *[0-9]+\\.[0-9] s] .*")), progress::toString);
	}

	@Test
	void theCacheIsWhereTheEnvironmentSays() {
		assertEquals(Path.of("/c/mshv/debian"), DebianPackages.cache(Map.of("XDG_CACHE_HOME", "/c", "HOME", "/h")));
		assertEquals(Path.of("/h/.cache/mshv/debian"), DebianPackages.cache(Map.of("HOME", "/h")));
		assertEquals(Path.of("/h/.cache/mshv/debian"), DebianPackages.cache(Map.of("XDG_CACHE_HOME", "relative", "HOME", "/h")));
	}
}
