package mshv.backend.emu.guest;

import mshv.backend.emu.memory.PhysicalMemory;

/** The memory type range registers of a processor (Intel SDM vol. 3, 12.11). Emulated memory has one type, so they are only kept. */
public final class MemoryTypeRegisters {
	/** IA32_MTRRCAP: 8 variable ranges, fixed ranges, write combining. */
	public static final long CAPABILITIES = 8 | 1 << 8 | 1 << 10;
	/** Pairs of registers for variable ranges. */
	public static final int VARIABLE = 8;

	private static final int MSR_CAPABILITIES = 0xFE;
	private static final int MSR_DEFAULT_TYPE = 0x2FF;
	private static final int MSR_VARIABLE = 0x200;
	private static final int FIXED = 11;
	/** Types UC, WC, WT, WP, WB. */
	private static final int TYPES = 1 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6;

	private final long[] variable = new long[2 * VARIABLE];
	private final long[] fixed = new long[FIXED];
	private long defaultType;

	/** Registers after RESET: no range, all disabled. */
	MemoryTypeRegisters() {}

	/** @return number of the fixed range register with this MSR index, -1 if it is none */
	private static int fixedIndex(int index) {
		return switch (index) {
			case 0x250 -> 0;
			case 0x258, 0x259 -> index - 0x258 + 1;
			default -> index >= 0x268 && index <= 0x26F ? index - 0x268 + 3 : -1;
		};
	}

	/** @return whether there is such a register */
	boolean has(int index) {
		return index == MSR_CAPABILITIES || index == MSR_DEFAULT_TYPE || index >= MSR_VARIABLE && index < MSR_VARIABLE + 2 * VARIABLE
			|| fixedIndex(index) >= 0;
	}

	/** @param index of a register that exists */
	long read(int index) {
		if (index == MSR_CAPABILITIES) {
			return CAPABILITIES;
		}
		if (index == MSR_DEFAULT_TYPE) {
			return defaultType;
		}
		int number = fixedIndex(index);
		return number >= 0 ? fixed[number] : variable[index - MSR_VARIABLE];
	}

	/** @param index of a register that exists
	 * @return false if it is read only or the value has a reserved bit or type */
	boolean write(int index, long value) {
		if (index == MSR_CAPABILITIES) {
			return false;
		}
		if (index == MSR_DEFAULT_TYPE) {
			if ((value & ~0xCFFL) != 0 || !validType(value & 0xFF)) {
				return false;
			}
			defaultType = value;
			return true;
		}
		int number = fixedIndex(index);
		if (number >= 0) {
			for (int i = 0; i < 8; i++) {
				if (!validType(value >>> 8 * i & 0xFF)) {
					return false;
				}
			}
			fixed[number] = value;
			return true;
		}
		boolean mask = (index & 1) != 0;
		long pages = PhysicalMemory.ADDRESS_MASK & ~0xFFFL;
		if ((value & ~(pages | (mask ? 0x800 : 0xFF))) != 0 || !mask && !validType(value & 0xFF)) {
			return false;
		}
		variable[index - MSR_VARIABLE] = value;
		return true;
	}

	private static boolean validType(long type) {
		return type < 8 && (TYPES >> type & 1) != 0;
	}
}
