package mshv.vmm.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Builds small kernel images. */
final class Images {
	static final int BZIMAGE_SETUP = 3 * 512;
	static final int BZIMAGE_KERNEL = 0x1000;

	private Images() {}

	static ByteBuffer buffer(int size) {
		return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
	}

	/** A relocatable bzImage of version 2.15 that prefers 2 MiB, whose payload is 0, 1, 2, … */
	static ByteBuffer bzImage() {
		ByteBuffer image = buffer(BZIMAGE_SETUP + BZIMAGE_KERNEL);
		image.put(0x1F1, (byte) 2).putInt(0x1F4, BZIMAGE_KERNEL / 16).putShort(0x1FE, (short) 0xAA55).put(0x200, (byte) 0xEB).put(0x201,
			(byte) 0x6A);
		image.putInt(0x202, 0x53726448).putShort(0x206, (short) 0x20F).put(0x211, (byte) 1).putInt(0x22C, 0x7FFFFFFF);
		image.putInt(0x230, 0x200000).put(0x234, (byte) 1).putShort(0x236, (short) 0x3F).putInt(0x238, 2047);
		image.putLong(0x258, 0x200000).putInt(0x260, 0x10000);
		for (int i = 0; i < BZIMAGE_KERNEL; i++) {
			image.put(BZIMAGE_SETUP + i, (byte) i);
		}
		return image;
	}

	/** A program header. */
	record Load(int type, long address, long virtualAddress, byte[] content, long memorySize) {}

	static ByteBuffer elf64(long entry, List<Load> loads) {
		int table = 64;
		int data = table + 56 * loads.size();
		ByteBuffer image = buffer(data + loads.stream().mapToInt(load -> load.content.length).sum());
		image.putInt(0, 0x464C457F).put(4, (byte) 2).put(5, (byte) 1).putShort(16, (short) 2).putShort(18, (short) 62);
		image.putLong(24, entry).putLong(32, table).putShort(54, (short) 56).putShort(56, (short) loads.size());
		for (int i = 0; i < loads.size(); i++) {
			Load load = loads.get(i);
			int at = table + 56 * i;
			image.putInt(at, load.type).putLong(at + 8, data).putLong(at + 16, load.virtualAddress).putLong(at + 24, load.address);
			image.putLong(at + 32, load.content.length).putLong(at + 40, load.memorySize).putLong(at + 48, 4);
			image.put(data, load.content);
			data += load.content.length;
		}
		return image;
	}

	static ByteBuffer elf32(int entry, int address, byte[] content, int memorySize) {
		ByteBuffer image = buffer(52 + 32 + content.length);
		image.putInt(0, 0x464C457F).put(4, (byte) 1).put(5, (byte) 1).putShort(16, (short) 2).putShort(18, (short) 3);
		image.putInt(24, entry).putInt(28, 52).putShort(42, (short) 32).putShort(44, (short) 1);
		image.putInt(52, 1).putInt(56, 84).putInt(60, address).putInt(64, address).putInt(68, content.length).putInt(72, memorySize);
		image.put(84, content);
		return image;
	}

	/** The note that names the PVH entry. */
	static byte[] pvhNote(int entry) {
		return buffer(20).putInt(4).putInt(4).putInt(18).put(new byte[] {'X', 'e', 'n', 0}).putInt(entry).array();
	}

	/** A multiboot header with good checksum. */
	static byte[] multibootHeader(int flags) {
		return buffer(12).putInt(0x1BADB002).putInt(flags).putInt(-(0x1BADB002 + flags)).array();
	}
}
