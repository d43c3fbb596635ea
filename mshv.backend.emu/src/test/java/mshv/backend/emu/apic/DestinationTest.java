package mshv.backend.emu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DestinationTest {
	private final ApicBase base = new ApicBase(true, true, false);
	private final Destination destination = new Destination(base, 0x25);

	@BeforeEach
	void reset() {
		destination.reset();
	}

	@Test
	void anIdIsMetByItselfAndByAll() {
		assertTrue(destination.matches(0x25, false));
		assertFalse(destination.matches(0x24, false));
		assertTrue(destination.matches(0xFF, false));
	}

	@Test
	void aFlatSetIsMetByAnyOfItsBits() {
		destination.setLogical(0x0AFFFFFF);
		assertEquals(0x0A000000, destination.logical());
		assertTrue(destination.matches(0x02, true));
		assertFalse(destination.matches(0x05, true));
	}

	@Test
	void aClusterIsMetByItsNumberAndABit() {
		destination.setFormat(0);
		destination.setLogical(0x32000000);
		assertTrue(destination.matches(0x33, true));
		assertFalse(destination.matches(0x31, true));
		assertFalse(destination.matches(0x22, true));
	}

	@Test
	void theLogicalIdInX2apicModeFollowsFromTheId() {
		assertTrue(base.set(base.value() | LocalApic.BASE_X2APIC));
		destination.enterX2apic();
		assertEquals(2 << 16 | 1 << 5, destination.logical());
		assertTrue(destination.matches(0x20030, true));
		assertFalse(destination.matches(0x10020, true));
		assertFalse(destination.matches(0xFF, false), "255 is an id like others");
		assertTrue(destination.matches(0xFFFFFFFFL, true));
		destination.restoreId(7 << 24);
		destination.restoreLogical(0x01000000);
		assertEquals(0x25, destination.id());
		assertEquals(2 << 16 | 1 << 5, destination.logical());
	}

	@Test
	void aDisabledApicIsMetByTheIdOfItsReset() {
		destination.restoreId(7 << 24);
		assertTrue(destination.matches(7, false));
		assertTrue(base.set(0xFEE00000L));
		assertTrue(destination.matches(0x25, false));
		assertFalse(destination.matches(7, false));
		assertFalse(destination.matches(0xFF, false));
	}
}
