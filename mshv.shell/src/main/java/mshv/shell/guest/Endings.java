package mshv.shell.guest;

import mshv.shell.status.CommandResult;
import mshv.shell.status.ExitStatus;
import mshv.vmm.Outcome;

/** What the end of a guest means for the process that ran it. */
public final class Endings {
	private Endings() {}

	/** @param guest that has ended @return exit status and words */
	public static CommandResult result(Guest guest) throws InterruptedException {
		return result(guest.id(), guest.outcome().orElseThrow(), guest.console().hasPanicked());
	}

	static CommandResult result(String id, Outcome outcome, boolean panicked) {
		return switch (outcome) {
			case Outcome.PowerOff() -> result(id, ExitStatus.POWER_OFF, "");
			// A kernel that panics resets the machine, or causes a triple fault where that fails
			case Outcome.Reset() -> result(id, panicked ? ExitStatus.PANIC : ExitStatus.RESET, "");
			case Outcome.TripleFault(long rip) -> result(id, panicked ? ExitStatus.PANIC : ExitStatus.TRIPLE_FAULT, at(rip));
			case Outcome.Halted(long rip) -> result(id, panicked ? ExitStatus.PANIC : ExitStatus.HALTED, at(rip));
			case Outcome.Exit exit -> new CommandResult(exit.status() & 0xFF, "");
			case Outcome.Stopped() -> result(id, ExitStatus.QUIT, "");
			case Outcome.Failed(String message) -> CommandResult.of(ExitStatus.INTERNAL, id + ": " + message);
		};
	}

	private static String at(long rip) {
		return " at 0x" + Long.toHexString(rip);
	}

	private static CommandResult result(String id, ExitStatus status, String where) {
		return CommandResult.of(status, id + ": " + status.meaning() + where);
	}

	/** @param guest that was stopped because its time was up */
	public static CommandResult timeout(Guest guest) {
		// A kernel that stays where it panicked never ends by itself
		return result(guest.id(), guest.console().hasPanicked() ? ExitStatus.PANIC : ExitStatus.TIMEOUT, "");
	}
}
