package mshv.shell.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
	void theManualHasThemAll() throws IOException {
		String manual = Files.readString(Path.of("../docs/exit-status.md"));
		for (ExitStatus status : ExitStatus.values()) {
			assertTrue(manual.contains("\n| " + status.code() + " | " + status.meaning() + " |"), status::toString);
		}
	}

	@Test
	void onlyTurningOffIsSuccess() {
		assertEquals(0, ExitStatus.POWER_OFF.code());
	}
}
