package mshv.backend.emu.synic;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static mshv.backend.emu.synic.Bench.SINT;
import static mshv.backend.emu.synic.Bench.VECTOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.Collected;
import mshv.backend.emu.apic.WakeUp;

/** Time is moved on by hours, so that what passes by itself does not matter. */
class SyntheticTimersTest {
	private static final long HOUR = 36_000_000_000L;
	private static final long ENABLE = 1, PERIODIC = 2, LAZY = 4, AUTO_ENABLE = 8, DIRECT = 1 << 12;
	private static final long TO_SINT = (long) SINT << 16;
	private static final int TIMER_EXPIRED = 0x80000010;

	private final Bench bench = new Bench();
	private final SyntheticTimers timers = bench.timers;

	@AfterEach
	void close() {
		bench.close();
	}

	/** Moves reference time to an hour. */
	private void at(long hours) {
		bench.clock.setReferenceTime(hours * HOUR);
		timers.clockChanged();
	}

	/** Far from the expiry at the end of an hour: the clock runs. */
	private void atHalfPast(long hours) {
		bench.clock.setReferenceTime(hours * HOUR + HOUR / 2);
		timers.clockChanged();
	}

	private void set(int timer, long config, long count) {
		timers.write(2 * timer, config);
		timers.write(2 * timer + 1, count);
	}

	private boolean expired() {
		boolean message = bench.type(SINT) == TIMER_EXPIRED;
		bench.clear(SINT);
		return message;
	}

	private void endMessage() {
		bench.synic.write(SyntheticMsr.EOM, 0);
		timers.retry();
	}

	@Test
	void aOneShotTimerExpiresAtItsCountAndIsThenDisabled() {
		set(1, AUTO_ENABLE | TO_SINT, 2 * HOUR);
		assertEquals(ENABLE | AUTO_ENABLE | TO_SINT, timers.read(2));
		at(1);
		assertFalse(expired());
		at(3);
		long slot = 256 * SINT;
		assertEquals(24, bench.messages.get(JAVA_INT_UNALIGNED, slot + 4));
		assertEquals(0, bench.messages.get(JAVA_LONG_UNALIGNED, slot + 8));
		assertEquals(1, bench.messages.get(JAVA_LONG_UNALIGNED, slot + 16));
		assertEquals(2 * HOUR, bench.messages.get(JAVA_LONG_UNALIGNED, slot + 24));
		assertTrue(bench.messages.get(JAVA_LONG_UNALIGNED, slot + 32) >= 3 * HOUR);
		assertTrue(expired());
		assertEquals(AUTO_ENABLE | TO_SINT, timers.read(2));
		assertEquals(VECTOR, bench.interrupt());
		at(9);
		assertFalse(expired());
	}

	@Test
	void aCountInThePastExpiresAtOnce() {
		at(5);
		set(0, AUTO_ENABLE | TO_SINT, HOUR);
		assertTrue(expired());
	}

	@Test
	void aCountOfZeroDisables() {
		set(0, AUTO_ENABLE | TO_SINT, 2 * HOUR);
		timers.write(1, 0);
		assertEquals(AUTO_ENABLE | TO_SINT, timers.read(0));
		at(3);
		assertFalse(expired());
	}

	@Test
	void aTimerWithoutSourceIsNotEnabled() {
		timers.write(0, ENABLE);
		assertEquals(0, timers.read(0));
		timers.write(0, AUTO_ENABLE);
		timers.write(1, HOUR);
		assertEquals(AUTO_ENABLE, timers.read(0));
	}

	@Test
	void aTimerCanBeEnabledAfterItsCountWasSet() {
		timers.write(1, 2 * HOUR);
		at(1);
		timers.write(0, ENABLE | TO_SINT);
		at(3);
		assertTrue(expired());
	}

	@Test
	void reservedBitsAreRefused() {
		assertFalse(timers.write(0, 1 << 13));
		assertFalse(timers.write(0, 1 << 20));
		assertEquals(0, timers.read(0));
		try (Bench other = new Bench()) {
			SyntheticTimers plain = new SyntheticTimers(other.clock, other.queue, WakeUp.Keeper.NONE, other.synic, false);
			assertFalse(plain.write(0, DIRECT | 0x550));
		}
	}

	@Test
	void aPeriodicTimerCatchesUp() {
		set(0, PERIODIC | AUTO_ENABLE | TO_SINT, HOUR);
		atHalfPast(3);
		int messages = 0;
		while (expired()) {
			messages++;
			endMessage();
			timers.poll();
		}
		assertEquals(3, messages);
	}

