package mshv.backend.emu.cpu;

import mshv.backend.emu.isa.Flag;

/** Arithmetic flags computed from the operation that defined them; see {@link FlagKind}. */
public final class Flags {
	private Flags() {}

	/** @return CF */
	public static boolean carry(int kind, long a, long b, long result) {
		return switch (kind) {
			case FlagKind.SUB -> ((~a & b) | ((~a | b) & result)) < 0;
			case FlagKind.ADD -> ((a & b) | ((a | b) & ~result)) < 0;
			case FlagKind.LOGIC -> false;
			case FlagKind.EXPLICIT -> (result & Flag.CF) != 0;
			default -> (b & 1) != 0;
		};
	}

	private static boolean overflow(int kind, long a, long b, long result) {
		return switch (kind) {
			case FlagKind.SUB -> ((a ^ b) & (a ^ result)) < 0;
			case FlagKind.ADD -> ((a ^ result) & (b ^ result)) < 0;
			case FlagKind.INC -> (~a & result) < 0;
			case FlagKind.DEC -> (a & ~result) < 0;
			case FlagKind.SHIFT -> (b & 2) != 0;
			case FlagKind.EXPLICIT -> (result & Flag.OF) != 0;
			default -> false;
		};
	}

	private static int adjust(int kind, long a, long b, long result) {
		return switch (kind) {
			case FlagKind.SUB, FlagKind.ADD -> (int) (a ^ b ^ result) & Flag.AF;
			case FlagKind.INC, FlagKind.DEC -> (int) (a ^ result) & Flag.AF;
			default -> 0;
		};
	}

	private static boolean parity(long result) {
		int low = (int) result & 0xFF;
		return (0x9669 >> ((low ^ low >> 4) & 15) & 1) != 0;
	}

	/** @return the six flags at their places in RFLAGS */
	public static int arithmetic(int kind, long a, long b, long result) {
		if (kind == FlagKind.EXPLICIT) {
			return (int) result;
		}
		return (carry(kind, a, b, result) ? Flag.CF : 0) | (parity(result) ? Flag.PF : 0) | adjust(kind, a, b, result)
			| (result == 0 ? Flag.ZF : 0) | (result < 0 ? Flag.SF : 0) | (overflow(kind, a, b, result) ? Flag.OF : 0);
	}

	/** @param condition condition code 0 to 15 (Intel SDM vol. 2, appendix B.1.4.7)
	 * @return true if it holds */
	public static boolean condition(int condition, int kind, long a, long b, long result) {
		boolean holds;
		if (kind == FlagKind.EXPLICIT) {
			holds = explicit(condition, (int) result);
		} else {
			holds = switch (condition >> 1) {
				case 0 -> overflow(kind, a, b, result);
				case 1 -> carry(kind, a, b, result);
				case 2 -> result == 0;
				case 3 -> result == 0 || carry(kind, a, b, result);
				case 4 -> result < 0;
				case 5 -> parity(result);
				case 6 -> result < 0 != overflow(kind, a, b, result);
				default -> result == 0 || result < 0 != overflow(kind, a, b, result);
			};
		}
		return holds == ((condition & 1) == 0);
	}

	private static boolean explicit(int condition, int flags) {
		return switch (condition >> 1) {
			case 0 -> (flags & Flag.OF) != 0;
			case 1 -> (flags & Flag.CF) != 0;
			case 2 -> (flags & Flag.ZF) != 0;
			case 3 -> (flags & (Flag.CF | Flag.ZF)) != 0;
			case 4 -> (flags & Flag.SF) != 0;
			case 5 -> (flags & Flag.PF) != 0;
			case 6 -> (flags & Flag.SF) != 0 != ((flags & Flag.OF) != 0);
			default -> (flags & Flag.ZF) != 0 || (flags & Flag.SF) != 0 != ((flags & Flag.OF) != 0);
		};
	}
}
