package mshv.backend.emu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class VectorSetTest {
	private final VectorSet set = new VectorSet();

	@Test
	void theHighestVectorIsFoundInEachWord() {
		assertEquals(-1, set.highest());
		for (int vector : new int[]{0, 63, 64, 127, 128, 191, 192, 255}) {
			set.add(vector);
			assertEquals(vector, set.highest());
			assertTrue(set.contains(vector));
		}
		set.remove(255);
		assertFalse(set.contains(255));
		assertEquals(192, set.highest());
		set.clear();
		assertEquals(-1, set.highest());
	}

	@Test
	void aRegisterIsThirtyTwoVectors() {
		set.add(32);
		set.add(63);
		set.add(64);
		assertEquals(1 << 31 | 1, set.register(1));
		assertEquals(1, set.register(2));
		set.setRegister(1, 2);
		assertEquals(2, set.register(1));
		assertEquals(0, set.register(0));
		assertEquals(1, set.register(2), "its neighbours stay");
		set.setRegister(7, 1 << 31);
		assertEquals(255, set.highest());
	}
}
