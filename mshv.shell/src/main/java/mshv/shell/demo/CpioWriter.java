package mshv.shell.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes a cpio archive in the newc format, as the kernel unpacks it (Documentation/driver-api/early-userspace/buffer-format.rst):
 * a header of thirteen 8-digit hexadecimal fields, the name, the data, each padded to 4 bytes. All files belong to root, at time 0.
 */
public final class CpioWriter implements AutoCloseable {
	private static final String MAGIC = "070701";
	private static final String TRAILER = "TRAILER!!!";
	private static final int DIRECTORY = 0_040000;
	private static final int REGULAR = 0_100000;
	private static final int LINK = 0_120000;
	private static final int CHARACTER_DEVICE = 0_020000;
	private static final int HEADER_SIZE = 110;

	private final OutputStream out;
	private int inode;

	/** @param out gets the archive; closed with this */
	public CpioWriter(OutputStream out) {
		this.out = out;
	}

	/** Adds a directory; its parent must be there already. @param name path without a leading slash @param mode permission bits */
	public void directory(String name, int mode) throws IOException {
		entry(name, DIRECTORY | mode, 2, new byte[0], 0, 0);
	}

	/** Adds a file. @param name path without a leading slash @param mode permission bits */
	public void file(String name, int mode, byte[] data) throws IOException {
		entry(name, REGULAR | mode, 1, data, 0, 0);
	}

	/** Adds a symbolic link. @param name path without a leading slash @param target what it says */
	public void link(String name, String target) throws IOException {
		entry(name, LINK | 0_777, 1, target.getBytes(StandardCharsets.UTF_8), 0, 0);
	}

	/** Adds a character device. @param name path without a leading slash @param mode permission bits */
	public void device(String name, int mode, int major, int minor) throws IOException {
		entry(name, CHARACTER_DEVICE | mode, 1, new byte[0], major, minor);
	}

	private void entry(String name, int mode, int links, byte[] data, int major, int minor) throws IOException {
		byte[] path = (name + "\0").getBytes(StandardCharsets.UTF_8);
		inode++;
		int[] fields = {inode, mode, 0, 0, links, 0, data.length, 0, 0, major, minor, path.length, 0};
		StringBuilder header = new StringBuilder(MAGIC);
		for (int field : fields) {
			header.append("%08X".formatted(field));
		}
		out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
		out.write(path);
		pad(HEADER_SIZE + path.length);
		out.write(data);
		pad(data.length);
	}

	private void pad(int written) throws IOException {
		out.write(new byte[-written & 3]);
	}

	/** Ends the archive. */
	@Override
	public void close() throws IOException {
		try (out) {
			inode = -1;
			entry(TRAILER, 0, 1, new byte[0], 0, 0);
		}
	}
}
