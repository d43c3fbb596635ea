package mshv.backend.emu.vectors;

/** Draws the registers and the data pages of a case. */
final class StateGenerator {
	private static final int[] PRECISION = {3, 3, 3, 2, 0};
	private static final int MASKS = 0x3F;
	private static final int STACK_FAULT = 0x40;
	private static final int ERROR_SUMMARY = 0x8080;
	private static final long[] BYTES = {0, 1, 0x7F, 0x80, 0xFF, 0xFE, 0x81, 0x40};

	private final Prng prng;
	private final Prng fill = new Prng();
	private final Values values;

	StateGenerator(Prng prng, Values values) {
		this.prng = prng;
		this.values = values;
	}

	void draw(Form form, int width, CpuState s) {
		data(prng.next(), s.data);
		int bits = width == 0 ? 64 : width;
		for (int i = 0; i < 16; i++) {
			s.gpr[i] = values.integer(prng.chance(80) ? bits : 64);
		}
		s.rflags = CpuState.RFLAGS_FIXED | prng.next() & (UndefinedFlags.ALL | (prng.chance(30) ? 1 << 10 : 0));
		s.fsBase = base();
		s.gsBase = base();
		s.mxcsr = (prng.chance(70) ? 0x1F80 : prng.below(MASKS + 1) << 7) | prng.below(4) << 13;
		s.mxcsr |= prng.chance(50) ? 0 : prng.below(MASKS + 1);
		s.mxcsr |= prng.chance(80) ? 0 : prng.below(4) == 0 ? 0x8040 : prng.chance(50) ? 0x40 : 0x8000;
		for (int i = 0; i < 32; i++) {
			s.xmm[i] = form.registers == Element.INTEGER ? packed() : values.quadword(form.registers, 64);
		}
		x87(form, s);
	}

	private long base() {
		return prng.chance(50) ? prng.next() >>> 18 : prng.below(1 << 20);
	}

	private void data(long seed, byte[] data) {
		fill.seed(seed);
		for (int i = 0; i < data.length; i += 8) {
			Bytes.put(data, i, fill.next());
		}
	}

	private long packed() {
		return switch (prng.below(5)) {
			case 0 -> prng.next();
			case 1 -> values.integer(64);
			case 2 -> values.quadword(Element.INT16, 64);
			case 3 -> values.quadword(Element.INT32, 64);
			default -> {
				long result = 0;
				for (int i = 0; i < 8; i++) {
					result = result << 8 | prng.pick(BYTES);
				}
				yield result;
			}
		};
	}

	private void x87(Form form, CpuState s) {
		s.fcw = 0x40 | (prng.chance(75) ? MASKS : prng.below(MASKS + 1)) | prng.pick(PRECISION) << 8 | prng.below(4) << 10;
		int top = prng.below(8);
		int exceptions = prng.chance(60) ? 0 : prng.below(MASKS + 1);
		if (prng.chance(85)) {
			exceptions &= s.fcw;
		}
		int conditions = prng.below(16);
		s.fsw = status(exceptions, s.fcw) | top << 11 | (conditions & 7) << 8 | (conditions & 8) << 11;
		for (int i = 0; i < 8; i++) {
			if (form.mmx && prng.chance(80)) {
				s.significand[i] = packed();
				s.signExponent[i] = 0xFFFF;
			} else {
				values.extended();
				s.significand[i] = values.significand();
				s.signExponent[i] = values.exponent();
			}
		}
		int random = prng.below(256);
		s.ftw = switch (prng.below(10)) {
			case 0 -> random;
			case 1 -> 0xFF;
			case 2 -> 0;
			default -> (random | 1 << top | 1 << (top + 1 & 7)) & ~(1 << (top + 7 & 7));
		};
	}

	/** A status word whose summary bits agree with its exception flags. */
	int status(int exceptions, int fcw) {
		int status = exceptions & MASKS;
		if ((status & 1) != 0 && prng.chance(30)) {
			status |= STACK_FAULT;
		}
		return (status & ~fcw & MASKS) != 0 ? status | ERROR_SUMMARY : status;
	}
}
