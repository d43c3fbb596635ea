package mshv.core.synic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.abi.MessageType;
import mshv.api.abi.SyntheticMsr;
import mshv.api.driver.Synic;

class RootSynicTest {
	private static final int TYPE = 0x80000101;

	private final FakeHypervisor hypervisor = new FakeHypervisor(true);
	private final RootSynic synic = RootSynic.bringUp("fake", hypervisor);
	private final List<String> seen = new ArrayList<>();

	@AfterEach
	void close() {
		if (hypervisor.connected()) {
			synic.close();
		}
		hypervisor.close();
	}

	@Test
	void bringUpEnablesPagesThenSourcesThenAll() {
		assertEquals(List.of("83+", "82+", "85+", "90-", "92-", "95-", "80+"), hypervisor.writes);
		assertEquals(0xF3, hypervisor.msrs.get(SyntheticMsr.SINT0) & 0xFF);
		assertEquals(0, hypervisor.msrs.get(SyntheticMsr.SINT0) & SyntheticMsr.SINT_AS_INTERCEPT);
		assertEquals(0xF3, hypervisor.msrs.get(SyntheticMsr.SINT0 + 5) & 0xFF);
		assertTrue((hypervisor.msrs.get(SyntheticMsr.SINT0 + 5) & SyntheticMsr.SINT_AS_INTERCEPT) != 0);
	}

	@Test
	void bringUpKeepsThePreservedBits() {
		assertEquals(0x801, hypervisor.msrs.get(SyntheticMsr.SIMP) & 0xFFF);
	}

	@Test
	void bringDownReversesEverything() {
		hypervisor.writes.clear();
		synic.close();
		assertEquals(List.of("80-", "95+", "92+", "90+", "85-", "82-", "83-"), hypervisor.writes);
		assertFalse(hypervisor.connected());
		assertEquals(0x800, hypervisor.msrs.get(SyntheticMsr.SIMP));
	}

	@Test
	void bringUpThatFailsUndoesWhatWasDone() {
		try (FakeHypervisor other = new FakeHypervisor(false)) {
			other.broken = SyntheticMsr.SINT0 + 5;
			assertThrows(IllegalArgumentException.class, () -> RootSynic.bringUp("broken", other));
			assertEquals(List.of("83+", "82+", "90-", "92-", "92+", "90+", "82-", "83-"), other.writes);
			assertFalse(other.connected());
		}
	}

	@Test
	void handlersAreAskedInOrderUntilOneAccepts() {
		synic.addMessageHandler(2, _ -> seen.add("second"));
		synic.addMessageHandler(3, _ -> seen.add("third"));
		synic.addMessageHandler(1, _ -> {
			seen.add("first");
			return false;
		});
		hypervisor.post(TYPE, _ -> {});
		assertEquals(List.of("first", "second"), seen);
		assertEquals(MessageType.NONE, hypervisor.slot().get(JAVA_INT_UNALIGNED, 0));
	}

	@Test
	void messagesThatWaitForTheSlotFollow() {
		synic.addMessageHandler(1, message -> {
			int number = message.get(JAVA_INT_UNALIGNED, 16);
			if (number == 1) {
				hypervisor.post(TYPE, payload -> payload.set(JAVA_INT_UNALIGNED, 0, 2));
				hypervisor.post(TYPE, payload -> payload.set(JAVA_INT_UNALIGNED, 0, 3));
			}
			return seen.add("message " + number);
		});
		hypervisor.post(TYPE, payload -> payload.set(JAVA_INT_UNALIGNED, 0, 1));
		assertEquals(List.of("message 1", "message 2", "message 3"), seen);
	}

	@Test
	void aMessageThatNobodyAcceptsDoesNotBlockTheNext() {
		hypervisor.post(0x80000070, _ -> {});
		synic.addMessageHandler(1, _ -> seen.add("message"));
		hypervisor.post(TYPE, _ -> {});
		assertEquals(List.of("message"), seen);
	}

