package mshv.backend.emu.apic;

import static mshv.backend.emu.apic.ApicBench.EOI;
import static mshv.backend.emu.apic.ApicBench.IRR;
import static mshv.backend.emu.apic.ApicBench.ISR;
import static mshv.backend.emu.apic.ApicBench.PPR;
import static mshv.backend.emu.apic.ApicBench.SVR;
import static mshv.backend.emu.apic.ApicBench.TPR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InterruptQueueTest {
	private final ApicBench bench = new ApicBench();

	@AfterEach
	void close() {
		bench.close();
	}

	@Test
	void anInterruptGoesFromRequestToServiceAndEnds() {
		bench.apic().receive(DeliveryMode.FIXED, 0x51, false);
		assertEquals(1, bench.owners[0].pending);
		assertEquals(1 << 0x11, bench.apic().readPage(IRR + 0x20, 4));
		assertEquals(0x51, bench.apic().acknowledge());
		assertEquals(0, bench.apic().readPage(IRR + 0x20, 4));
		assertEquals(1 << 0x11, bench.apic().readPage(ISR + 0x20, 4));
		assertEquals(0x50, bench.apic().readPage(PPR, 4));
		bench.apic().writePage(EOI, 4, 0);
		assertEquals(0, bench.apic().readPage(ISR + 0x20, 4));
		assertEquals(0, bench.apic().readPage(PPR, 4));
		assertTrue(bench.owners[0].ended.isEmpty());
	}

	@Test
	void aVectorThatEndsByItselfIsNeverInService() {
		bench.apic().setAutomaticEnd(0x51, true);
		bench.apic().receive(DeliveryMode.FIXED, 0x51, false);
		assertEquals(0x51, bench.apic().acknowledge());
		assertEquals(0, bench.apic().readPage(ISR + 0x20, 4));
		assertEquals(0, bench.apic().readPage(PPR, 4));
		bench.apic().setAutomaticEnd(0x51, false);
		bench.apic().receive(DeliveryMode.FIXED, 0x51, false);
		assertEquals(0x51, bench.apic().acknowledge());
		assertEquals(1 << 0x11, bench.apic().readPage(ISR + 0x20, 4));
	}

	@Test
	void theOwnerIsToldOfEachEndOfService() {
		bench.apic().receive(DeliveryMode.FIXED, 0x51, false);
		bench.apic().acknowledge();
		assertEquals(0, bench.owners[0].ends);
		bench.apic().endOfInterrupt();
		assertEquals(1, bench.owners[0].ends);
		bench.apic().endOfInterrupt();
		assertEquals(1, bench.owners[0].ends);
	}

	@Test
	void aLowerClassWaitsForTheEndOfService() {
		bench.apic().receive(DeliveryMode.FIXED, 0x60, false);
		assertEquals(0x60, bench.apic().acknowledge());
		bench.apic().receive(DeliveryMode.FIXED, 0x6F, false);
		bench.apic().receive(DeliveryMode.FIXED, 0x31, false);
		assertEquals(-1, bench.apic().acknowledge());
		bench.apic().receive(DeliveryMode.FIXED, 0x71, false);
		assertEquals(0x71, bench.apic().acknowledge());
		bench.apic().endOfInterrupt();
		int before = bench.owners[0].pending;
		bench.apic().endOfInterrupt();
		assertTrue(bench.owners[0].pending > before, "the next one is announced");
		assertEquals(0x6F, bench.apic().acknowledge());
		bench.apic().endOfInterrupt();
		assertEquals(0x31, bench.apic().acknowledge());
	}

	@Test
	void theTaskPriorityHoldsBackItsClass() {
		bench.apic().writePage(TPR, 4, 0x45);
		bench.apic().receive(DeliveryMode.FIXED, 0x4F, false);
		assertFalse(bench.apic().deliverable());
		assertEquals(-1, bench.apic().acknowledge());
		assertEquals(0x45, bench.apic().readPage(PPR, 4));
		int before = bench.owners[0].pending;
		bench.apic().setTaskPriority(0x30);
		assertTrue(bench.owners[0].pending > before);
		assertEquals(0x4F, bench.apic().acknowledge());
	}

	@Test
	void theEndOfALevelInterruptIsReported() {
		bench.apic().receive(DeliveryMode.FIXED, 0x55, true);
		bench.apic().acknowledge();
		bench.apic().endOfInterrupt();
		assertEquals(List.of(0x55), bench.owners[0].ended);
	}

	@Test
	void theEndOfALevelInterruptIsNotReportedWhenSuppressed() {
		bench.apic().writePage(SVR, 4, 0x11FF);
		bench.apic().receive(DeliveryMode.FIXED, 0x55, true);
		bench.apic().acknowledge();
		bench.apic().endOfInterrupt();
		assertTrue(bench.owners[0].ended.isEmpty());
	}

	@Test
	void theGuestEndsAnInterruptThroughTheAssistPage() {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment page = arena.allocate(4096, 4096);
			bench.apic().setAssistPage(page.address());
			bench.apic().receive(DeliveryMode.FIXED, 0x51, false);
			assertEquals(0x51, bench.apic().acknowledge());
			assertEquals(1, page.get(ValueLayout.JAVA_INT, 0));
			page.set(ValueLayout.JAVA_INT, 0, 0);
			assertEquals(0, bench.apic().readPage(ISR + 0x20, 4), "the service has ended");
			bench.apic().receive(DeliveryMode.FIXED, 0x52, false);
			assertEquals(0x52, bench.apic().acknowledge());
			bench.apic().receive(DeliveryMode.FIXED, 0x41, false);
			assertEquals(-1, bench.apic().acknowledge());
			assertEquals(0, page.get(ValueLayout.JAVA_INT, 0), "an interrupt waits: the guest must write EOI");
			bench.apic().endOfInterrupt();
			assertEquals(0x41, bench.apic().acknowledge());
			bench.apic().receive(DeliveryMode.FIXED, 0x61, true);
			assertEquals(0x61, bench.apic().acknowledge());
			assertEquals(0, page.get(ValueLayout.JAVA_INT, 0), "a level-triggered one needs an EOI");
		}
	}
}
