package mshv.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.function.Executable;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;

/** Assertions that something is refused, and with which error. */
public final class Refusal {
	private Refusal() {}

	/** Fails unless the call is refused with this status by the hypervisor. */
	public static void assertRefused(HvStatus status, Executable call) {
		assertEquals(status, assertThrows(HypervisorException.class, call).status());
	}

	/** Fails unless the call is refused with this error number by whomever. */
	public static void assertRefused(Errno errno, Executable call) {
		assertEquals(errno, assertThrows(HypervisorException.class, call).errno());
	}
}
