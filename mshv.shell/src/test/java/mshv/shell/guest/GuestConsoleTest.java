package mshv.shell.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GuestConsoleTest {
	private static final int LONG = 1_000_000;

	private final GuestConsole console = new GuestConsole();

	private void print(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		console.write(bytes, 0, bytes.length);
	}

	private String take(int millis) throws InterruptedException {
		return new String(console.take(millis), StandardCharsets.UTF_8);
	}

	@Test
	void aLineIsThereAtOnce() throws InterruptedException {
		print("one\n");
		assertEquals("one\n", take(LONG));
	}

	@Test
	void theBeginningOfALineIsThereAfterAPause() throws InterruptedException {
		print("login: ");
		assertEquals("login: ", take(1));
		assertEquals("", take(1));
	}

	@Test
	void whoeverWaitsForALineGetsIt() throws InterruptedException {
		Thread writer = Thread.ofVirtual().start(() -> print("late\n"));
		assertEquals("late\n", take(LONG));
		writer.join();
	}

	@Test
	void withNobodyAttachedTheNewestIsKept() throws InterruptedException {
		print("old\n" + "x".repeat(GuestConsole.BACKLOG - 1) + "\n");
		String kept = take(LONG);
		assertEquals(GuestConsole.BACKLOG, kept.length());
		assertTrue(kept.startsWith("xx") && kept.endsWith("x\n"));
	}

	@Test
	void withSomebodyAttachedNothingIsLost() throws InterruptedException {
		assertTrue(console.attach());
		int length = 3 * GuestConsole.BACKLOG + 5;
		Thread writer = Thread.ofVirtual().start(() -> print("y".repeat(length)));
		int taken = 0;
		while (taken < length) {
			taken += console.take(1).length;
		}
		assertEquals(length, taken);
		writer.join();
	}

	@Test
	void detachingFreesAWriterThatWaits() throws InterruptedException {
		console.attach();
		CountDownLatch begun = new CountDownLatch(1);
		Thread writer = Thread.ofVirtual().start(() -> {
			begun.countDown();
			print("z".repeat(2 * GuestConsole.BACKLOG));
		});
		begun.await();
		console.detach();
		writer.join();
		assertEquals(GuestConsole.BACKLOG, console.take(1).length);
	}

	@Test
	void onlyOneCanBeAttached() {
		assertTrue(console.attach());
		assertFalse(console.attach());
		console.detach();
		assertTrue(console.attach());
	}

	@Test
	void whoeverAttachesWithoutHavingMissedAnythingSeesThePrompt() throws InterruptedException {
		print("Welcome\n# ");
		take(1);
		console.attach();
		assertEquals("# ", take(1));
	}

	@Test
	void whoeverHasMissedSomethingSeesThatOnly() throws InterruptedException {
		print("Welcome\n# ");
		console.attach();
		assertEquals("Welcome\n# ", take(LONG));
	}

	@Test
	void aPanicIsNoticedAcrossWrites() {
		print("[ 1.0] Kernel pa");
		assertFalse(console.hasPanicked());
		print("nic - not syncing: VFS\n");
		assertTrue(console.hasPanicked());
	}

	@Test
	void otherTextsCanBeWatchedFor() {
		BooleanSupplier prompt = console.watchFor("# ");
		assertFalse(prompt.getAsBoolean());
		print("sh## x");
		assertTrue(prompt.getAsBoolean());
		assertEquals(6, console.written());
	}

	@Test
	void aTextThatRepeatsItsBeginningIsFound() {
		BooleanSupplier found = console.watchFor("aab");
		print("aaab");
		assertTrue(found.getAsBoolean());
	}
}
