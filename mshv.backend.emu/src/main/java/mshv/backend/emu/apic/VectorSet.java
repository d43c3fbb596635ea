package mshv.backend.emu.apic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A set of interrupt vectors 0 to 255: one of IRR, ISR, TMR. Any thread. */
final class VectorSet {
	private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

	private final long[] words = new long[4];

	void add(int vector) {
		WORD.getAndBitwiseOr(words, vector >> 6, 1L << vector);
	}

	void remove(int vector) {
		WORD.getAndBitwiseAnd(words, vector >> 6, ~(1L << vector));
	}

	boolean contains(int vector) {
		return ((long) WORD.getVolatile(words, vector >> 6) >>> vector & 1) != 0;
	}

	/** @return the highest vector, -1 if the set is empty */
	int highest() {
		for (int i = 3; i >= 0; i--) {
			long word = (long) WORD.getVolatile(words, i);
			if (word != 0) {
				return i * 64 + 63 - Long.numberOfLeadingZeros(word);
			}
		}
		return -1;
	}

	/** @param index 0 to 7
	 * @return vectors 32&middot;index to 32&middot;index+31, lowest first */
	int register(int index) {
		return (int) ((long) WORD.getVolatile(words, index >> 1) >>> 32 * (index & 1));
	}

	/** Replaces 32 vectors; the owner's thread has stopped. */
	void setRegister(int index, int value) {
		int shift = 32 * (index & 1);
		long word = (long) WORD.getVolatile(words, index >> 1);
		WORD.setVolatile(words, index >> 1, word & ~(0xFFFFFFFFL << shift) | (value & 0xFFFFFFFFL) << shift);
	}

	void clear() {
		for (int i = 0; i < 4; i++) {
			WORD.setVolatile(words, i, 0L);
		}
	}
}
