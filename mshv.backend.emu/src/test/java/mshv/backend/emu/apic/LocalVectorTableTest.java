package mshv.backend.emu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocalVectorTableTest {
	private final LocalVectorTable table = new LocalVectorTable();

	@BeforeEach
	void reset() {
		table.reset();
	}

	@Test
	void anEntryKeepsTheBitsThatExistAndCanBeWritten() {
		assertEquals(0x10000, table.get(ApicRegister.LVT_ERROR));
		assertEquals(0x700FF, table.set(ApicRegister.LVT_TIMER, -1, false));
		assertEquals(0x1A7FF, table.set(ApicRegister.LVT_LINT0, -1, false));
		assertEquals(0x100FF, table.set(ApicRegister.LVT_ERROR, -1, false));
		assertEquals(0x1A7FF, table.get(ApicRegister.LVT_LINT0));
	}

	@Test
	void maskingLeavesTheRestOfAnEntry() {
		table.set(ApicRegister.LVT_LINT1, 0x400, false);
		table.mask();
		assertEquals(0x10400, table.get(ApicRegister.LVT_LINT1));
		assertEquals(0x10400, table.set(ApicRegister.LVT_LINT1, 0x400, true), "nor can it be unmasked");
	}
}
