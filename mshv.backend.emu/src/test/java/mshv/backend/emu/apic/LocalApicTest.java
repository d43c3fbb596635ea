package mshv.backend.emu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalApicTest {
	private static final int ID = 0x20, TPR = 0x80, PPR = 0xA0, EOI = 0xB0, LDR = 0xD0, DFR = 0xE0, SVR = 0xF0, ISR = 0x100, IRR = 0x200,
		ESR = 0x280, ICR = 0x300, ICR_HIGH = 0x310, LVT_TIMER = 0x320, LVT_LINT0 = 0x350, LVT_LINT1 = 0x360, INITIAL_COUNT = 0x380,
		CURRENT_COUNT = 0x390, DIVIDE = 0x3E0;

	/** What a processor was told. */
	private static final class Processor implements ApicOwner {
		int ends;
		int pending;
		int inits;
		boolean servicing;
		int startup = -1;
		final List<Integer> ended = new ArrayList<>();

		@Override
		public boolean startupIntercepted(int apicId, int vector) {
			return false;
		}

		@Override
		public void interruptPending() {
			pending++;
		}

		@Override
		public boolean nmiMasked() {
			return servicing;
		}

		@Override
		public void initReceived() {
			inits++;
		}

		@Override
		public void startupReceived(int vector) {
			startup = vector;
		}

		@Override
		public void interruptEnded() {
			ends++;
		}

		@Override
		public void levelInterruptEnded(int vector) {
			ended.add(vector);
		}
	}

	/** Time that the test moves. */
	private static final class Clock implements ApicClock {
		volatile long now = 1000;

		@Override
		public long nanoseconds() {
			return now;
		}

		@Override
		public boolean frozen() {
			// Keeps the queue's thread out: the test polls
			return true;
		}

		@Override
		public long nanosecondsAt(long timeStamp) {
			return timeStamp;
		}
	}

	private final ApicBus bus = new ApicBus();
	private final TimerQueue timers = new TimerQueue();
	private final Clock clock = new Clock();
	private final Processor[] processors = new Processor[4];
	private final LocalApic[] apics = new LocalApic[4];

	LocalApicTest() {
		for (int i = 0; i < apics.length; i++) {
			processors[i] = new Processor();
			apics[i] = new LocalApic(i, true, true, i == 0, bus, processors[i], clock, timers);
			apics[i].writePage(SVR, 4, 0x1FF);
			bus.attach(apics[i]);
		}
	}

	@AfterEach
	void close() {
		timers.close();
	}

	private LocalApic apic() {
		return apics[0];
	}

	@Test
	void anInterruptGoesFromRequestToServiceAndEnds() {
		apic().receive(DeliveryMode.FIXED, 0x51, false);
		assertEquals(1, processors[0].pending);
		assertEquals(1 << 0x11, apic().readPage(IRR + 0x20, 4));
		assertEquals(0x51, apic().acknowledge());
		assertEquals(0, apic().readPage(IRR + 0x20, 4));
		assertEquals(1 << 0x11, apic().readPage(ISR + 0x20, 4));
		assertEquals(0x50, apic().readPage(PPR, 4));
		apic().writePage(EOI, 4, 0);
		assertEquals(0, apic().readPage(ISR + 0x20, 4));
		assertEquals(0, apic().readPage(PPR, 4));
		assertTrue(processors[0].ended.isEmpty());
	}

	@Test
	void aVectorThatEndsByItselfIsNeverInService() {
		apic().setAutomaticEnd(0x51, true);
		apic().receive(DeliveryMode.FIXED, 0x51, false);
		assertEquals(0x51, apic().acknowledge());
		assertEquals(0, apic().readPage(ISR + 0x20, 4));
		assertEquals(0, apic().readPage(PPR, 4));
		apic().setAutomaticEnd(0x51, false);
		apic().receive(DeliveryMode.FIXED, 0x51, false);
		assertEquals(0x51, apic().acknowledge());
		assertEquals(1 << 0x11, apic().readPage(ISR + 0x20, 4));
	}

	@Test
	void theOwnerIsToldOfEachEndOfService() {
		apic().receive(DeliveryMode.FIXED, 0x51, false);
		apic().acknowledge();
		assertEquals(0, processors[0].ends);
		apic().endOfInterrupt();
		assertEquals(1, processors[0].ends);
		apic().endOfInterrupt();
		assertEquals(1, processors[0].ends);
	}

	@Test
	void aLowerClassWaitsForTheEndOfService() {
		apic().receive(DeliveryMode.FIXED, 0x60, false);
		assertEquals(0x60, apic().acknowledge());
		apic().receive(DeliveryMode.FIXED, 0x6F, false);
		apic().receive(DeliveryMode.FIXED, 0x31, false);
		assertEquals(-1, apic().acknowledge());
		apic().receive(DeliveryMode.FIXED, 0x71, false);
		assertEquals(0x71, apic().acknowledge());
		apic().endOfInterrupt();
		int before = processors[0].pending;
		apic().endOfInterrupt();
		assertTrue(processors[0].pending > before, "the next one is announced");
		assertEquals(0x6F, apic().acknowledge());
		apic().endOfInterrupt();
		assertEquals(0x31, apic().acknowledge());
	}

	@Test
	void theTaskPriorityHoldsBackItsClass() {
		apic().writePage(TPR, 4, 0x45);
		apic().receive(DeliveryMode.FIXED, 0x4F, false);
		assertFalse(apic().deliverable());
		assertEquals(-1, apic().acknowledge());
		assertEquals(0x45, apic().readPage(PPR, 4));
		int before = processors[0].pending;
		apic().setTaskPriority(0x30);
		assertTrue(processors[0].pending > before);
		assertEquals(0x4F, apic().acknowledge());
	}

	@Test
	void theEndOfALevelInterruptIsReported() {
		apic().receive(DeliveryMode.FIXED, 0x55, true);
		apic().acknowledge();
		apic().endOfInterrupt();
		assertEquals(List.of(0x55), processors[0].ended);
	}

	@Test
	void theEndOfALevelInterruptIsNotReportedWhenSuppressed() {
		apic().writePage(SVR, 4, 0x11FF);
		apic().receive(DeliveryMode.FIXED, 0x55, true);
		apic().acknowledge();
		apic().endOfInterrupt();
		assertTrue(processors[0].ended.isEmpty());
	}

	@Test
	void aSoftwareDisabledApicDropsInterruptsAndMasksItsVectors() {
		apic().writePage(LVT_TIMER, 4, 0x40);
		apic().writePage(SVR, 4, 0xFF);
		assertEquals(0x10040, apic().readPage(LVT_TIMER, 4));
		apic().receive(DeliveryMode.FIXED, 0x55, false);
		assertEquals(0, processors[0].pending);
		apic().receive(DeliveryMode.NMI, 0, false);
		assertTrue(apic().takeNmi());
		assertFalse(apic().takeNmi());
	}

	@Test
	void oneNonMaskableInterruptIsServicedAndOneWaits() {
		for (int i = 0; i < 3; i++) {
			apic().receive(DeliveryMode.NMI, 0, false);
		}
		assertTrue(apic().takeNmi());
		processors[0].servicing = true;
		apic().receive(DeliveryMode.NMI, 0, false);
		assertTrue(apic().takeNmi());
		assertFalse(apic().takeNmi());
	}

	@Test
	void anInterruptWithAnIllegalVectorIsAnError() {
		apic().receive(DeliveryMode.FIXED, 5, false);
		assertEquals(0, apic().readPage(ESR, 4));
		apic().writePage(ESR, 4, 0);
		assertEquals(0x40, apic().readPage(ESR, 4));
		apic().writePage(ICR, 4, 5 | 1 << 18);
		apic().writePage(ESR, 4, 0);
		assertEquals(0x20, apic().readPage(ESR, 4));
	}

	@Test
	void interProcessorInterruptsReachTheirDestinations() {
		apic().writePage(ICR_HIGH, 4, 2 << 24);
		apic().writePage(ICR, 4, 0x41);
		assertEquals(0x41, apics[2].acknowledge());
		assertEquals(-1, apics[1].acknowledge());
		apic().writePage(ICR, 4, 0x42 | 3 << 18);
		assertEquals(-1, apics[0].acknowledge());
		assertEquals(0x42, apics[1].acknowledge());
		assertEquals(0x42, apics[3].acknowledge());
		apic().writePage(ICR, 4, 0x43 | 1 << 18);
		assertEquals(0x43, apics[0].acknowledge());
		apic().writePage(ICR_HIGH, 4, 0xFF << 24);
		apic().writePage(ICR, 4, 0x52);
		assertEquals(0x52, apics[0].acknowledge());
		assertEquals(0x52, apics[1].acknowledge());
	}

	@Test
	void flatLogicalDestinationsAreSets() {
		for (int i = 0; i < 4; i++) {
			apics[i].writePage(LDR, 4, 1L << 24 + i);
		}
		apic().writePage(ICR_HIGH, 4, 0xAL << 24);
		apic().writePage(ICR, 4, 0x41 | 0x800);
		assertEquals(-1, apics[0].acknowledge());
		assertEquals(0x41, apics[1].acknowledge());
		assertEquals(-1, apics[2].acknowledge());
		assertEquals(0x41, apics[3].acknowledge());
	}

	@Test
	void clusterLogicalDestinationsNeedTheCluster() {
		for (int i = 0; i < 4; i++) {
			apics[i].writePage(DFR, 4, 0x0FFFFFFF);
			apics[i].writePage(LDR, 4, (i / 2L << 4 | 1 << i % 2) << 24);
		}
		bus.send(DeliveryMode.FIXED, 0x41, false, 0x13, true);
		assertEquals(-1, apics[0].acknowledge());
		assertEquals(-1, apics[1].acknowledge());
		assertEquals(0x41, apics[2].acknowledge());
		assertEquals(0x41, apics[3].acknowledge());
	}

	@Test
	void theLowestPriorityGetsTheInterrupt() {
		apics[0].writePage(TPR, 4, 0x50);
		apics[1].writePage(TPR, 4, 0x20);
		apics[2].writePage(TPR, 4, 0x10);
		apics[3].writePage(TPR, 4, 0x30);
		bus.send(DeliveryMode.LOWEST_PRIORITY, 0x61, false, 0xFF, false);
		assertEquals(0x61, apics[2].acknowledge());
		assertEquals(-1, apics[1].acknowledge());
	}

	@Test
	void initAndStartupReachTheProcessor() {
		apic().writePage(ICR_HIGH, 4, 1 << 24);
		apic().writePage(ICR, 4, 0x4500);
		assertEquals(1, processors[1].inits);
		apic().writePage(ICR, 4, 0x8500);
		assertEquals(1, processors[1].inits, "de-assertion does nothing");
		apic().writePage(ICR, 4, 0x469A);
		assertEquals(0x9A, processors[1].startup);
	}

	@Test
	void externalInterruptsGoAroundTheRequestRegister() {
		apic().writePage(LVT_LINT0, 4, 0x700);
		apic().writePage(LVT_LINT1, 4, 0x400);
		apic().pulse(0, 0x08);
		assertEquals(0x08, apic().acknowledge());
		assertEquals(0, apic().readPage(ISR, 4));
		apic().pulse(1, 0);
		assertTrue(apic().takeNmi());
		apic().writePage(LVT_LINT0, 4, 0x10700);
		apic().pulse(0, 0x08);
		assertEquals(-1, apic().acknowledge());
	}

	@Test
	void modesChangeOnlyAsTheyMay() {
		long enabled = 0xFEE00000L | LocalApic.BASE_BOOTSTRAP | LocalApic.BASE_ENABLE;
		assertEquals(enabled, apic().base());
		assertEquals(0xFEE00000L, apic().page());
		assertFalse(apic().setBase(enabled | 1), "reserved bit");
		assertFalse(apic().setBase(enabled | 1L << 40), "beyond physical addresses");
		assertFalse(apic().setBase(enabled & ~LocalApic.BASE_ENABLE | LocalApic.BASE_X2APIC), "x2APIC without enable");
		assertTrue(apic().setBase(enabled | LocalApic.BASE_X2APIC));
		assertEquals(-1, apic().page());
		assertFalse(apic().setBase(enabled), "x2APIC to xAPIC");
		assertTrue(apic().setBase(enabled & ~LocalApic.BASE_ENABLE));
		assertFalse(apic().setBase(enabled | LocalApic.BASE_X2APIC), "disabled to x2APIC");
		assertTrue(apic().setBase(enabled));
	}

	@Test
	void x2apicRegistersRefuseReservedBits() {
		assertTrue(apic().setBase(apic().base() | LocalApic.BASE_X2APIC));
		assertEquals(0, apic().readRegister(0x02));
		assertEquals(1, apic().readRegister(0x0D), "logical id follows from the id");
		assertEquals(-1, apic().readRegister(0x0E), "no DFR");
		assertEquals(-1, apic().readRegister(0x0B), "EOI is write only");
		assertFalse(apic().writeRegister(0x0B, 1));
		assertFalse(apic().writeRegister(0x08, 0x100));
		assertFalse(apic().writeRegister(0x0D, 1));
		assertFalse(apic().writeRegister(0x32, 1L << 32));
		assertFalse(apic().writeRegister(0x30, 1 << 13));
		assertTrue(apic().writeRegister(0x3F, 0x77));
		assertEquals(0x77, apic().acknowledge());
		assertTrue(apic().writeRegister(0x0B, 0));
	}

	@Test
	void x2apicInterruptsAddressWideDestinations() {
		for (LocalApic apic : apics) {
			assertTrue(apic.setBase(apic.base() | LocalApic.BASE_X2APIC));
		}
		assertTrue(apic().writeRegister(0x30, 3L << 32 | 0x41));
		assertEquals(0x41, apics[3].acknowledge());
		assertTrue(apic().writeRegister(0x30, 0x6L << 32 | 0x842));
		assertEquals(0x42, apics[1].acknowledge());
		assertEquals(0x42, apics[2].acknowledge());
		assertTrue(apic().writeRegister(0x30, 0xFFFFFFFFL << 32 | 0x53));
		assertEquals(0x53, apics[0].acknowledge());
		assertTrue(apic().writeRegister(0x30, 0xFFL << 32 | 0x64));
		assertEquals(-1, apics[0].acknowledge(), "255 is an id like others");
	}

	@Test
	void x2apicLogicalDestinationsAreClustersOfSixteen() {
		LocalApic[] second = new LocalApic[3];
		for (int i = 0; i < second.length; i++) {
			second[i] = new LocalApic(16 + i, true, true, false, bus, new Processor(), clock, timers);
			second[i].writePage(SVR, 4, 0x1FF);
			bus.attach(second[i]);
			assertTrue(second[i].setBase(second[i].base() | LocalApic.BASE_X2APIC));
			assertEquals(1 << 16 | 1 << i, second[i].readRegister(0x0D));
		}
		for (LocalApic apic : apics) {
			assertTrue(apic.setBase(apic.base() | LocalApic.BASE_X2APIC));
		}
		// Logical, cluster 1, the second and the third
		assertTrue(apic().writeRegister(0x30, 0x1_0006L << 32 | 0x851));
		assertEquals(-1, second[0].acknowledge());
		assertEquals(0x51, second[1].acknowledge());
		assertEquals(0x51, second[2].acknowledge());
		for (LocalApic apic : apics) {
			assertEquals(-1, apic.acknowledge(), "another cluster");
		}
		assertTrue(apic().writeRegister(0x30, 0x2_0006L << 32 | 0x861));
		assertTrue(apic().writeRegister(0x30, 0x1_0000L << 32 | 0x861));
		assertEquals(-1, second[1].acknowledge(), "nobody");
		// Lowest priority
		second[1].setTaskPriority(0x40);
		second[2].setTaskPriority(0x20);
		second[1].endOfInterrupt();
		second[2].endOfInterrupt();
		assertTrue(apic().writeRegister(0x30, 0x1_0006L << 32 | 0x971));
		assertEquals(-1, second[1].acknowledge());
		assertEquals(0x71, second[2].acknowledge());
		assertTrue(apic().writeRegister(0x30, 0xFFFFFFFFL << 32 | 0x881));
		assertEquals(0x81, second[0].acknowledge());
		assertEquals(0x81, apics[3].acknowledge());
	}

	@Test
	void theOneShotTimerCountsDownOnce() {
		apic().writePage(LVT_TIMER, 4, 0x40);
		apic().writePage(DIVIDE, 4, 3);
		apic().writePage(INITIAL_COUNT, 4, 100);
		clock.now += 800;
		assertEquals(50, apic().readPage(CURRENT_COUNT, 4));
		apic().pollTimer();
		assertEquals(-1, apic().acknowledge());
		clock.now += 800;
		apic().pollTimer();
		assertEquals(0x40, apic().acknowledge());
		assertEquals(0, apic().readPage(CURRENT_COUNT, 4));
		apic().endOfInterrupt();
		clock.now += 10_000;
		apic().pollTimer();
		assertEquals(-1, apic().acknowledge());
	}

	@Test
	void thePeriodicTimerGoesOn() {
		apic().writePage(LVT_TIMER, 4, 0x20040);
		apic().writePage(DIVIDE, 4, 0xB);
		apic().writePage(INITIAL_COUNT, 4, 1000);
		for (int i = 0; i < 3; i++) {
			clock.now += 1000;
			apic().pollTimer();
			assertEquals(0x40, apic().acknowledge());
			apic().endOfInterrupt();
		}
		clock.now += 300;
		assertEquals(700, apic().readPage(CURRENT_COUNT, 4));
		apic().writePage(INITIAL_COUNT, 4, 0);
		clock.now += 10_000;
		apic().pollTimer();
		assertEquals(-1, apic().acknowledge());
	}

	@Test
	void theDeadlineTimerWaitsForTheCounter() {
		apic().setTimeStampDeadline(5000);
		assertEquals(0, apic().timeStampDeadline(), "ignored in other modes");
		apic().writePage(LVT_TIMER, 4, 0x40040);
		apic().setTimeStampDeadline(5000);
		assertEquals(5000, apic().timeStampDeadline());
		clock.now = 5000;
		apic().pollTimer();
		assertEquals(0x40, apic().acknowledge());
		assertEquals(0, apic().timeStampDeadline());
		apic().endOfInterrupt();
		apic().setTimeStampDeadline(4000);
		assertEquals(0x40, apic().acknowledge(), "a deadline in the past is met at once");
		apic().endOfInterrupt();
		apic().setTimeStampDeadline(9000);
		apic().writePage(LVT_TIMER, 4, 0x40);
		clock.now = 10_000;
		apic().pollTimer();
		assertEquals(-1, apic().acknowledge(), "another mode disarms it");
	}

	@Test
	void theGuestEndsAnInterruptThroughTheAssistPage() {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment page = arena.allocate(4096, 4096);
			apic().setAssistPage(page.address());
			apic().receive(DeliveryMode.FIXED, 0x51, false);
			assertEquals(0x51, apic().acknowledge());
			assertEquals(1, page.get(ValueLayout.JAVA_INT, 0));
			page.set(ValueLayout.JAVA_INT, 0, 0);
			assertEquals(0, apic().readPage(ISR + 0x20, 4), "the service has ended");
			apic().receive(DeliveryMode.FIXED, 0x52, false);
			assertEquals(0x52, apic().acknowledge());
			apic().receive(DeliveryMode.FIXED, 0x41, false);
			assertEquals(-1, apic().acknowledge());
			assertEquals(0, page.get(ValueLayout.JAVA_INT, 0), "an interrupt waits: the guest must write EOI");
			apic().endOfInterrupt();
			assertEquals(0x41, apic().acknowledge());
			apic().receive(DeliveryMode.FIXED, 0x61, true);
			assertEquals(0x61, apic().acknowledge());
			assertEquals(0, page.get(ValueLayout.JAVA_INT, 0), "a level-triggered one needs an EOI");
		}
	}

	@Test
	void theStateComesBackFromItsPage() {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment page = arena.allocate(4096, 4096);
			MemorySegment again = arena.allocate(4096, 4096);
			apic().writePage(TPR, 4, 0x20);
			apic().writePage(LDR, 4, 0x5000000);
			apic().writePage(LVT_TIMER, 4, 0x20040);
			apic().writePage(LVT_LINT0, 4, 0x700);
			apic().writePage(DIVIDE, 4, 0xB);
			apic().writePage(INITIAL_COUNT, 4, 1000);
			apic().receive(DeliveryMode.FIXED, 0x51, true);
			apic().acknowledge();
			apic().receive(DeliveryMode.FIXED, 0x41, false);
			clock.now += 250;
			ApicState.save(apic(), page.address());
			assertEquals(750, page.get(ValueLayout.JAVA_INT, 164));
			ApicState.restore(apics[1], page.address());
			ApicState.save(apics[1], again.address());
			assertEquals(-1, page.mismatch(again));
			assertEquals(-1, apics[1].acknowledge());
			apics[1].endOfInterrupt();
			assertEquals(List.of(0x51), processors[1].ended);
			assertEquals(0x41, apics[1].acknowledge());
		}
	}

	@Test
	void onlyAlignedDoubleWordsAreRegisters() {
		apic().writePage(TPR, 1, 0x20);
		apic().writePage(TPR + 4, 4, 0x20);
		assertEquals(0, apic().readPage(TPR, 4));
		assertEquals(0, apic().readPage(ID + 8, 4));
		apics[3].writePage(TPR, 4, 0x20);
		assertEquals(3, apics[3].readPage(ID + 3, 1));
	}
}
