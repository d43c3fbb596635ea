package mshv.shell;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import mshv.api.HypervisorException;
import mshv.api.VirtualProcessor;
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
	private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("boot ticker").factory());
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
			progress.say("the guest runs" + instructions());
		}
		shown = written;
	}

	private String instructions() {
		try {
			List<VirtualProcessor> processors = guest.partition().virtualProcessors();
			long count = processors.isEmpty() ? -1 : processors.getFirst().statistics().instructions();
			return count < 0 ? "" : String.format(Locale.ROOT, ", %.1f million instructions so far", count / 1e6);
		} catch (HypervisorException e) {
			// It has ended since
			return "";
		}
	}

	@Override
	public void close() {
		executor.shutdownNow();
	}
}
