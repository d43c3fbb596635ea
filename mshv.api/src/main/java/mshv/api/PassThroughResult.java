package mshv.api;

/**
 * What came of a {@link PassThroughCall} that the driver accepted.
 *
 * @param status HV_STATUS, 16 bits, 0 for success; {@link HvStatus#of} names it and gives the driver's error number
 * @param reps repetitions that are done; those stay done if a later one failed
 * @param output as many bytes as were asked for if the status is 0, else none
 */
public record PassThroughResult(int status, int reps, byte[] output) {
	/** @return true if the hypervisor did all that was asked */
	public boolean success() {
		return status == HvStatus.SUCCESS.code();
	}

	/** @throws HypervisorException with the status, if the hypervisor refused */
	public void requireSuccess(String what) {
		if (!success()) {
			throw new HypervisorException(what + ": status 0x" + Integer.toHexString(status), HvStatus.of(status));
		}
	}
}
