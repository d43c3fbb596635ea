package mshv.backend.emu.block;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The bytes that code was decoded from, all in one page, to be compared with what memory holds: in aligned words. */
final class CodeBytes {
	private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

	/** What is not code in the first and the last is 0. */
	private final long[] words;
	private final long firstMask;
	private final long lastMask;

	/** @param from what holds a copy of the bytes, and at least eight from {@code offset} on
	 * @param length at least 1
	 * @param pageOffset of the first byte */
	CodeBytes(byte[] from, int offset, int length, int pageOffset) {
		int before = pageOffset & 7;
		int after = -(pageOffset + length) & 7;
		firstMask = -1L << 8 * before;
		lastMask = -1L >>> 8 * after;
		words = new long[before + length + after >>> 3];
		words[0] = (long) LONG.get(from, offset) << 8 * before;
		for (int i = 1; i < words.length; i++) {
			int at = offset + 8 * i - before;
			int beyond = Math.max(0, at + 8 - from.length);
			words[i] = (long) LONG.get(from, at - beyond) >>> 8 * beyond;
		}
		words[words.length - 1] &= lastMask;
	}

	/** What is code in a word. */
	private long mask(int word) {
		return (word == 0 ? firstMask : -1) & (word == words.length - 1 ? lastMask : -1);
	}

	/** @param host host address of the first byte
	 * @return whether the bytes are there */
	boolean areAt(long host) {
		long at = host & -8;
		for (int i = 0; i < words.length; i++) {
			if ((RAW.getLong(at + 8 * i) & mask(i)) != words[i]) {
				return false;
			}
		}
		return true;
	}

	/** Adds the words. @param host host address of the first byte */
	void addTo(LocatedBytes.Builder located, long host) {
		long at = host & -8;
		for (int i = 0; i < words.length; i++) {
			located.add(at + 8 * i, mask(i), words[i]);
		}
	}
}
