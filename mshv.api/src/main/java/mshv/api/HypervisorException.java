package mshv.api;

/** A hypervisor or driver refused something; nothing has changed by the refused call unless its description says so. */
public final class HypervisorException extends RuntimeException {
	private static final long serialVersionUID = 1;

	/** Why. */
	private final HvStatus status;
	/** Linux error number. */
	private final Errno errno;

	/** A refusal by the hypervisor.
	 * @param message what was asked and what was wrong with it, naming the value
	 * @param status the hypercall's status; the errno follows from it */
	public HypervisorException(String message, HvStatus status) {
		super(message + " (" + status + ")");
		this.status = status;
		errno = status.errno();
	}

	/** A refusal by the driver.
	 * @param message what was asked and what was wrong with it, naming the value
	 * @param errno as the driver's ioctl gives it */
	public HypervisorException(String message, Errno errno) {
		super(message + " (" + errno + ")");
		status = HvStatus.SUCCESS;
		this.errno = errno;
	}

	/** @return the hypercall's status, {@link HvStatus#SUCCESS} if no hypercall was refused */
	public HvStatus status() {
		return status;
	}

	/** @return the error number that the driver's ioctl gives */
	public Errno errno() {
		return errno;
	}
}
