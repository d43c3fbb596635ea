package mshv.backend.emu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ErrorStatusTest {
	private final ErrorStatus errors = new ErrorStatus();

	@Test
	void anErrorIsAnnouncedOnceUntilTheRegisterIsWritten() {
		assertTrue(errors.add(ErrorStatus.ILLEGAL_REGISTER));
		assertFalse(errors.add(ErrorStatus.ILLEGAL_REGISTER));
		assertTrue(errors.add(ErrorStatus.SENT_ILLEGAL_VECTOR));
		assertEquals(0, errors.register());
		errors.latch();
		assertEquals(0xA0, errors.register());
		assertTrue(errors.add(ErrorStatus.ILLEGAL_REGISTER));
		errors.latch();
		assertEquals(0x80, errors.register());
		errors.latch();
		assertEquals(0, errors.register());
	}
}
