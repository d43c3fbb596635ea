package mshv.shell.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;

import org.junit.jupiter.api.Test;

class ExitStatusTest {
	@Test
	void statusesAreDistinctEvenAndFitIntoAByte() {
		assertEquals(ExitStatus.values().length, Arrays.stream(ExitStatus.values()).mapToInt(ExitStatus::code).distinct().count());
		for (ExitStatus status : ExitStatus.values()) {
			assertTrue(status.code() >= 0 && status.code() <= 0xFF && status.code() % 2 == 0, status::toString);
		}
	}

	@Test
	void onlyTurningOffIsSuccess() {
		assertEquals(0, ExitStatus.POWER_OFF.code());
	}

	@Test
	void whatAGuestWritesToTheExitPortIsOdd() {
		assertEquals(1, ExitStatus.ofExitPort(0));
		assertEquals(3, ExitStatus.ofExitPort(1));
		assertEquals(77, ExitStatus.ofExitPort(38));
		assertEquals(127, ExitStatus.ofExitPort(63));
		assertEquals(255, ExitStatus.ofExitPort(-1));
		assertEquals(1, ExitStatus.ofExitPort(0x80));
	}
}
