package mshv.gateway.trace;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text under construction, as bytes: what is written most is ASCII, and a trace must not cost more than what it traces. */
final class ByteText {
	private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
	/** Two hexadecimal digits for each byte, in the order in which they are written. */
	private static final short[] PAIRS = pairs();
	private static final VarHandle PAIR = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

	private byte[] bytes = new byte[1 << 17];
	private int size;

	private static short[] pairs() {
		short[] pairs = new short[256];
		for (int i = 0; i < 256; i++) {
			pairs[i] = (short) (DIGITS[i >> 4] | DIGITS[i & 15] << 8);
		}
		return pairs;
	}

	private void reserve(int more) {
		if (bytes.length - size < more) {
			bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
		}
	}

	ByteText put(byte[] text) {
		reserve(text.length);
		System.arraycopy(text, 0, bytes, size, text.length);
		size += text.length;
		return this;
	}

	ByteText put(String text) {
		int length = text.length();
		reserve(length);
		byte[] to = bytes;
		int at = size;
		for (int i = 0; i < length; i++) {
			char c = text.charAt(i);
			if (c >= 0x80) {
				return put(text.getBytes(StandardCharsets.UTF_8));
			}
			to[at + i] = (byte) c;
		}
		size = at + length;
		return this;
	}

	ByteText put(char c) {
		reserve(1);
		bytes[size++] = (byte) c;
		return this;
	}

	ByteText put(long number) {
		if (number < 0) {
			if (number == Long.MIN_VALUE) {
				return put(Long.toString(number));
			}
			put('-');
			number = -number;
		}
		int digits = 1;
		for (long rest = number; rest >= 10; rest /= 10) {
			digits++;
		}
		return digits(number, digits);
	}

	/** The last digits of a number that is not negative, zeros before them if it has fewer. */
	private ByteText digits(long number, int digits) {
		reserve(digits);
		for (int at = size + digits - 1; at >= size; at--) {
			bytes[at] = (byte) ('0' + number % 10);
			number /= 10;
		}
		size += digits;
		return this;
	}

	/** A number of thousandths, as a decimal number. */
	ByteText thousandths(long number) {
		return put(number / 1000).put('.').digits(number, 3);
	}

	/** A number of millionths, as a decimal number. */
	ByteText millionths(long number) {
		return put(number / 1_000_000).put('.').digits(number, 6);
	}

	ByteText hex(long number) {
		int digits = Math.max(1, (67 - Long.numberOfLeadingZeros(number)) / 4);
		reserve(digits);
		for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
			bytes[size++] = DIGITS[(int) (number >>> shift) & 15];
		}
		return this;
	}

	ByteText hex(byte[] data) {
		reserve(2 * data.length);
		byte[] to = bytes;
		int at = size;
		for (byte each : data) {
			PAIR.set(to, at, PAIRS[each & 0xFF]);
			at += 2;
		}
		size = at;
		return this;
	}

	/** A string of JSON. */
	ByteText quoted(String text) {
		put('"');
		text.codePoints().forEach(c -> {
			if (c == '"' || c == '\\') {
				put('\\').put((char) c);
			} else if (c < ' ') {
				put("\\u00").put((char) DIGITS[c >> 4]).put((char) DIGITS[c & 15]);
			} else {
				put(Character.toString(c));
			}
		});
		return put('"');
	}

	int size() {
		return size;
	}

	/** Writes all and begins anew. */
	void writeTo(OutputStream out) throws IOException {
		out.write(bytes, 0, size);
		size = 0;
	}

	@Override
	public String toString() {
		return new String(bytes, 0, size, StandardCharsets.UTF_8);
	}
}
