package mshv.backend.emu.apic;

import static mshv.backend.emu.apic.ApicBench.ESR;
import static mshv.backend.emu.apic.ApicBench.ICR;
import static mshv.backend.emu.apic.ApicBench.ISR;
import static mshv.backend.emu.apic.ApicBench.LVT_LINT0;
import static mshv.backend.emu.apic.ApicBench.LVT_LINT1;
import static mshv.backend.emu.apic.ApicBench.LVT_TIMER;
import static mshv.backend.emu.apic.ApicBench.SVR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalApicTest {
	private final ApicBench bench = new ApicBench();

	@AfterEach
	void close() {
		bench.close();
	}

	@Test
	void aSoftwareDisabledApicDropsInterruptsAndMasksItsVectors() {
		bench.apic().writePage(LVT_TIMER, 4, 0x40);
		bench.apic().writePage(SVR, 4, 0xFF);
		assertEquals(0x10040, bench.apic().readPage(LVT_TIMER, 4));
		bench.apic().receive(DeliveryMode.FIXED, 0x55, false);
		assertEquals(0, bench.owners[0].pending);
		bench.apic().receive(DeliveryMode.NMI, 0, false);
		assertTrue(bench.apic().takeNmi());
		assertFalse(bench.apic().takeNmi());
	}

	@Test
	void oneNonMaskableInterruptIsServicedAndOneWaits() {
		for (int i = 0; i < 3; i++) {
			bench.apic().receive(DeliveryMode.NMI, 0, false);
		}
		assertTrue(bench.apic().takeNmi());
		bench.owners[0].servicing = true;
		bench.apic().receive(DeliveryMode.NMI, 0, false);
		assertTrue(bench.apic().takeNmi());
		assertFalse(bench.apic().takeNmi());
	}

	@Test
	void anInterruptWithAnIllegalVectorIsAnError() {
		bench.apic().receive(DeliveryMode.FIXED, 5, false);
		assertEquals(0, bench.apic().readPage(ESR, 4));
		bench.apic().writePage(ESR, 4, 0);
		assertEquals(0x40, bench.apic().readPage(ESR, 4));
		bench.apic().writePage(ICR, 4, 5 | 1 << 18);
		bench.apic().writePage(ESR, 4, 0);
		assertEquals(0x20, bench.apic().readPage(ESR, 4));
	}

	@Test
	void externalInterruptsGoAroundTheRequestRegister() {
		bench.apic().writePage(LVT_LINT0, 4, 0x700);
		bench.apic().writePage(LVT_LINT1, 4, 0x400);
		bench.apic().pulse(0, 0x08);
		assertEquals(0x08, bench.apic().acknowledge());
		assertEquals(0, bench.apic().readPage(ISR, 4));
		bench.apic().pulse(1, 0);
		assertTrue(bench.apic().takeNmi());
		bench.apic().writePage(LVT_LINT0, 4, 0x10700);
		bench.apic().pulse(0, 0x08);
		assertEquals(-1, bench.apic().acknowledge());
	}

	@Test
	void modesChangeOnlyAsTheyMay() {
		long enabled = 0xFEE00000L | LocalApic.BASE_BOOTSTRAP | LocalApic.BASE_ENABLE;
		assertEquals(enabled, bench.apic().base());
		assertEquals(0xFEE00000L, bench.apic().page());
		assertFalse(bench.apic().setBase(enabled | 1), "reserved bit");
		assertFalse(bench.apic().setBase(enabled | 1L << 40), "beyond physical addresses");
		assertFalse(bench.apic().setBase(enabled & ~LocalApic.BASE_ENABLE | LocalApic.BASE_X2APIC), "x2APIC without enable");
		assertTrue(bench.apic().setBase(enabled | LocalApic.BASE_X2APIC));
		assertEquals(-1, bench.apic().page());
		assertFalse(bench.apic().setBase(enabled), "x2APIC to xAPIC");
		assertTrue(bench.apic().setBase(enabled & ~LocalApic.BASE_ENABLE));
		assertFalse(bench.apic().setBase(enabled | LocalApic.BASE_X2APIC), "disabled to x2APIC");
		assertTrue(bench.apic().setBase(enabled));
	}
}
