package mshv.vmm.loader;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.GZIPInputStream;

/**
 * The kernel proper inside a bzImage. Unpacked by the host it need not be unpacked by the guest, which takes an emulated processor long.
 */
final class KernelPayload {
	private static final int GZIP_MAGIC = 0x8B1F;
	private static final int ELF_MAGIC = 0x464C457F;

	private KernelPayload() {}

	/** @param image the bzImage, little-endian @param start position of the payload @param length its bytes
	 * @param limit most bytes that may come out
	 * @return the ELF file, or null if it is packed in a way that is not known here, or damaged: its own code may know better */
	static byte[] unpack(ByteBuffer image, long start, long length, long limit) {
		if (start < 0 || length < 12 || length > image.capacity() - start) {
			return null;
		}
		int at = (int) start;
		// Both formats end with the size of the content
		long size = image.getInt(at + (int) length - 4) & 0xFFFFFFFFL;
		if (size < 64 || size > Math.min(limit, Integer.MAX_VALUE - 8)) {
			return null;
		}
		byte[] content;
		try {
			if (image.getInt(at) == Lz4.MAGIC) {
				content = Lz4.unpack(image, at + 4, (int) size);
			} else if ((image.getShort(at) & 0xFFFF) == GZIP_MAGIC) {
				content = new GZIPInputStream(new ByteArrayInputStream(image.array(), at, (int) length)).readNBytes((int) size);
			} else {
				return null;
			}
		} catch (IOException | IndexOutOfBoundsException e) {
			return null;
		}
		boolean elf = content.length == size && ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt(0) == ELF_MAGIC;
		return elf ? content : null;
	}
}
