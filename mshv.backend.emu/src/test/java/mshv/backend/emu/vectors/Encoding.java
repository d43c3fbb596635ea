package mshv.backend.emu.vectors;

/** The parts of an instruction and their encoding (SDM volume 2, chapter 2). */
final class Encoding {
	private static final int LONGEST = 15;

	boolean wide;
	boolean needlessRex;
	/** REX.R, X and B for the fields that are not used. */
	int noise;
	/** A REX byte in front of a legacy prefix, where it has no effect; 0 for none. */
	int ignoredRex;
	/** Offset of a RIP-relative displacement after {@link #emit}; -1 without one. */
	int ripDisplacementAt;

	private final int[] prefixes = new int[8];
	private int prefixCount;
	private int mod;
	private int rmField;
	private boolean hasSib;
	private int scale;
	private int index;
	private int displacement;
	private int displacementBytes;
	private boolean rip;
	private final byte[] out = new byte[2 * TestCase.MAX_CODE];
	private int at;

	void clear() {
		wide = false;
		needlessRex = false;
		noise = 0;
		ignoredRex = 0;
		prefixCount = 0;
		hasSib = false;
		index = 0;
		rmField = 0;
		displacementBytes = 0;
		rip = false;
	}

	void prefix(int value) {
		prefixes[prefixCount++] = value;
	}

	void duplicatePrefix(Prng prng) {
		if (prefixCount > 0) {
			prefix(prefixes[prng.below(prefixCount)]);
		}
	}

	void shuffle(Prng prng) {
		for (int i = prefixCount - 1; i > 0; i--) {
			int other = prng.below(i + 1);
			int value = prefixes[i];
			prefixes[i] = prefixes[other];
			prefixes[other] = value;
		}
	}

	void ripRelative() {
		mod = 0;
		rmField = 5;
		rip = true;
		displacementBytes = 4;
	}

	void base(int register, int modField, int value, int bytes) {
		mod = modField;
		rmField = register;
		displacement = value;
		displacementBytes = bytes;
	}

	void sib(int scaleField, int indexRegister, int baseRegister, int modField, int value, int bytes) {
		hasSib = true;
		scale = scaleField;
		index = indexRegister;
		base(baseRegister, modField, value, bytes);
	}

	/** Whether the instruction gets a REX prefix, which changes the meaning of byte registers 4 to 7. */
	boolean hasRex(int reg, int rm, Form form) {
		return rex(form, false, reg, rm) != 0;
	}

	private int rex(Form form, boolean memory, int reg, int rm) {
		int r = form.rm == Form.Rm.NONE ? 0 : form.digit >= 0 ? noise & 4 : reg >> 1 & 4;
		int x = form.rm == Form.Rm.NONE ? 0 : memory && hasSib ? index >> 2 & 2 : noise & 2;
		int b;
		if (memory) {
			b = rip ? noise & 1 : rmField >> 3;
		} else {
			b = form.rm != Form.Rm.NONE || form.plusRegister ? rm >> 3 : 0;
		}
		int bits = r | x | b | (wide ? 8 : 0);
		return bits != 0 || needlessRex ? 0x40 | bits : 0;
	}

	/** Writes the instruction, leaving out what has no meaning if it gets too long, and returns its length. */
	int emit(Form form, int width, boolean address32, boolean memory, int reg, int rm, long immediate, byte[] code) {
		int length = tryToEmit(form, width, address32, memory, reg, rm, immediate);
		if (length > LONGEST) {
			ignoredRex = 0;
			dropDuplicate();
			length = tryToEmit(form, width, address32, memory, reg, rm, immediate);
		}
		System.arraycopy(out, 0, code, 0, length);
		return length;
	}

	private void dropDuplicate() {
		for (int i = 0; i < prefixCount; i++) {
			for (int j = i + 1; j < prefixCount; j++) {
				if (prefixes[i] == prefixes[j]) {
					prefixes[j] = prefixes[--prefixCount];
					return;
				}
			}
		}
	}

	private int tryToEmit(Form form, int width, boolean address32, boolean memory, int reg, int rm, long immediate) {
		at = 0;
		ripDisplacementAt = -1;
		if (ignoredRex != 0 && prefixCount > 0) {
			put(ignoredRex);
		}
		for (int i = 0; i < prefixCount; i++) {
			put(prefixes[i]);
		}
		int rex = rex(form, memory, reg, rm);
		if (rex != 0) {
			put(rex);
		}
		for (int i = 0; i < form.opcode.length; i++) {
			put(form.plusRegister && i == form.opcode.length - 1 ? form.opcode[i] + (rm & 7) : form.opcode[i]);
		}
		if (form.rm != Form.Rm.NONE) {
			modrm(memory, reg, rm);
		}
		switch (form.immediate) {
			case NONE -> { }
			case BYTE -> put(immediate, 1);
			case WORD -> put(immediate, 2);
			case WORD_BYTE -> put(immediate, 3);
			case Z -> put(immediate, width == 16 ? 2 : 4);
			case V -> put(immediate, width / 8);
			case OFFSET -> put(immediate, address32 ? 4 : 8);
		}
		return at;
	}

	private void modrm(boolean memory, int reg, int rm) {
		if (!memory) {
			put(0xC0 | (reg & 7) << 3 | rm & 7);
			return;
		}
		put(mod << 6 | (reg & 7) << 3 | (hasSib ? 4 : rmField & 7));
		if (hasSib) {
			put(scale << 6 | (index & 7) << 3 | rmField & 7);
		}
		if (rip) {
			ripDisplacementAt = at;
		}
		put(displacement, displacementBytes);
	}

	private void put(long value, int bytes) {
		for (int i = 0; i < bytes; i++) {
			put((int) (value >>> 8 * i));
		}
	}

	private void put(int value) {
		out[at++] = (byte) value;
	}
}
