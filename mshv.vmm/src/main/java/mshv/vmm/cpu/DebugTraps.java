package mshv.vmm.cpu;

import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;

/** Debug exceptions that follow instructions which are carried out here (Intel SDM vol. 3, 18.2 and 18.3). */
public final class DebugTraps {
	private static final long TRAP_FLAG = 1 << 8;
	/** Bit of the execution state: breakpoints are enabled. */
	private static final int DEBUG_ACTIVE = 1 << 5;
	/** Bit of PENDING_DEBUG_EXCEPTION. */
	private static final long SINGLE_STEP = 1 << 4;

	private DebugTraps() {}

	/** @return whether each iteration of a string instruction has to be the last of its exit, because a trap may follow it */
	public static boolean afterEachIteration(Intercept.Header header) {
		return (header.rflags() & TRAP_FLAG) != 0 || (header.executionState() & DEBUG_ACTIVE) != 0;
	}

	/** Makes the single-step trap pending if there is one. The hypervisor knows which breakpoints were met, and may have seen the step too.
	 * @param header of the intercept
	 * @param registers that the instruction, or its iteration, has been committed to */
	public static void completed(Intercept.Header header, RegisterFile registers) {
		// Apart from the rest, which is rare, so that what calls it stays small
		if ((header.rflags() & TRAP_FLAG) != 0) {
			stepped(registers);
		}
	}

	private static void stepped(RegisterFile registers) {
		registers.begin();
		// Who steps through the guest without its noticing has set the flag, and cleared it by now
		if ((registers.flags() & TRAP_FLAG) != 0) {
			long pending = registers.other(Register.PENDING_DEBUG_EXCEPTION).low();
			registers.setOther(Register.PENDING_DEBUG_EXCEPTION, RegisterValue.of(pending | SINGLE_STEP));
		}
	}
}
