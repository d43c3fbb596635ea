package mshv.backend.emu.block;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

import mshv.backend.emu.memory.PhysicalMemory;

/** The bytes that code was decoded from, all in one page, to be compared with what memory holds: in words, of which the last may overlap. */
final class CodeBytes {
	/** Longs that {@link #locate} writes for a word: address, mask, value. */
	static final int LOCATED = 3;

	private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

	private final long[] words;
	/** Where the last word is, from the first byte on; before it if there are less than eight. */
	private final int lastAt;
	private final long lastMask;

	/** @param from what holds a copy of the bytes, and at least eight from {@code offset} on
	 * @param length at least 1
	 * @param pageOffset of the first byte */
	CodeBytes(byte[] from, int offset, int length, int pageOffset) {
		words = new long[length + 7 >>> 3];
		int last = words.length - 1;
		for (int i = 0; i < last; i++) {
			words[i] = (long) LONG.get(from, offset + 8 * i);
		}
		if (length >= 8) {
			lastAt = length - 8;
			lastMask = -1;
			words[last] = (long) LONG.get(from, offset + lastAt);
		} else {
			// Read with what lies beside them in the page
			int before = pageOffset <= PhysicalMemory.PAGE_SIZE - 8 ? 0 : 8 - length;
			lastAt = -before;
			lastMask = (1L << 8 * length) - 1 << 8 * before;
			words[last] = (long) LONG.get(from, offset) << 8 * before & lastMask;
		}
	}

	/** @param host host address of the first byte
	 * @return whether the bytes are there */
	boolean areAt(long host) {
		final long[] words = this.words;
		int last = words.length - 1;
		for (int i = 0; i < last; i++) {
			if (RAW.getLong(host + 8 * i) != words[i]) {
				return false;
			}
		}
		return (RAW.getLong(host + lastAt) & lastMask) == words[last];
	}

	/** @return number of words */
	int count() {
		return words.length;
	}

	/** Writes what {@link #areThere} needs, {@link #LOCATED} longs for each word. @param host host address of the first byte */
	void locate(long host, long[] to, int at) {
		int last = words.length - 1;
		for (int i = 0; i <= last; i++) {
			to[at++] = i < last ? host + 8 * i : host + lastAt;
			to[at++] = i < last ? -1 : lastMask;
			to[at++] = words[i];
		}
	}

	/** @param located what {@link #locate} has written
	 * @return whether all the bytes are where they were located */
	static boolean areThere(long[] located) {
		for (int i = 0; i < located.length; i += LOCATED) {
			if ((RAW.getLong(located[i]) & located[i + 1]) != located[i + 2]) {
				return false;
			}
		}
		return true;
	}
}
