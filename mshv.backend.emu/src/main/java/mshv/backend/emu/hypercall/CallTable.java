package mshv.backend.emu.hypercall;

/** The hypercalls that exist, by call code. */
final class CallTable {
	private static final int CODES = 0x200;

	private final Call[] calls = new Call[CODES];

	/** Adds a call. */
	void add(int code, Call call) {
		if (calls[code] != null) {
			throw new IllegalStateException("two handlers for call " + Integer.toHexString(code));
		}
		calls[code] = call;
	}

	/** @return the call, null if there is none with this code */
	Call get(int code) {
		return code < CODES ? calls[code] : null;
	}
}
