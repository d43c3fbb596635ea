package mshv.shell.terminal;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A terminal in raw mode. Its settings are restored once: when this is closed, or when the process ends before that, be it by a signal.
 */
public final class RawMode implements AutoCloseable {
	/** A terminal's settings. */
	public interface Settings {
		/** Changes to raw mode. */
		void makeRaw() throws IOException;

		/** Goes back to the settings before. Called once; after a failed {@link #makeRaw} too. */
		void restore();

		/** @return how large the terminal is, empty if there is no telling */
		default Optional<HostTerminal.Extent> extent() {
			return Optional.empty();
		}
	}

	/** Where the end of the process is announced. */
	interface Exit {
		void onExit(Thread hook);

		void forget(Thread hook);
	}

	private static final Settings NONE = new Settings() {
		@Override
		public void makeRaw() {
			// Nothing to change
		}

		@Override
		public void restore() {
			// Nothing was changed
		}
	};

	private final Settings settings;
	private final Exit exit;
	private final Thread hook = new Thread(this::restoreOnce, "terminal settings");
	private final AtomicBoolean restored = new AtomicBoolean();

	private RawMode(Settings settings, Exit exit) {
		this.settings = settings;
		this.exit = exit;
	}

	/** Changes to raw mode.
	 * @throws IOException if that fails; the settings are restored then */
	public static RawMode enter(Settings settings) throws IOException {
		return enter(settings, new Exit() {
			@Override
			public void onExit(Thread hook) {
				Runtime.getRuntime().addShutdownHook(hook);
			}

			@Override
			public void forget(Thread hook) {
				Runtime.getRuntime().removeShutdownHook(hook);
			}
		});
	}

	static RawMode enter(Settings settings, Exit exit) throws IOException {
		RawMode mode = new RawMode(settings, exit);
		// Before the change: a signal in between must find the hook
		exit.onExit(mode.hook);
		try {
			settings.makeRaw();
		} catch (IOException | RuntimeException e) {
			mode.close();
			throw e;
		}
		return mode;
	}

	/** @return a mode that changes nothing, for streams that are no terminal */
	static RawMode none() {
		return new RawMode(NONE, new Exit() {
			@Override
			public void onExit(Thread hook) {
				// Nothing to restore
			}

			@Override
			public void forget(Thread hook) {
				// Nothing to restore
			}
		});
	}

	@Override
	public void close() {
		restoreOnce();
		try {
			exit.forget(hook);
		} catch (IllegalStateException e) {
			// The process is ending: hooks cannot be taken back, and this one has nothing left to do
		}
	}

	private void restoreOnce() {
		if (restored.compareAndSet(false, true)) {
			settings.restore();
		}
	}
}
