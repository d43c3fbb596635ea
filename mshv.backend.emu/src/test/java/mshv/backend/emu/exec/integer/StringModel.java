package mshv.backend.emu.exec.integer;

import mshv.backend.emu.isa.Flag;

/** What a string instruction does to registers and memory, element by element and without any cleverness. */
final class StringModel {
	final byte[] memory;
	long source;
	long target;
	long count;
	long accumulator;
	boolean equal;
	boolean compared;
	/** Linear address of offset 0 in ES; that of the source segment is 0. */
	long targetBase;

	private final int size;
	private final boolean down;
	private final long offsets;

	/** @param offsets mask of the pointers */
	StringModel(byte[] memory, int size, boolean down, long offsets) {
		this.memory = memory;
		this.size = size;
		this.down = down;
		this.offsets = offsets;
	}

	private long load(long address) {
		long value = 0;
		for (int i = size - 1; i >= 0; i--) {
			value = value << 8 | memory[(int) address + i] & 0xFF;
		}
		return value;
	}

	private void store(long value) {
		for (int i = 0; i < size; i++) {
			memory[(int) (targetBase + target) + i] = (byte) (value >>> 8 * i);
		}
	}

	private long next(long pointer) {
		return pointer + (down ? -size : size) & offsets;
	}

	/** @param operation second byte of the mnemonic's opcode without the width bit: A4 MOVS, A6 CMPS, AA STOS, AC LODS, AE SCAS */
	void repeat(int operation, boolean whileEqual) {
		long mask = -1L >>> 64 - 8 * size;
		while (count != 0) {
			switch (operation) {
				case 0xA4 -> store(load(source));
				case 0xA6 -> compare(load(source), load(targetBase + target));
				case 0xAA -> store(accumulator);
				case 0xAC -> accumulator = (size == 4 ? 0 : accumulator & ~mask) | load(source);
				default -> compare(accumulator & mask, load(targetBase + target));
			}
			if (operation != 0xAA && operation != 0xAE) {
				source = next(source);
			}
			if (operation != 0xAC) {
				target = next(target);
			}
			count = count - 1 & offsets;
			if (compared && equal != whileEqual) {
				return;
			}
		}
	}

	private void compare(long a, long b) {
		equal = a == b;
		compared = true;
	}

	/** @return {@link Flag#ZF} as the last comparison left it, or as it was */
	int zero(int before) {
		return compared ? equal ? Flag.ZF : 0 : before & Flag.ZF;
	}
}