	@Test
	void aHandlerThatFailsDoesNotBlockTheNextMessage() {
		List<Throwable> reported = new ArrayList<>();
		Thread.currentThread().setUncaughtExceptionHandler((_, e) -> reported.add(e));
		try {
			synic.addMessageHandler(1, message -> {
				if (seen.add("message " + message.get(JAVA_INT_UNALIGNED, 16)) && seen.size() == 1) {
					throw new IllegalStateException("first");
				}
				return true;
			});
			hypervisor.post(TYPE, _ -> {});
			hypervisor.post(TYPE, payload -> payload.set(JAVA_INT_UNALIGNED, 0, 1));
		} finally {
			Thread.currentThread().setUncaughtExceptionHandler(null);
		}
		assertEquals(List.of("message 0", "message 1"), seen);
		assertEquals(1, reported.size());
	}

	@Test
	void anotherVectorIsNotOurs() {
		synic.addMessageHandler(1, _ -> seen.add("message"));
		hypervisor.slot().set(JAVA_INT_UNALIGNED, 0, TYPE);
		hypervisor.interrupt(0x30);
		assertEquals(List.of(), seen);
		hypervisor.interrupt(0xF3);
		assertEquals(List.of("message"), seen);
	}

	@Test
	void aHandlerThatWasRemovedIsCalledNoMore() throws Exception {
		AutoCloseable place = synic.addMessageHandler(1, _ -> seen.add("message"));
		place.close();
		hypervisor.post(TYPE, _ -> {});
		assertEquals(List.of(), seen);
	}

	@Test
	void aHandlerMayRemoveItself() {
		AutoCloseable[] place = new AutoCloseable[1];
		place[0] = synic.addMessageHandler(1, _ -> {
			seen.add("message");
			try {
				place[0].close();
			} catch (Exception e) {
				throw new IllegalStateException(e);
			}
			return true;
		});
		hypervisor.post(TYPE, _ -> {});
		hypervisor.post(TYPE, _ -> {});
		assertEquals(List.of("message"), seen);
	}

	@Test
	void removingWaitsForAHandlerThatIsRunning() throws Exception {
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		AutoCloseable place = synic.addMessageHandler(1, _ -> {
			running.countDown();
			try {
				goOn.await();
			} catch (InterruptedException e) {
				throw new IllegalStateException(e);
			}
			seen.add("handled");
			return true;
		});
		Thread poster = Thread.ofPlatform().start(() -> hypervisor.post(TYPE, _ -> {}));
		running.await();
		Thread remover = Thread.ofPlatform().start(() -> {
			try {
				place.close();
			} catch (Exception e) {
				throw new IllegalStateException(e);
			}
			seen.add("removed");
		});
		while (remover.getState() != Thread.State.WAITING) {
			Thread.onSpinWait();
		}
		goOn.countDown();
		poster.join();
		remover.join();
		assertEquals(List.of("handled", "removed"), seen);
	}

	@Test
	void portIdsAreTheLowestFree() {
		assertEquals(1, synic.allocatePort(() -> {}));
		assertEquals(2, synic.allocatePort(() -> {}));
		assertEquals(3, synic.allocatePort(() -> {}));
		synic.freePort(2);
		synic.freePort(1);
		assertEquals(1, synic.allocatePort(() -> {}));
		assertEquals(2, synic.allocatePort(() -> {}));
		assertEquals(4, synic.allocatePort(() -> {}));
	}

	@Test
	void aDoorbellRingsItsPort() {
		int first = synic.allocatePort(() -> seen.add("first"));
		int second = synic.allocatePort(() -> seen.add("second"));
		hypervisor.ring(second);
		hypervisor.ring(first);
		hypervisor.ring(99);
		hypervisor.ring(second);
		hypervisor.announce();
		assertEquals(List.of("second", "first", "second"), seen);
	}

	@Test
	void aDoorbellIsNotOfferedToHandlers() {
		synic.addMessageHandler(Integer.MIN_VALUE, _ -> seen.add("message"));
		hypervisor.announce();
		assertEquals(List.of(), seen);
	}