	@Test
	void aLazyTimerSkipsWhatItMissed() {
		set(0, PERIODIC | LAZY | AUTO_ENABLE | TO_SINT, HOUR);
		atHalfPast(3);
		assertTrue(expired());
		endMessage();
		timers.poll();
		assertFalse(expired());
		at(5);
		assertTrue(expired());
	}

	@Test
	void anExpiryWaitsForItsSlot() {
		bench.synic.post(SINT, new Message(1, 0, new byte[0]));
		set(0, AUTO_ENABLE | TO_SINT, HOUR);
		at(2);
		assertEquals(1, bench.type(SINT));
		assertTrue(bench.pending(SINT));
		assertEquals(ENABLE | AUTO_ENABLE | TO_SINT, timers.read(0));
		bench.clear(SINT);
		endMessage();
		assertTrue(expired());
		assertEquals(AUTO_ENABLE | TO_SINT, timers.read(0));
	}

	@Test
	void aTimerThatIsSetAgainForgetsTheExpiryThatWaited() {
		bench.synic.post(SINT, new Message(1, 0, new byte[0]));
		set(0, AUTO_ENABLE | TO_SINT, HOUR);
		at(2);
		timers.write(1, 0);
		bench.clear(SINT);
		endMessage();
		assertFalse(expired());
	}

	@Test
	void aDirectTimerInterruptsWithoutMessage() {
		set(0, DIRECT | AUTO_ENABLE | 0x61 << 4, HOUR);
		at(2);
		assertEquals(0x61, bench.interrupt());
		assertFalse(expired());
		assertEquals(DIRECT | AUTO_ENABLE | 0x61 << 4, timers.read(0));
	}

	@Test
	void timersStandWhileTimeStands() {
		set(0, AUTO_ENABLE | TO_SINT, 2 * HOUR);
		bench.clock.freeze();
		at(3);
		timers.poll();
		assertFalse(expired());
		bench.clock.thaw();
		timers.clockChanged();
		assertTrue(expired());
	}

	@Test
	void theQueueWakesTimers() {
		set(0, DIRECT | AUTO_ENABLE | 0x61 << 4, bench.clock.referenceTime() + 10_000);
		while (bench.interrupt() != 0x61) {
			Thread.onSpinWait();
		}
	}

	@Test
	void theStateGoesToOtherTimers() {
		set(0, PERIODIC | AUTO_ENABLE | TO_SINT, 2 * HOUR);
		set(3, AUTO_ENABLE | TO_SINT, 9 * HOUR);
		at(1);
		bench.synic.post(SINT, new Message(1, 0, new byte[0]));
		set(2, AUTO_ENABLE | TO_SINT, HOUR / 2);
		MemorySegment state = bench.arena.allocate(SyntheticTimers.STATE_SIZE);
		timers.save(state);
		try (Bench other = new Bench()) {
			other.clock.setReferenceTime(HOUR);
			assertTrue(other.timers.restore(state));
			MemorySegment again = other.arena.allocate(SyntheticTimers.STATE_SIZE);
			// The expiry that waited has found a free slot
			assertEquals(TIMER_EXPIRED, other.type(SINT));
			assertEquals(HOUR / 2, other.messages.get(JAVA_LONG_UNALIGNED, 256 * SINT + 24));
			other.timers.save(again);
			assertEquals(-1, again.asSlice(120, 80).mismatch(state.asSlice(120, 80)));
			assertEquals(-1, again.asSlice(0, 40).mismatch(state.asSlice(0, 40)));
		}
	}

	@Test
	void aStateWithReservedBitsIsRefused() {
		MemorySegment state = bench.arena.allocate(SyntheticTimers.STATE_SIZE);
		state.set(JAVA_LONG_UNALIGNED, 192, 1);
		assertFalse(timers.restore(state));
		state.set(JAVA_LONG_UNALIGNED, 192, 0);
		state.set(JAVA_INT_UNALIGNED, 4, 1);
		assertFalse(timers.restore(state));
	}

	@Test
	void theQueueHoldsNoTimersThatAreClosed() {
		SyntheticTimers others = new SyntheticTimers(bench.clock, bench.queue, WakeUp.Keeper.NONE, bench.synic, true);
		others.write(0, ENABLE | TO_SINT);
		others.write(1, bench.clock.referenceTime() + 2 * HOUR);
		others.write(1, bench.clock.referenceTime() + HOUR);
		others.close();
		WeakReference<SyntheticTimers> closed = new WeakReference<>(others);
		others = null;
		Collected.await(closed, "the object");
	}
}
