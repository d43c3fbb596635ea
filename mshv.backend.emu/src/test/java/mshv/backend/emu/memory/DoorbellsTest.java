package mshv.backend.emu.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;

class DoorbellsTest {
	private final Doorbells doorbells = new Doorbells();
	private final List<String> rung = new ArrayList<>();

	private Doorbells.Connection any(long address, int bytes, String name) {
		return new Doorbells.Connection(address, bytes, true, 0, () -> rung.add(name));
	}

	@Test
	void withoutDoorbellsNothingRings() {
		assertFalse(doorbells.covers(0));
		assertFalse(doorbells.ring(0, 4, 0));
	}

	@Test
	void aWriteRingsAllThatFit() {
		doorbells.add(any(0x1000, 0, "any size"));
		doorbells.add(any(0x1000, 4, "four bytes"));
		doorbells.add(new Doorbells.Connection(0x1000, 0, false, 0xFFFF_FFFFL, () -> rung.add("value")));
		assertTrue(doorbells.ring(0x1000, 4, -1));
		assertEquals(List.of("any size", "four bytes", "value"), rung);
		rung.clear();
		assertTrue(doorbells.ring(0x1000, 8, -1));
		assertEquals(List.of("any size"), rung);
		assertFalse(doorbells.ring(0x1004, 4, -1));
	}

	@Test
	void pagesWithDoorbellsAreKnownWhateverTheirNumbersHaveInCommon() {
		Random random = new Random(5);
		Map<Long, Doorbells.Connection> expected = new HashMap<>();
		for (int i = 0; i < 3000; i++) {
			long page = random.nextInt(16) + ((long) random.nextInt(16) << 16);
			Doorbells.Connection present = expected.remove(page);
			if (present == null) {
				present = any(page << 12, 1, "page " + page);
				expected.put(page, present);
				assertTrue(doorbells.add(present));
			} else {
				doorbells.remove(present);
			}
			long probe = random.nextInt(16) + ((long) random.nextInt(16) << 16);
			assertEquals(expected.containsKey(probe), doorbells.covers(probe));
			rung.clear();
			assertEquals(expected.containsKey(probe), doorbells.ring(probe << 12, 1, 0));
			assertEquals(expected.containsKey(probe) ? List.of("page " + probe) : List.of(), rung);
		}
	}

	@Test
	void onceClosedThereIsNoneAnyMore() {
		doorbells.add(any(0x1000, 0, "doorbell"));
		doorbells.close();
		assertFalse(doorbells.covers(1));
		assertFalse(doorbells.add(any(0x1000, 0, "doorbell")));
		assertFalse(doorbells.ring(0x1000, 1, 0));
	}
}
