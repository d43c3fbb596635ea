package mshv.shell.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

class RawModeTest {
	private final List<String> calls = new ArrayList<>();
	private final List<Thread> hooks = new ArrayList<>();
	private boolean fails;
	private boolean ending;

	private final RawMode.Settings settings = new RawMode.Settings() {
		@Override
		public void makeRaw() throws IOException {
			calls.add("raw");
			if (fails) {
				throw new IOException("no terminal any more");
			}
		}

		@Override
		public void restore() {
			calls.add("restore");
		}
	};

	private final RawMode.Exit exit = new RawMode.Exit() {
		@Override
		public void onExit(Thread hook) {
			hooks.add(hook);
		}

		@Override
		public void forget(Thread hook) {
			if (ending) {
				throw new IllegalStateException("shutdown in progress");
			}
			hooks.remove(hook);
		}
	};

	@Test
	void closingRestoresOnceAndLeavesNoHook() throws IOException {
		RawMode mode = RawMode.enter(settings, exit);
		assertEquals(1, hooks.size());
		mode.close();
		mode.close();
		assertEquals(List.of("raw", "restore"), calls);
		assertEquals(List.of(), hooks);
	}

	@Test
	void anExceptionInBetweenRestores() {
		assertThrows(IllegalArgumentException.class, () -> {
			try (RawMode mode = RawMode.enter(settings, exit)) {
				assertEquals(List.of("raw"), calls, mode::toString);
				throw new IllegalArgumentException("the guest failed");
			}
		});
		assertEquals(List.of("raw", "restore"), calls);
	}

	@Test
	void theEndOfTheProcessRestores() throws IOException {
		try (RawMode mode = RawMode.enter(settings, exit)) {
			ending = true;
			hooks.getFirst().run();
			assertEquals(List.of("raw", "restore"), calls, mode::toString);
		}
		assertEquals(List.of("raw", "restore"), calls);
	}

	@Test
	void aChangeThatFailsHalfWayIsUndone() {
		fails = true;
		assertThrows(IOException.class, () -> RawMode.enter(settings, exit));
		assertEquals(List.of("raw", "restore"), calls);
		assertEquals(List.of(), hooks);
	}
}
