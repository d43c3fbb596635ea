package mshv.tck.doorbell;

import mshv.tck.GuestCode;

/** Guest code that writes to where RDI points, and says so at a port after each write. */
final class WriteCode {
	private final GuestCode code = GuestCode.forLongMode();

	/** Points RDI elsewhere. */
	WriteCode at(long address) {
		code.movRdi(address);
		return this;
	}

	/** Writes the low bytes of a value. @param size 1, 2, 4 or 8
	 * @param value that fits 31 bits */
	WriteCode write(int size, int value) {
		switch (size) {
			case 1 -> code.raw(0xC6, 0x07, value & 0xFF);
			case 2 -> code.raw(0x66, 0xC7, 0x07, value & 0xFF, value >> 8 & 0xFF);
			case 4 -> code.store(value);
			default -> code.raw(0x48).store(value);
		}
		return this;
	}

	/** Reports at a port. */
	WriteCode report() {
		code.out(1);
		return this;
	}

	GuestCode code() {
		return code;
	}
}
