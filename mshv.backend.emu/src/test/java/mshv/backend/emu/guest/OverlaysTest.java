package mshv.backend.emu.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.memory.PhysicalMemory;

class OverlaysTest {
	private final PhysicalMemory memory = new PhysicalMemory();
	private final List<Long> changed = new ArrayList<>();
	private final Overlays overlays = new Overlays(memory, changed::add);

	@Test
	void anOverlayHidesThePageBelowAndGivesItBack() {
		overlays.map(5, 0x1000 | 7);
		overlays.install("owner", 5, 0x9000 | 1);
		assertEquals(0x9001, memory.entry(5));
		assertTrue(overlays.covers(5));
		assertEquals(0x1007, overlays.mapped(5));
		overlays.remove("owner");
		assertEquals(0x1007, memory.entry(5));
		assertFalse(overlays.covers(5));
		assertEquals(List.of(5L, 5L), changed);
	}

	@Test
	void mappingUnderAnOverlayShowsWhenItGoes() {
		overlays.install("owner", 5, 0x9000 | 1);
		overlays.map(5, 0x2000 | 3);
		assertEquals(0x9001, memory.entry(5));
		overlays.remove("owner");
		assertEquals(0x2003, memory.entry(5));
	}

	@Test
	void unmappingUnderAnOverlayLeavesNothing() {
		overlays.map(5, 0x1000 | 7);
		overlays.install("owner", 5, 0x9000 | 1);
		overlays.map(5, 0);
		overlays.remove("owner");
		assertEquals(0, memory.entry(5));
	}

	@Test
	void movingAnOverlayUncoversItsOldPage() {
		overlays.map(5, 0x1000 | 7);
		overlays.install("owner", 5, 0x9000 | 1);
		overlays.install("owner", 6, 0x9000 | 1);
		assertEquals(0x1007, memory.entry(5));
		assertEquals(0x9001, memory.entry(6));
		assertEquals(List.of(5L, 5L, 6L), changed);
	}

	@Test
	void ofTwoOverlaysTheLaterIsSeen() {
		overlays.map(5, 0x1000 | 7);
		overlays.install("one", 5, 0x9000 | 1);
		overlays.install("two", 5, 0xA000 | 1);
		assertEquals(0xA001, memory.entry(5));
		overlays.remove("two");
		assertEquals(0x9001, memory.entry(5));
		overlays.install("two", 5, 0xA000 | 1);
		overlays.remove("one");
		assertEquals(0xA001, memory.entry(5));
		overlays.remove("two");
		assertEquals(0x1007, memory.entry(5));
		overlays.remove("two");
		assertEquals(0x1007, memory.entry(5));
	}
}
