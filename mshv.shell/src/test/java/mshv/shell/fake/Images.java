package mshv.shell.fake;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files to boot. */
public final class Images {
	private static final int MAGIC = 0x1BADB002;
	private static final int WITH_ADDRESSES = 1 << 16;
	private static final int ADDRESS = 0x100000;

	private Images() {}

	/** @return a multiboot image of one page that is loaded at 1 MiB: its header, then NOPs */
	public static Path multiboot(Path folder) throws IOException {
		ByteBuffer image = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
		image.putInt(MAGIC).putInt(WITH_ADDRESSES).putInt(-MAGIC - WITH_ADDRESSES);
		image.putInt(ADDRESS).putInt(ADDRESS).putInt(0).putInt(0).putInt(ADDRESS + 32);
		while (image.hasRemaining()) {
			image.put((byte) 0x90);
		}
		return Files.write(folder.resolve("image"), image.array());
	}
}
