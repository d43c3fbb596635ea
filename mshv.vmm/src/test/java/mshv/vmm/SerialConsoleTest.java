package mshv.vmm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;

class SerialConsoleTest {
	private static final Duration LONG = Duration.ofSeconds(20);

	private static void print(SerialConsole console, String text) {
		for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
			console.line().transmit(b & 0xFF);
		}
	}

	@Test
	void whatTheGuestPrintsIsInTheStreamBeforeItsEndIsTold() {
		ByteArrayOutputStream stream = new ByteArrayOutputStream();
		SerialConsole console = new SerialConsole(stream, "test");
		print(console, "naïve\n".repeat(1000));
		console.end(LONG);
		assertEquals("naïve\n".repeat(1000), stream.toString(StandardCharsets.UTF_8));
		assertEquals("naïve\n".repeat(1000), console.transcript());
		console.close();
	}

	@Test
	void textsAreFoundOneAfterTheOther() throws InterruptedException {
		SerialConsole console = new SerialConsole(null, "test");
		print(console, "login: ");
		assertTrue(console.waitFor("login:", LONG));
		assertFalse(console.waitFor("login:", Duration.ZERO));
		CompletableFuture<Boolean> found = CompletableFuture.supplyAsync(() -> {
			try {
				return console.waitFor("# done", LONG);
			} catch (InterruptedException e) {
				throw new AssertionError(e);
			}
		});
		print(console, "root\n# do");
		print(console, "ne\n");
		assertTrue(found.join());
		console.close();
	}

	@Test
	void waitingEndsWithTheGuest() {
		SerialConsole console = new SerialConsole(null, "test");
		console.end(LONG);
		assertFalse(assertTimeoutPreemptively(LONG, () -> console.waitFor("never", Duration.ofDays(1))));
		assertThrows(IllegalStateException.class, () -> console.send("x"));
		assertEquals(0, console.offer(new byte[1], 0, 1));
		console.close();
	}

	@Test
	void onlyTheLastMebibyteIsKept() throws InterruptedException {
		SerialConsole console = new SerialConsole(null, "test");
		print(console, "first");
		print(console, "0123456789abcdef".repeat(SerialConsole.TRANSCRIPT_SIZE / 16));
		assertFalse(console.waitFor("first", Duration.ZERO));
		print(console, "last");
		assertEquals(SerialConsole.TRANSCRIPT_SIZE, console.transcript().length());
		assertTrue(console.transcript().endsWith("cdeflast"));
		assertTrue(console.waitFor("cdeflast", Duration.ZERO));
		console.close();
	}

	@Test
	void inputWaitsForRoomAndNoneIsLost() throws InterruptedException {
		SerialConsole console = new SerialConsole(null, "test");
		assertEquals(SerialConsole.INPUT_SIZE, console.offer(new byte[5000], 0, 5000));
		assertEquals(0, console.offer(new byte[1], 0, 1));
		CountDownLatch arrived = new CountDownLatch(1);
		console.onInput(arrived::countDown);
		Thread sender = Thread.ofVirtual().start(() -> {
			try {
				console.send("z");
			} catch (InterruptedException e) {
				throw new AssertionError(e);
			}
		});
		assertEquals(0, console.line().receive());
		arrived.await();
		sender.join();
		for (int i = 1; i < SerialConsole.INPUT_SIZE; i++) {
			assertEquals(0, console.line().receive());
		}
		assertEquals('z', console.line().receive());
		assertEquals(-1, console.line().receive());
		console.close();
	}

	@Test
	void aStreamThatFailsDoesNotHoldTheGuest() {
		SerialConsole console = new SerialConsole(new OutputStream() {
			@Override
			public void write(int b) throws IOException {
				throw new IOException("nobody reads");
			}
		}, "test");
		assertTimeoutPreemptively(LONG, () -> {
			for (int i = 0; i < 200_000; i++) {
				if (console.congested()) {
					console.awaitRoom(() -> false);
				}
				console.line().transmit('x');
			}
			console.end(LONG);
		});
		console.close();
	}

	@Test
	void aStreamThatBlocksHoldsTheGuestUntilItIsKicked() {
		CountDownLatch never = new CountDownLatch(1);
		SerialConsole console = new SerialConsole(new OutputStream() {
			@Override
			public void write(int b) throws IOException {
				try {
					never.await();
				} catch (InterruptedException e) {
					throw new IOException(e);
				}
			}
		}, "test");
		while (!console.congested()) {
			console.line().transmit('x');
		}
		assertTimeoutPreemptively(LONG, () -> {
			AtomicBoolean wanted = new AtomicBoolean();
			Thread[] processors = new Thread[2];
			for (int i = 0; i < processors.length; i++) {
				processors[i] = Thread.startVirtualThread(() -> console.awaitRoom(wanted::get));
			}
			wanted.set(true);
			console.kick();
			for (Thread processor : processors) {
				processor.join();
			}
			console.end(Duration.ofMillis(1));
			console.close();
			console.awaitRoom(() -> false);
		});
	}
}
