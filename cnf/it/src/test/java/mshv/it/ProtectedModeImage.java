package mshv.it;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** A multiboot image in machine code, with descriptors for a flat protected mode. The code itself loads them. */
final class ProtectedModeImage {
	/** Address of the image, and of its first instruction. */
	static final int LOAD = 0x100000, CODE = LOAD + 0x20;
	/** Address of the handlers. */
	static final int HANDLERS = LOAD + 0x180;
	/** Addresses of the operands of LGDT and LIDT. */
	static final int GDT_POINTER = LOAD + 0x220, IDT_POINTER = LOAD + 0x228;

	private static final int GDT = LOAD + 0x200, IDT = LOAD + 0x300;

	private final ByteBuffer image;

	/** @param gates number of entries of the interrupt descriptor table */
	ProtectedModeImage(int gates) {
		image = ByteBuffer.allocate(IDT - LOAD + 8 * gates).order(ByteOrder.LITTLE_ENDIAN);
		image.putInt(0x1BADB002).putInt(1 << 16).putInt(-(0x1BADB002 + (1 << 16))).putInt(LOAD).putInt(LOAD).putInt(0).putInt(0)
			.putInt(CODE);
		image.putLong(GDT - LOAD + 8, 0x00CF9A000000FFFFL).putLong(GDT - LOAD + 16, 0x00CF92000000FFFFL);
		image.putShort(GDT_POINTER - LOAD, (short) 23).putInt(GDT_POINTER - LOAD + 2, GDT);
		image.putShort(IDT_POINTER - LOAD, (short) (8 * gates - 1)).putInt(IDT_POINTER - LOAD + 2, IDT);
	}

	/** Goes on elsewhere. */
	ProtectedModeImage at(int address) {
		image.position(address - LOAD);
		return this;
	}

	/** Appends code. @param digits hexadecimal, with spaces where they help */
	ByteBuffer code(String digits) {
		return image.put(HexFormat.of().parseHex(digits.replace(" ", "")));
	}

	/** Sets an interrupt gate. */
	void gate(int vector, int handler) {
		image.putLong(IDT - LOAD + 8 * vector, handler & 0xFFFFL | 8 << 16 | 0x8E00L << 32 | (long) (handler >>> 16) << 48);
	}

	byte[] bytes() {
		return image.array();
	}
}
