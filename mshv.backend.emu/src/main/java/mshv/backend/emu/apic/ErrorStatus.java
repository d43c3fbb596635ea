package mshv.backend.emu.apic;

import java.util.concurrent.atomic.AtomicInteger;

/** The error status register: errors gather until a write makes them readable (Intel SDM vol. 3, 11.5.3). Errors come on any thread. */
final class ErrorStatus {
	static final int SENT_ILLEGAL_VECTOR = 0x20, RECEIVED_ILLEGAL_VECTOR = 0x40, ILLEGAL_REGISTER = 0x80;

	/** Errors since the last write. */
	private final AtomicInteger gathered = new AtomicInteger();
	private int register;

	void reset() {
		register = 0;
		gathered.set(0);
	}

	/** @return true if the error is new since the last write: it is to be announced */
	boolean add(int error) {
		int before = gathered.getAndAccumulate(error, (a, b) -> a | b);
		return (before & error) == 0;
	}

	/** What a write to the register does, whatever the value. */
	void latch() {
		register = gathered.getAndSet(0);
	}

	int register() {
		return register;
	}

	void restore(int value) {
		register = value & 0xFF;
	}
}
