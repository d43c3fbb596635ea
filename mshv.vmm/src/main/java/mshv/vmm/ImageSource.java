package mshv.vmm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;

import mshv.vmm.BootException.Category;

/** Where a kernel, an initial RAM disk or a module comes from. */
public sealed interface ImageSource {
	/** Largest image in bytes: 1 GiB. */
	long LIMIT = 1L << 30;

	/** @return a short name, for messages and for the guest */
	String name();

	/** @return its bytes, not to be changed
	 * @throws BootException if it cannot be read */
	byte[] read() throws BootException;

	/** @return a file, read when the machine is made */
	static ImageSource of(Path path) {
		return new File(path);
	}

	/** @param name for messages and for the guest @param content not copied, not to be changed any more */
	static ImageSource of(String name, byte[] content) {
		return new Bytes(name, content);
	}

	/** @param name for messages and for the guest @param text encoded in UTF-8 */
	static ImageSource ofText(String name, String text) {
		return new Bytes(name, text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * A file.
	 *
	 * @param path its path
	 */
	record File(Path path) implements ImageSource {
		/** Refuses null. */
		public File {
			Objects.requireNonNull(path, "path");
		}

		@Override
		public String name() {
			return String.valueOf(path.getFileName());
		}

		@Override
		public byte[] read() throws BootException {
			try {
				if (Files.isDirectory(path)) {
					throw new BootException(Category.FILE, path + ": a directory, expected a file");
				}
				if (Files.size(path) > LIMIT) {
					throw new BootException(Category.FILE, path + ": " + Files.size(path) + " bytes, expected at most " + LIMIT);
				}
				return Files.readAllBytes(path);
			} catch (NoSuchFileException e) {
				throw new BootException(Category.FILE, path + ": no such file", e);
			} catch (AccessDeniedException e) {
				throw new BootException(Category.FILE, path + ": permission denied", e);
			} catch (IOException e) {
				throw new BootException(Category.FILE, path + ": cannot be read: " + e.getMessage(), e);
			}
		}
	}

	/**
	 * Bytes in memory.
	 *
	 * @param name for messages and for the guest
	 * @param content its bytes
	 */
	record Bytes(String name, byte[] content) implements ImageSource {
		/** Refuses null. */
		public Bytes {
			Objects.requireNonNull(name, "name");
			Objects.requireNonNull(content, "content");
		}

		@Override
		public byte[] read() {
			return content;
		}
	}
}
