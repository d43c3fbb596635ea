package mshv.shell.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import mshv.shell.status.CommandException;

class NumbersTest {
	@ParameterizedTest
	@CsvSource({"17,17", "0x1F,31", "0xffffffff81000000,-2130706432", "-5,-5", "0xffff_0000,4294901760"})
	void aNumberIsDecimalOrHexadecimal(String text, long value) throws Exception {
		assertEquals(value, Numbers.parse("address", text));
	}

	@ParameterizedTest
	@ValueSource(strings = {"", "x", "0x", "1f", "0x11112222333344445"})
	void whatIsNoNumberIsRefusedByName(String text) {
		CommandException refusal = assertThrows(CommandException.class, () -> Numbers.parse("address", text));
		assertTrue(refusal.getMessage().startsWith("address '" + text + "'"), refusal::getMessage);
	}

	@Test
	void aNumberOutOfBoundsIsRefused() throws Exception {
		assertEquals(255, Numbers.parse("vector", "255", 0, 255));
		assertThrows(CommandException.class, () -> Numbers.parse("vector", "256", 0, 255));
		assertThrows(CommandException.class, () -> Numbers.parse("vector", "-1", 0, 255));
	}

	@Test
	void secondsMayHaveFractions() throws Exception {
		assertEquals(Duration.ofMillis(1500), Numbers.seconds("timeout", "1.5"));
		assertEquals(Duration.ofSeconds(60), Numbers.seconds("timeout", "60s"));
	}

	@ParameterizedTest
	@ValueSource(strings = {"", "0", "-1", "NaN", "Infinity", "1m", "1e300"})
	void whatIsNoTimeIsRefused(String text) {
		assertThrows(CommandException.class, () -> Numbers.seconds("timeout", text));
	}
}
