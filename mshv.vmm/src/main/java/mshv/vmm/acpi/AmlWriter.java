package mshv.vmm.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes AML, the byte code of ACPI's definition blocks (ACPI 6.4, chapter 20). Each method returns the encoding of one term. */
final class AmlWriter {
	private static final int NAME_OP = 0x08;
	private static final int BUFFER_OP = 0x11;
	private static final int PACKAGE_OP = 0x12;
	private static final int SCOPE_OP = 0x10;
	private static final int EXTENSION = 0x5B;
	private static final int DEVICE_OP = 0x82;

	private AmlWriter() {}

	/** @param name one segment of four characters, or one with a leading backslash */
	static byte[] name(String name, byte[] value) {
		return concat(bytes(NAME_OP), nameString(name), value);
	}

	/** @param value 0 to 2<sup>32</sup>-1 */
	static byte[] integer(long value) {
		if (value == 0 || value == 1) {
			return bytes((int) value);
		}
		if (value <= 0xFF) {
			return bytes(0x0A, (int) value);
		}
		if (value <= 0xFFFF) {
			return bytes(0x0B, (int) value, (int) value >> 8);
		}
		return bytes(0x0C, (int) value, (int) value >> 8, (int) value >> 16, (int) value >> 24);
	}

	static byte[] packageOf(byte[]... elements) {
		return concat(bytes(PACKAGE_OP), withLength(concat(bytes(elements.length), concat(elements))));
	}

	static byte[] buffer(byte[] content) {
		return concat(bytes(BUFFER_OP), withLength(concat(integer(content.length), content)));
	}

	static byte[] scope(String name, byte[]... terms) {
		return concat(bytes(SCOPE_OP), withLength(concat(nameString(name), concat(terms))));
	}

	static byte[] device(String name, byte[]... terms) {
		return concat(bytes(EXTENSION, DEVICE_OP), withLength(concat(nameString(name), concat(terms))));
	}

	/** @param id three letters and four hexadecimal digits @return the compressed identifier */
	static byte[] eisaId(String id) {
		int letters = id.charAt(0) - 0x40 << 10 | id.charAt(1) - 0x40 << 5 | id.charAt(2) - 0x40;
		int product = Integer.parseInt(id.substring(3), 16);
		// Big-endian in the identifier, so the integer holds its bytes swapped
		return integer(Integer.toUnsignedLong(Integer.reverseBytes(letters << 16 | product)));
	}

	/** @return a resource template: the descriptors and the end tag, whose checksum 0 means none */
	static byte[] resources(byte[]... descriptors) {
		return buffer(concat(concat(descriptors), bytes(0x79, 0)));
	}

	/** @return an I/O port descriptor that decodes 16 bits */
	static byte[] ports(int first, int count) {
		return bytes(0x47, 1, first, first >> 8, first, first >> 8, 1, count);
	}

	/** @return an extended interrupt descriptor: consumer, edge triggered, active high, exclusive */
	static byte[] interrupt(int gsi) {
		return bytes(0x89, 6, 0, 0x03, 1, gsi, gsi >> 8, gsi >> 16, gsi >> 24);
	}

	static byte[] concat(byte[]... parts) {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		for (byte[] part : parts) {
			out.writeBytes(part);
		}
		return out.toByteArray();
	}

	private static byte[] nameString(String name) {
		return name.getBytes(StandardCharsets.US_ASCII);
	}

	/** The length counts itself. */
	private static byte[] withLength(byte[] content) {
		int total = content.length + 1;
		if (total < 0x40) {
			return concat(bytes(total), content);
		}
		total = content.length + 2;
		if (total < 0x1000) {
			return concat(bytes(0x40 | total & 0xF, total >> 4), content);
		}
		total = content.length + 3;
		return concat(bytes(0x80 | total & 0xF, total >> 4, total >> 12), content);
	}

	private static byte[] bytes(int... values) {
		byte[] bytes = new byte[values.length];
		for (int i = 0; i < values.length; i++) {
			bytes[i] = (byte) values[i];
		}
		return bytes;
	}
}
