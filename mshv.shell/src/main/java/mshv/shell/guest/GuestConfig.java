package mshv.shell.guest;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What a guest is made of.
 *
 * @param backend name of a backend, empty for the best one
 * @param memory bytes, a multiple of 4096
 * @param cpus processors, 1 or more
 * @param image what it boots
 */
public record GuestConfig(String backend, long memory, int cpus, Image image) {
	/** What a guest boots. */
	public sealed interface Image {
		/** @return the file that is started */
		Path file();
	}

	/**
	 * A Linux kernel.
	 *
	 * @param file bzImage or vmlinux
	 * @param initrd initial file system
	 * @param commandLine of the kernel
	 */
	public record Linux(Path file, Optional<Path> initrd, String commandLine) implements Image {}

	/**
	 * A multiboot 1 image.
	 *
	 * @param file ELF image or one with addresses in its header
	 * @param module one module
	 * @param commandLine what follows the image's name
	 */
	public record Multiboot(Path file, Optional<Path> module, String commandLine) implements Image {}

	/** Checks that nothing is missing. */
	public GuestConfig {
		Objects.requireNonNull(backend, "backend");
		Objects.requireNonNull(image, "image");
	}
}
