package mshv.shell.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

import mshv.shell.status.CommandException;
import mshv.shell.status.ExitStatus;

/**
 * Files out of Debian's packages, fetched with the machine's own apt and without being root. Each package version has a folder in the
 * cache; a file that names the version in use is written last, so that what is there is whole, and the next start needs no network.
 */
public final class DebianPackages {
	private final Path cache;
	private final Programs programs;
	private final Progress progress;

	DebianPackages(Path cache, Programs programs, Progress progress) {
		this.cache = cache;
		this.programs = programs;
		this.progress = progress;
	}

	/** @param environment of the process, for XDG_CACHE_HOME and HOME @param progress is told each step */
	public DebianPackages(Map<String, String> environment, Progress progress) {
		this(cache(environment), new HostPrograms(), progress);
	}

	static Path cache(Map<String, String> environment) {
		String home = environment.getOrDefault("XDG_CACHE_HOME", "");
		// By the XDG base directory specification a relative one is to be ignored
		Path base = home.startsWith("/") ? Path.of(home) : Path.of(environment.getOrDefault("HOME", "/tmp"), ".cache");
		return base.resolve("mshv").resolve("debian");
	}

	/** @param update fetch the newest version, whatever is in the cache
	 * @return Debian's kernel for clouds, a bzImage */
	public Path kernel(boolean update) throws CommandException, InterruptedException {
		return file("linux-image-cloud-amd64", "vmlinuz", update, List.of("boot"), "vmlinuz-");
	}

	/** @param update fetch the newest version, whatever is in the cache
	 * @return the statically linked busybox */
	public Path busybox(boolean update) throws CommandException, InterruptedException {
		return file("busybox-static", "busybox", update, List.of("bin", "usr/bin"), "busybox");
	}

	private Path file(String name, String file, boolean update, List<String> folders, String prefix)
			throws CommandException, InterruptedException {
		Path home = cache.resolve(name);
		try {
			Path current = home.resolve("current");
			if (!update && Files.exists(current)) {
				Path kept = home.resolve(Files.readString(current).strip()).resolve(file);
				if (Files.exists(kept)) {
					return kept;
				}
			}
			Files.createDirectories(home);
			String version = fetch(home, name, file, folders, prefix);
			Path written = Files.writeString(Files.createTempFile(home, "current", ""), version + "\n");
			Files.move(written, current, StandardCopyOption.ATOMIC_MOVE);
			return home.resolve(version).resolve(file);
		} catch (IOException e) {
			throw new CommandException(ExitStatus.FETCH, "the cache " + home + " cannot be used: " + e.getMessage(), e);
		}
	}

	/** @return the folder in the cache that has the file now */
	private String fetch(Path home, String name, String file, List<String> folders, String prefix)
			throws IOException, CommandException, InterruptedException {
		String concrete = concrete(home, name);
		long size = size(home, concrete);
		String full = concrete + (size > 0 ? String.format(Locale.ROOT, " (%.1f MB)", size / 1e6) : "");
		Path work = Files.createTempDirectory(home, "fetching");
		try {
			progress.say("fetching " + full + " with apt-get download");
			// Root's apt would hand the download to a user that may not write here, and warn
			run(work, () -> progress.say(String.format(Locale.ROOT, "fetching %s: %.1f MB", full, bytesIn(work) / 1e6)),
				"apt-get", "-o", "APT::Sandbox::User=root", "download", concrete);
			Path archive = only(work, "", ".deb");
			String version = archive.getFileName().toString().replaceFirst("\\.deb$", "");
			progress.say("unpacking " + version);
			Path unpacked = Files.createDirectory(work.resolve("unpacked"));
			run(work, () -> progress.say("unpacking " + version), "dpkg-deb", "-x", archive.toString(), unpacked.toString());
			Path ready = Files.createDirectory(work.resolve("ready"));
			Path folder = folders.stream().map(unpacked::resolve).filter(Files::isDirectory).findFirst()
				.orElseThrow(() -> new CommandException(ExitStatus.FETCH, version + " has no folder " + String.join(" or ", folders)));
			Files.move(only(folder, prefix, ""), ready.resolve(file));
			keep(ready, home.resolve(version), file);
			return version;
		} finally {
			delete(work);
		}
	}

