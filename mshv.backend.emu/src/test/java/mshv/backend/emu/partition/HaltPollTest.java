package mshv.backend.emu.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class HaltPollTest {
	private final HaltPoll poll = new HaltPoll();

	@Test
	void nothingIsLookedOutForAtFirst() {
		assertEquals(0, poll.window());
	}

	@Test
	void shortWaitsLengthenTheLookOutUntilItCoversThem() {
		poll.waited(30_000);
		assertEquals(HaltPoll.FIRST, poll.window());
		poll.waited(30_000);
		poll.waited(30_000);
		assertEquals(4 * HaltPoll.FIRST, poll.window());
		poll.waited(30_000);
		assertEquals(4 * HaltPoll.FIRST, poll.window());
	}

	@Test
	void theLookOutHasALimit() {
		for (int i = 0; i < 20; i++) {
			poll.waited(HaltPoll.LONGEST);
		}
		assertEquals(HaltPoll.LONGEST, poll.window());
	}

	@Test
	void aLongWaitEndsIt() {
		poll.waited(30_000);
		poll.waited(HaltPoll.LONGEST + 1);
		assertEquals(0, poll.window());
	}
}
