package mshv.backend.emu.synic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.abi.MonitorPage;
import mshv.api.abi.SignalEventInput;

class MonitoredTriggersTest {
	/** A trigger of the second group, its group, its bits among those that are pending and armed. */
	private static final int TRIGGER = 35, GROUP = 1;
	private static final long PENDING = 1 << 3, ARMED = PENDING << 32;
	private static final int CONNECTION = 0x42, FLAG = 7;
	/** In units of 100 ns, and in ns. */
	private static final int LATENCY = 20_000;
	private static final long LATENCY_NS = 2_000_000;

	private final Arena arena = Arena.ofConfined();
	private final MemorySegment page = arena.allocate(MonitorPage.SIZE, MonitorPage.SIZE);
	private final MonitoredTriggers triggers = new MonitoredTriggers(page.address());
	private final List<String> sent = new ArrayList<>();
	/** Near the point where the clock goes round. */
	private long now = Long.MAX_VALUE - 3_000_000;

	@BeforeEach
	void enable() {
		page.set(JAVA_INT, MonitorPage.TRIGGER_STATE, 1 << GROUP);
		use(TRIGGER, LATENCY);
	}

	@AfterEach
	void close() {
		arena.close();
	}

	private void use(int trigger, int latency) {
		page.set(JAVA_SHORT, MonitorPage.latency(trigger), (short) latency);
		new SignalEventInput(CONNECTION, FLAG).encode(page.asSlice(MonitorPage.parameter(trigger)));
	}

	private void set(long bits) {
		page.set(JAVA_LONG, MonitorPage.triggerGroup(GROUP), bits);
	}

	private long bits() {
		return page.get(JAVA_LONG, MonitorPage.triggerGroup(GROUP));
	}

	private long look() {
		return triggers.look(now, (connection, flag) -> sent.add(connection + ":" + flag));
	}

	@Test
	void aTriggerIsArmedAndSentOnceWhenItsLatencyHasPassed() {
		set(PENDING);
		assertEquals(LATENCY_NS, look());
		assertEquals(PENDING | ARMED, bits());
		now += LATENCY_NS - 1;
		look();
		assertEquals(List.of(), sent);
		now++;
		look();
		assertEquals(List.of("66:7"), sent);
		assertEquals(0, bits());
		now += LATENCY_NS;
		look();
		assertEquals(1, sent.size());
	}

	@Test
	void aTriggerThatIsSetAnewWaitsAnew() {
		set(PENDING);
		look();
		now += LATENCY_NS;
		set(PENDING);
		look();
		assertEquals(List.of(), sent);
		now += LATENCY_NS;
		look();
		assertEquals(1, sent.size());
	}

	@Test
	void aTriggerThatTheGuestArmsItselfWaitsAllTheSame() {
		set(PENDING | ARMED);
		look();
		assertEquals(List.of(), sent);
		now += LATENCY_NS;
		look();
		assertEquals(1, sent.size());
	}

	@Test
	void aTriggerThatIsTakenBackIsNotSent() {
		set(PENDING);
		look();
		set(0);
		now += LATENCY_NS;
		look();
		set(PENDING | ARMED);
		look();
		assertEquals(List.of(), sent);
	}

	@Test
	void withoutLatencyATriggerIsSentAtOnce() {
		use(TRIGGER, 0);
		set(PENDING);
		look();
		assertEquals(1, sent.size());
		assertEquals(0, bits());
	}

	@Test
	void theTriggersOfAGroupWaitEachForItsOwnLatency() {
		use(TRIGGER + 1, 3 * LATENCY);
		set(PENDING | PENDING << 1);
		look();
		now += LATENCY_NS;
		look();
		assertEquals(1, sent.size());
		assertEquals(PENDING << 1 | ARMED << 1, bits());
		now += 2 * LATENCY_NS;
		look();
		assertEquals(2, sent.size());
	}

	@Test
	void aGroupThatIsDisabledWaits() {
		page.set(JAVA_INT, MonitorPage.TRIGGER_STATE, ~(1 << GROUP));
		set(PENDING);
		look();
		now += LATENCY_NS;
		look();
		assertEquals(PENDING, bits());
		page.set(JAVA_INT, MonitorPage.TRIGGER_STATE, 0xF0);
		assertEquals(MonitoredTriggers.DISABLED_PERIOD, look());
	}

	@Test
	void aParameterWithReservedBitsSendsNothing() {
		page.set(JAVA_SHORT, MonitorPage.parameter(TRIGGER) + 6, (short) 1);
		set(PENDING);
		look();
		now += LATENCY_NS;
		look();
		assertEquals(0, bits());
		assertEquals(List.of(), sent);
	}

	@Test
	void looksBecomeRareWhenNothingIsPendingForLong() {
		for (int i = 1; i < MonitoredTriggers.PATIENCE; i++) {
			assertEquals(LATENCY_NS, look());
		}
		assertEquals(2 * LATENCY_NS, look());
		for (int i = 0; i < 1000; i++) {
			look();
		}
		assertEquals(MonitoredTriggers.IDLE_PERIOD, look());
		set(PENDING);
		assertEquals(LATENCY_NS, look());
	}

	@Test
	void noLatencyMakesLooksMoreFrequentThanTheShortestPeriod() {
		use(TRIGGER + 1, 1);
		set(PENDING);
		assertEquals(MonitoredTriggers.SHORTEST_PERIOD, look());
	}

	@Test
	void triggersThatAreNotInUseDoNotCount() {
		page.set(JAVA_SHORT, MonitorPage.latency(TRIGGER + 1), (short) 1);
		assertEquals(LATENCY_NS, look());
	}

	@Test
	void whateverThePageHoldsIsLookedAtWithinBounds() {
		Random random = new Random(5);
		byte[] garbage = new byte[MonitorPage.SIZE];
		for (int i = 0; i < 1000; i++) {
			random.nextBytes(garbage);
			MemorySegment.copy(garbage, 0, page, JAVA_BYTE, 0, garbage.length);
			now += random.nextLong(10_000_000);
			long next = look();
			assertTrue(next >= MonitoredTriggers.SHORTEST_PERIOD && next <= MonitoredTriggers.DISABLED_PERIOD);
		}
	}
}
