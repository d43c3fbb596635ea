package mshv.shell.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TableTest {
	@Test
	void columnsLineUpAndNumbersStandToTheRight() {
		assertEquals("""
			NAME     COUNT  STATE
			vm1          7  running
			another  12345  off""", new Table("NAME", "COUNT", "STATE").row("vm1", 7, "running").row("another", 12345, "off").toString());
	}

	@Test
	void aTableWithoutRowsIsItsTitles() {
		assertEquals("A  B", new Table("A", "B").toString());
	}

	@Test
	void aRowHasAsManyCellsAsTheTableHasColumns() {
		assertThrows(IllegalArgumentException.class, () -> new Table("A", "B").row(1));
	}
}
