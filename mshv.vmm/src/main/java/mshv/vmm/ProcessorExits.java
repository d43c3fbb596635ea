package mshv.vmm;

import mshv.api.Intercept;
import mshv.vmm.cpu.PortExits;
import mshv.vmm.mmio.EmulationException;
import mshv.vmm.mmio.MmioExits;

/** What handles the exits of one processor of a machine. Used by one thread at a time. */
final class ProcessorExits {
	private final Board board;
	private final PortExits portExits;
	private final MmioExits mmioExits;

	ProcessorExits(Board board, PortExits portExits, MmioExits mmioExits) {
		this.board = board;
		this.portExits = portExits;
		this.mmioExits = mmioExits;
	}

	/** Does what the processor needs to go on.
	 * @return how the machine has ended, or null if it goes on */
	Outcome handle(Intercept intercept) {
		if (intercept instanceof Intercept.IoPort access) {
			// By far the most frequent
			portExits.handle(access);
			return board.ending();
		}
		switch (intercept) {
			case Intercept.Memory access -> memory(access);
			case Intercept.ApicEoi eoi -> board.endOfInterrupt(eoi.vector());
			case Intercept.Halt halt -> board.end(new Outcome.Halted(halt.header().rip()));
			case Intercept.UnrecoverableException triple -> board.end(new Outcome.TripleFault(triple.header().rip()));
			case Intercept.Interrupted _ -> {
				// The loop looks why
			}
			case Intercept.IoPort _ -> throw new AssertionError();
			case Intercept.Msr msr -> board.end(unexpected("MSR 0x%x".formatted(msr.msr()), msr.header()));
			case Intercept.Cpuid cpuid -> board.end(unexpected("CPUID leaf 0x%x".formatted((int) cpuid.rax()), cpuid.header()));
			case Intercept.Exception exception -> board.end(unexpected("exception " + exception.vector(), exception.header()));
			case Intercept.Other other -> board.end(new Outcome.Failed("intercept message 0x%x, which this machine does not expect"
				.formatted(other.messageType())));
		}
		return board.ending();
	}

	private void memory(Intercept.Memory access) {
		try {
			// An instruction that reads and writes may be a locked one
			synchronized (board) {
				mmioExits.handle(access);
			}
		} catch (EmulationException e) {
			board.end(new Outcome.Failed(e.getMessage()));
		}
	}

	private static Outcome unexpected(String what, Intercept.Header header) {
		return new Outcome.Failed("intercept of %s at 0x%x, which this machine did not ask for".formatted(what, header.rip()));
	}
}