	@Test
	void aMessageOfAGuestGoesToItsPort() {
		synic.allocateMessagePort((type, _) -> seen.add("first " + type));
		int second = synic.allocateMessagePort((type, payload) -> seen.add("second " + type + " " + payload.length + " " + payload[7]));
		hypervisor.postToPort(second, 5, new byte[] {0, 0, 0, 0, 0, 0, 0, 9});
		hypervisor.postToPort(99, 6, new byte[1]);
		hypervisor.interrupt();
		assertEquals(List.of("second 5 8 9"), seen);
		assertEquals(MessageType.NONE, hypervisor.slot(2).get(JAVA_INT_UNALIGNED, 0));
	}

	@Test
	void messagesOfGuestsThatWaitFollow() {
		int port = synic.allocateMessagePort((type, _) -> seen.add("message " + type));
		hypervisor.postToPort(port, 1, new byte[0]);
		hypervisor.postToPort(port, 2, new byte[0]);
		hypervisor.postToPort(port, 3, new byte[0]);
		assertEquals(1, hypervisor.slot(2).get(JAVA_BYTE, 5), "more is waiting");
		hypervisor.interrupt();
		assertEquals(List.of("message 1", "message 2", "message 3"), seen);
	}

	@Test
	void theHypervisorsMessagesComeFirstThenEventsThenMessagesOfGuests() {
		synic.addMessageHandler(1, _ -> seen.add("hypervisor"));
		hypervisor.postToPort(synic.allocateMessagePort((_, _) -> seen.add("message")), 1, new byte[0]);
		hypervisor.signal(synic.allocateEventPort(1, _ -> seen.add("event")).firstFlag());
		hypervisor.post(TYPE, _ -> {});
		assertEquals(List.of("hypervisor", "event", "message"), seen);
	}

	@Test
	void eventsAreToldByTheirNumberInThePort() {
		Synic.EventPort first = synic.allocateEventPort(40, flag -> seen.add("first " + flag));
		Synic.EventPort second = synic.allocateEventPort(40, flag -> seen.add("second " + flag));
		assertEquals(List.of(0, 40), List.of(first.firstFlag(), second.firstFlag()));
		for (int flag : new int[] {79, 80, 39, 40, 0, 2047}) {
			hypervisor.signal(flag);
		}
		hypervisor.interrupt();
		assertEquals(List.of("first 0", "first 39", "second 0", "second 39"), seen);
		hypervisor.interrupt();
		assertEquals(4, seen.size(), "each once");
	}

	@Test
	void eventFlagsAreTheFirstThatAreFree() {
		int first = synic.allocateEventPort(100, _ -> {}).id();
		assertEquals(100, synic.allocateEventPort(1900, _ -> {}).firstFlag());
		assertEquals(Errno.ENOMEM, assertThrows(HypervisorException.class, () -> synic.allocateEventPort(49, _ -> {})).errno());
		assertEquals(Errno.ENOMEM, assertThrows(HypervisorException.class, () -> synic.allocateEventPort(0, _ -> {})).errno());
		assertEquals(2000, synic.allocateEventPort(48, _ -> {}).firstFlag());
		synic.freePort(first);
		assertEquals(0, synic.allocateEventPort(99, _ -> {}).firstFlag());
		assertEquals(99, synic.allocateEventPort(1, _ -> {}).firstFlag());
	}

	@Test
	void aLaterPortOfTheSameIdGetsNothingThatTheEarlierOneLeft() {
		int messages = synic.allocateMessagePort((_, _) -> seen.add("earlier"));
		hypervisor.postToPort(messages, 1, new byte[0]);
		synic.freePort(messages);
		assertEquals(messages, synic.allocateMessagePort((_, _) -> seen.add("later")));
		Synic.EventPort events = synic.allocateEventPort(8, _ -> seen.add("earlier event"));
		hypervisor.signal(events.firstFlag());
		synic.freePort(events.id());
		hypervisor.signal(events.firstFlag());
		assertEquals(events, synic.allocateEventPort(8, _ -> seen.add("later event")));
		hypervisor.interrupt();
		assertEquals(List.of(), seen);
	}

