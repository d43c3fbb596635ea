package mshv.vmm;

import java.util.function.BooleanSupplier;

import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.Register;
import mshv.api.VirtualProcessor;

/** Runs one instruction: the trap flag, and an intercept of the debug exception that it raises. */
final class SingleStep {
	private static final int ACCESS_EXECUTE = 4;
	/** HV_INTERCEPT_TYPE: exception. */
	private static final int TYPE_EXCEPTION = 3;
	private static final int DEBUG_VECTOR = 1;
	private static final long TRAP_FLAG = 1 << 8;

	private SingleStep() {}

	/** @param interrupted asked whenever the run ends early; true gives up
	 * @return the intercept that the instruction caused, {@link Intercept.Interrupted} if it is done or was given up */
	static Intercept run(Partition partition, VirtualProcessor processor, BooleanSupplier interrupted) {
		partition.installIntercept(ACCESS_EXECUTE, TYPE_EXCEPTION, DEBUG_VECTOR);
		long before = processor.getRegister(Register.RFLAGS);
		try {
			processor.setRegister(Register.RFLAGS, before | TRAP_FLAG);
			Intercept intercept;
			do {
				intercept = processor.run();
			} while (intercept instanceof Intercept.Interrupted && !interrupted.getAsBoolean());
			return isDebug(intercept) ? Intercept.Interrupted.INSTANCE : intercept;
		} finally {
			// An instruction that loads the flags has its own say; else the guest's trap flag comes back
			if ((before & TRAP_FLAG) == 0) {
				processor.setRegister(Register.RFLAGS, processor.getRegister(Register.RFLAGS) & ~TRAP_FLAG);
			}
			partition.installIntercept(0, TYPE_EXCEPTION, DEBUG_VECTOR);
		}
	}

	private static boolean isDebug(Intercept intercept) {
		return intercept instanceof Intercept.Exception exception && exception.vector() == DEBUG_VECTOR;
	}
}
