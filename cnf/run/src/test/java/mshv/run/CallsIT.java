package mshv.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that few programs make, and calls that no program should make. */
class CallsIT {
	@TempDir
	Path directory;

	private void assertNothingSaid(String client) throws Exception {
		Programs.Outcome outcome = Programs.run(directory, 2, "", Programs.exec(Programs.java("mshv.run.client." + client)));
		assertTrue(outcome.out().matches("checked \\d+\n"), outcome::toString);
		assertEquals("", outcome.err());
		assertEquals(0, outcome.status(), outcome::toString);
	}

	@Test
	void theCallsOfEarlyAndOfOtherVersionsAreThere() throws Exception {
		assertNothingSaid("EarlyCallsClient");
	}

	@Test
	void badInputIsAnErrorNumberAndChangesNothing() throws Exception {
		assertNothingSaid("BadInputClient");
	}
}
