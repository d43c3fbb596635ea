package mshv.backend.emu.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.memory.PhysicalMemory;

class GuestClockTest {
	private final GuestClock clock = new GuestClock(2_400_000_000L);

	@Test
	void allTimesStandWhileFrozenAndGoOnFromThere() {
		clock.freeze();
		long nanoseconds = clock.nanoseconds();
		long counter = clock.timeStampCounter();
		long reference = clock.referenceTime();
		assertTrue(clock.frozen());
		assertEquals(nanoseconds, clock.nanoseconds());
		assertEquals(counter, clock.timeStampCounter());
		assertEquals(reference, clock.referenceTime());
		clock.thaw();
		assertTrue(clock.nanoseconds() >= nanoseconds);
		assertTrue(clock.nanoseconds() - nanoseconds < 1_000_000_000L, "time goes on from where it stood");
	}

	@Test
	void theTimesAgree() {
		clock.freeze();
		long nanoseconds = clock.nanoseconds();
		assertEquals(nanoseconds * 12 / 5, clock.timeStampCounter(), 2);
		assertEquals(nanoseconds / 100, clock.referenceTime(), 1);
	}

	@Test
	void theMomentOfACounterValueIsFound() {
		for (long wanted : new long[] {1, 1000, 123_456_789_012L, 1L << 50, 1L << 60}) {
			long at = clock.nanosecondsAt(wanted);
			assertEquals(wanted / 2.4, at, 1 + wanted / 2.4 * 1e-9);
		}
		assertEquals(0, clock.nanosecondsAt(0));
		assertEquals(0, clock.nanosecondsAt(-5));
	}

	@Test
	void referenceTimeCanBeSet() {
		clock.freeze();
		clock.setReferenceTime(123_456_789);
		assertEquals(123_456_789, clock.referenceTime());
	}

	@Test
	void impossibleFrequenciesAreRefused() {
		assertThrows(IllegalArgumentException.class, () -> new GuestClock(0));
		assertThrows(IllegalArgumentException.class, () -> new GuestClock(-1));
		assertThrows(IllegalArgumentException.class, () -> new GuestClock(Long.MAX_VALUE));
	}

	@Test
	void aProcessorsCounterNeverStandsStill() {
		VpClock processor = new VpClock(clock);
		clock.freeze();
		long last = processor.timeStampCounter();
		for (int i = 0; i < 100; i++) {
			long next = processor.timeStampCounter();
			assertTrue(next > last);
			last = next;
		}
	}

	@Test
	void aProcessorsCounterCanBeSet() {
		VpClock processor = new VpClock(clock);
		clock.freeze();
		processor.setTimeStampCounter(5_000_000_000L);
		assertEquals(5_000_000_000L, processor.timeStampCounter());
		assertEquals(clock.nanoseconds(), processor.nanosecondsAt(5_000_000_000L), 2);
		assertEquals(Long.MAX_VALUE, processor.nanosecondsAt(-1), "a deadline is unsigned");
	}

	@Test
	void theReferencePageComputesReferenceTime() {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment page = arena.allocate(4096, 4096);
			Overlays overlays = new Overlays(new PhysicalMemory(), _ -> {});
			ReferenceTscPage reference = new ReferenceTscPage(overlays, clock, page.address());
			VpClock first = new VpClock(clock);
			VpClock second = new VpClock(clock);
			reference.add(first);
			reference.add(second);
			clock.freeze();
			clock.setReferenceTime(77_000_000);
			reference.clockChanged();
			assertEquals(clock.referenceTime(), computed(page, first.timeStampCounter()), 1);
			first.setTimeStampCounter(9_000_000_000_000L);
			reference.clockChanged();
			assertEquals(0, page.get(ValueLayout.JAVA_INT, 0), "the counters disagree");
			second.setTimeStampCounter(9_000_000_000_000L);
			reference.clockChanged();
			assertTrue(page.get(ValueLayout.JAVA_INT, 0) != 0);
			assertEquals(clock.referenceTime(), computed(page, first.timeStampCounter()), 1);
		}
	}

	private static long computed(MemorySegment page, long counter) {
		assertTrue(page.get(ValueLayout.JAVA_INT, 0) != 0, "the page is usable");
		return Math.unsignedMultiplyHigh(counter, page.get(ValueLayout.JAVA_LONG, 8)) + page.get(ValueLayout.JAVA_LONG, 16);
	}
}
