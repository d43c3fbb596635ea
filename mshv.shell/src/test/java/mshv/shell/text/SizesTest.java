package mshv.shell.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import mshv.shell.status.CommandException;
import mshv.shell.status.ExitStatus;

class SizesTest {
	@ParameterizedTest
	@CsvSource({"4096,4096", "512M,536870912", "512m,536870912", "1G,1073741824", "4096K,4194304", "2T,2199023255552", "1GiB,1073741824",
		"3MB,3145728", "1,1", "'  64K ',65536"})
	void aSizeIsANumberWithAUnit(String text, long bytes) throws Exception {
		assertEquals(bytes, Sizes.parse(text));
	}

	@ParameterizedTest
	@ValueSource(strings = {"", "M", "-1", "12X", "1.5G", "0x1000", "1 2", "KM", "5MM", "0", "0M", "99999999999999999999", "9999999999G"})
	void whatIsNoSizeIsRefusedByName(String text) {
		CommandException refusal = assertThrows(CommandException.class, () -> Sizes.parse(text));
		assertEquals(ExitStatus.USAGE, refusal.status());
		assertTrue(refusal.getMessage().contains("'" + text + "'"), refusal::getMessage);
	}

	@ParameterizedTest
	@CsvSource({"536870912,512M", "4096,4K", "1000,1000", "1073741824,1G", "1536,1536", "3221225472,3G", "0,0"})
	void aSizeIsWrittenAsItIsRead(long bytes, String text) {
		assertEquals(text, Sizes.format(bytes));
	}
}
