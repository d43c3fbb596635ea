package mshv.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import mshv.run.Programs.Outcome;

/** The launcher script's own words. */
class LauncherIT {
	@TempDir
	Path directory;

	@Test
	void aCommandExplainsItselfWhereverHelpIsWritten() throws Exception {
		Outcome after = mshv("boot", "--help");
		assertEquals(0, after.status(), after::toString);
		assertTrue(after.out().startsWith("usage: boot "), after::toString);
		assertEquals(after.out(), mshv("help", "boot").out());
		assertEquals(after.out(), mshv("boot", "-h").out());
	}

	@Test
	void execHasHelpAlthoughItIsNoCommandOfTheShell() throws Exception {
		Outcome outcome = mshv("exec", "--help");
		assertEquals(0, outcome.status(), outcome::toString);
		for (String option : new String[] {"--backend NAME", "--trace FILE", "--trace-memory", "--fail RULE"}) {
			assertTrue(outcome.out().contains(option), outcome::toString);
		}
		assertEquals(outcome.out(), mshv("help", "exec").out());
	}

	@Test
	void helpAmongAProgramsArgumentsIsTheProgramsOwn() throws Exception {
		assertEquals("x --help\n", mshv("exec", "/bin/echo", "x", "--help").out());
	}

	@Test
	void aCommandThatIsNotThereIsWrongUsage() throws Exception {
		assertEquals(64, mshv("nosuch").status());
		assertEquals(64, mshv("nosuch", "--help").status());
	}

	private Outcome mshv(String... words) throws Exception {
		return new Launches(directory).mshv("", words);
	}
}
