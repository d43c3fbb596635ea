import java.io.IOException;
import java.util.List;

/** Runs the benchmark guest, or boots a kernel, alternately on this system and on a yardstick, and compares results and times. */
final class Bench {
	private static final String USAGE = """
			usage: bench [options]
			       bench --boot KERNEL INITRD MARKER [options]
			       bench --costs [--rounds N]

			Runs the benchmark guest under `mshv run` and under QEMU's TCG in turn and compares results and times.
			With --boot: boots a kernel on both and takes the time from process start to MARKER on the serial line.
			With --costs: what operations of this system cost, beside /dev/kvm where it can be opened and TCG where it has the like.

			  --rounds N         runs on each side (3)
			  --scale N          does 1/N of the work (1: about a second a kernel under TCG)
			  --only LIST        kernels or groups, separated by commas
			  --cpu              CPU time of the process instead of wall time (Linux)
			  --json FILE        also writes every figure to FILE
			  --against COMMAND  another yardstick, a shell command
			  --ours COMMAND     another first side, a shell command
			  --image FILE       another guest image
			  --timeout SECONDS  longest time of one run (600)
			  --memory SIZE      with --boot: guest memory (256M)
			  --append TEXT      with --boot: kernel command line (console=ttyS0)
			  --help

			A COMMAND finds in its environment: IMAGE (the guest or kernel), APPEND, MEMORY, and INITRD with --boot.
			It prints the guest's port 0xE9 (with --boot: its serial line) on its standard output.

			exit status: 0 done, 1 results differ, 2 wrong usage or something missing, 3 a run failed""";

	private Bench() {}

	public static void main(String[] arguments) throws InterruptedException {
		if (List.of(arguments).contains("--help")) {
			System.out.println(USAGE);
			return;
		}
		try {
			Options options = Options.parse(List.of(arguments));
			Rounds rounds = new Rounds(options);
			int status = options.costs() ? new Costs(rounds).measure()
				: options.boot() == null ? new Kernels(rounds).measure() : new BootTime(rounds).measure();
			System.exit(status);
		} catch (Failure failure) {
			System.err.println("bench: " + failure.getMessage());
			System.exit(failure.status);
		} catch (IOException failure) {
			System.err.println("bench: " + failure.getMessage());
			System.exit(Failure.RUN_FAILED);
		}
	}
}
