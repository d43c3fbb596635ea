package mshv.shell;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import mshv.shell.demo.Initramfs;
import mshv.shell.demo.Progress;
import mshv.shell.guest.Guest;
import mshv.vmm.Machine;

/** Tells that a guest lives while it boots and prints nothing, as a kernel does that unpacks itself. */
final class BootTicker implements AutoCloseable {
	/** Nobody should look at a still screen longer than twice this. */
	private static final long PERIOD_MILLIS = 1000;

	private final Guest guest;
	private final Progress progress;
	private final BooleanSupplier booted;
	private final ScheduledExecutorService executor = Executors
		.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("boot ticker").factory());
	private long shown;

	BootTicker(Guest guest, Progress progress) {
		this.guest = guest;
		this.progress = progress;
		booted = guest.console().watchFor(Initramfs.PROMPT);
		executor.scheduleAtFixedRate(this::tick, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
	}

	private void tick() {
		if (booted.getAsBoolean() || guest.hasEnded()) {
			executor.shutdown();
			return;
		}
		long written = guest.console().written();
		if (written == shown && guest.machine().state() == Machine.State.RUNNING) {
			progress.say("the guest is booting");
		}
		shown = written;
	}

	@Override
	public void close() {
		executor.shutdownNow();
	}
}