	@Test
	void whatArrivesForAnotherKindOfPortIsSkipped() {
		int doorbell = synic.allocatePort(() -> seen.add("rung"));
		int messages = synic.allocateMessagePort((_, _) -> seen.add("message"));
		hypervisor.ring(messages);
		hypervisor.announce();
		hypervisor.postToPort(doorbell, 1, new byte[0]);
		hypervisor.interrupt();
		assertEquals(List.of(), seen);
	}

	@Test
	void aPortThatWasFreedRingsNoMore() {
		int port = synic.allocatePort(() -> seen.add("rung"));
		hypervisor.ring(port);
		synic.freePort(port);
		hypervisor.announce();
		assertEquals(List.of(), seen);
	}

	@Test
	void aLaterPortOfTheSameIdIsNotRungByWhatTheEarlierOneLeft() {
		int port = synic.allocatePort(() -> seen.add("earlier"));
		int other = synic.allocatePort(() -> seen.add("other"));
		hypervisor.ring(port);
		hypervisor.ring(other);
		synic.freePort(port);
		assertEquals(port, synic.allocatePort(() -> seen.add("later")));
		hypervisor.announce();
		assertEquals(List.of("other"), seen);
	}

	@Test
	void aDoorbellThatFailsKeepsNoOtherFromRinging() {
		List<Throwable> reported = new ArrayList<>();
		Thread.currentThread().setUncaughtExceptionHandler((_, e) -> reported.add(e));
		try {
			int failing = synic.allocatePort(() -> {
				throw new IllegalStateException("a doorbell that fails");
			});
			int port = synic.allocatePort(() -> seen.add("rung"));
			for (int i = 0; i < 2; i++) {
				hypervisor.ring(failing);
				hypervisor.ring(port);
				hypervisor.announce();
			}
		} finally {
			Thread.currentThread().setUncaughtExceptionHandler(null);
		}
		assertEquals(List.of("rung", "rung"), seen);
		assertEquals(2, reported.size());
	}

	@Test
	void aDoorbellMayFreeItsPort() {
		int[] port = new int[1];
		port[0] = synic.allocatePort(() -> {
			seen.add("rung");
			synic.freePort(port[0]);
		});
		hypervisor.ring(port[0]);
		hypervisor.ring(port[0]);
		hypervisor.announce();
		assertEquals(List.of("rung"), seen);
		assertEquals(port[0], synic.allocatePort(() -> {}));
	}

	@Test
	void doorbellsNeedARing() {
		assertEquals(5, synic.doorbellSint());
		try (FakeHypervisor plain = new FakeHypervisor(false); RootSynic other = RootSynic.bringUp("plain", plain)) {
			assertEquals(Errno.EOPNOTSUPP, assertThrows(HypervisorException.class, other::doorbellSint).errno());
			other.freePort(other.allocatePort(() -> {}));
		}
	}

	@Test
	void theRingIsAnnouncedAgainOnceItWasDrained() {
		int port = synic.allocatePort(() -> seen.add("rung"));
		for (int i = 0; i < 200; i++) {
			assertTrue(hypervisor.ring(port));
			hypervisor.announce();
		}
		assertEquals(200, seen.size());
	}

	@Test
	void aRingThatWasFullIsReportedAsEmptied() {
		int port = synic.allocatePort(() -> seen.add("rung"));
		for (int i = 0; i < 63; i++) {
			assertTrue(hypervisor.ring(port));
		}
		assertFalse(hypervisor.ring(port));
		hypervisor.announce();
		assertEquals(63, seen.size());
		assertEquals(1, hypervisor.ringsEmptied);
	}

	@Test
	void withoutARingMessagesWork() {
		try (FakeHypervisor plain = new FakeHypervisor(false); RootSynic other = RootSynic.bringUp("plain", plain)) {
			other.addMessageHandler(1, message -> seen.add("pending " + message.get(JAVA_BYTE, 5)));
			plain.post(TYPE, _ -> {});
			assertEquals(List.of("pending 0"), seen);
		}
	}
}
