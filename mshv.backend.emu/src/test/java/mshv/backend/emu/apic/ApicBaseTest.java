package mshv.backend.emu.apic;

import static mshv.backend.emu.apic.LocalApic.BASE_BOOTSTRAP;
import static mshv.backend.emu.apic.LocalApic.BASE_ENABLE;
import static mshv.backend.emu.apic.LocalApic.BASE_X2APIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ApicBaseTest {
	@Test
	void theRegisterPageIsThereInXapicModeOnly() {
		ApicBase base = new ApicBase(true, true, true);
		assertEquals(0xFEE00000L | BASE_BOOTSTRAP | BASE_ENABLE, base.value());
		assertTrue(base.set(0x1234567000L | BASE_ENABLE));
		assertEquals(0x1234567000L, base.page());
		assertTrue(base.set(0x1234567000L | BASE_ENABLE | BASE_X2APIC));
		assertEquals(-1, base.page());
		assertTrue(base.set(0x1234567000L));
		assertEquals(-1, base.page());
	}

	@Test
	void aModeThatIsNotOfferedIsRefused() {
		ApicBase base = new ApicBase(true, false, false);
		assertFalse(base.set(base.value() | BASE_X2APIC));
		assertEquals(0xFEE00000L | BASE_ENABLE, base.value());
	}

	@Test
	void anAbsentApicStaysDisabled() {
		ApicBase base = new ApicBase(false, true, false);
		assertFalse(base.enabled());
		assertFalse(base.set(base.value() | BASE_ENABLE));
		assertTrue(base.set(0x1000));
	}
}
