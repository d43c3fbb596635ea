package mshv.backend.emu.partition;

import mshv.api.HvStatus;

/** The value of the register read last. */
final class RegisterBits {
	/** Bits 0 to 63. */
	long low;
	/** Bits 64 to 127. */
	long high;

	/** Sets a value of 64 bits. @return true */
	boolean set(long value) {
		low = value;
		return true;
	}

	/** @return the status of a write of a value that the register can have or not */
	static HvStatus accepted(boolean accepted) {
		return accepted ? HvStatus.SUCCESS : HvStatus.INVALID_REGISTER_VALUE;
	}
}
