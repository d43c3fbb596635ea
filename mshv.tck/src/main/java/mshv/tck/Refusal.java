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

	/** Fails unless the call is refused with this status by the hypervisor. An ioctl that has no room for a status says it by the error number
	 * that the driver maps it to. */
	public static void assertRefused(HvStatus status, Executable call) {
		HypervisorException refusal = refusal(call);
		if (refusal.status() == HvStatus.SUCCESS) {
			assertEquals(status.errno(), refusal.errno(), refusal::getMessage);
		} else {
			assertEquals(status, refusal.status(), refusal::getMessage);
		}
	}

	/** Fails unless the call is refused with this error number by whomever. */
	public static void assertRefused(Errno errno, Executable call) {
		HypervisorException refusal = errno == Errno.EOPNOTSUPP ? assertThrows(HypervisorException.class, call) : refusal(call);
		assertEquals(errno, refusal.errno(), refusal::getMessage);
	}

	/** What the backend does not support it cannot refuse for the right reason: that ends the test as not offered. */
	private static HypervisorException refusal(Executable call) {
		HypervisorException refusal = assertThrows(HypervisorException.class, call);
		if (refusal.errno() == Errno.EOPNOTSUPP) {
			throw refusal;
		}
		return refusal;
	}
}