	/** Another process may have been faster: what it has put there is as good. */
	private static void keep(Path ready, Path kept, String file) throws IOException {
		try {
			Files.createDirectory(kept);
		} catch (FileAlreadyExistsException e) {
			// Its file is replaced as a whole
		}
		Files.move(ready.resolve(file), kept.resolve(file), StandardCopyOption.ATOMIC_MOVE);
	}

	/** A package that only names another, as the newest kernel's does, is that other. */
	private String concrete(Path home, String name) throws IOException, CommandException, InterruptedException {
		if (!name.startsWith("linux-image-")) {
			return name;
		}
		Programs.Result result = start(home, () -> progress.say("asking apt for " + name), "apt-cache", "depends", "--important", name);
		return result.output().lines().map(String::strip).filter(line -> line.startsWith("Depends: linux-image-"))
			.map(line -> line.substring("Depends: ".length())).findFirst().orElseThrow(() -> unknown(name, result));
	}

	private long size(Path home, String name) throws IOException, CommandException, InterruptedException {
		Programs.Result result = start(home, () -> progress.say("asking apt for " + name), "apt-cache", "--no-all-versions", "show", name);
		if (result.status() != 0) {
			throw unknown(name, result);
		}
		return result.output().lines().filter(line -> line.matches("Size: [0-9]+")).mapToLong(line -> Long.parseLong(line.substring(6)))
			.findFirst().orElse(0);
	}

	private static CommandException unknown(String name, Programs.Result result) {
		return new CommandException(ExitStatus.FETCH, "apt does not know the package " + name
			+ ": fetch its package lists first, with 'sudo apt-get update' on Debian for amd64" + reason(result));
	}

	private void run(Path directory, Runnable waiting, String... command) throws IOException, CommandException, InterruptedException {
		Programs.Result result = start(directory, waiting, command);
		if (result.status() != 0) {
			throw new CommandException(ExitStatus.FETCH, command[0]
				+ " fails: if its package lists are old, 'sudo apt-get update' renews them"
				+ reason(result));
		}
	}

	private static String reason(Programs.Result result) {
		return result.errors().lines().filter(line -> line.startsWith("E: ") || line.startsWith("dpkg-deb: error")).findFirst()
			.map(line -> " (" + line + ")").orElse("");
	}

	private Programs.Result start(Path directory, Runnable waiting, String... command) throws CommandException, InterruptedException {
		try {
			return programs.run(directory, List.of(command), waiting);
		} catch (IOException e) {
			throw new CommandException(ExitStatus.FETCH, command[0] + " cannot be run: the demo needs Debian's apt and dpkg;"
				+ " elsewhere, 'boot --kernel FILE --initrd FILE' runs a kernel of your own", e);
		}
	}

	private static Path only(Path folder, String prefix, String suffix) throws IOException, CommandException {
		try (Stream<Path> files = Files.list(folder)) {
			return files.filter(file -> file.getFileName().toString().startsWith(prefix) && file.getFileName().toString().endsWith(suffix))
				.max(Comparator.naturalOrder())
				.orElseThrow(() -> new CommandException(ExitStatus.FETCH, "the package has no " + prefix + "*" + suffix));
		}
	}

	private static long bytesIn(Path folder) {
		try (Stream<Path> files = Files.list(folder)) {
			return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
		} catch (IOException e) {
			return 0;
		}
	}

	private static void delete(Path folder) throws IOException {
		try (Stream<Path> files = Files.walk(folder)) {
			files.sorted(Comparator.reverseOrder()).forEach(file -> {
				try {
					Files.delete(file);
				} catch (IOException e) {
					throw new UncheckedIOException(e);
				}
			});
		} catch (UncheckedIOException e) {
			throw e.getCause();
		}
	}
}
