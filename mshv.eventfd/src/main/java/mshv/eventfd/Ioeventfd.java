package mshv.eventfd;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.driver.EventBindings.Doorbell;
import mshv.api.driver.EventBindings.Target;

/**
 * A guest's write that signals an event.
 *
 * @param request what was asked for
 * @param doorbell the port behind it
 */
record Ioeventfd(DoorbellRequest request, Doorbell doorbell) {
	/** @throws HypervisorException as {@link mshv.api.Partition#assignIoeventfd} says, except for collisions */
	static void check(DoorbellRequest request) {
		if (request.portIo()) {
			throw new HypervisorException("a doorbell at port 0x" + Long.toHexString(request.address()), Errno.EOPNOTSUPP);
		}
		switch (request.length()) {
			case 0, 1, 2, 4, 8 -> {
				// These can be written by one instruction
			}
			default -> throw new HypervisorException("a doorbell of " + request.length() + " bytes", Errno.EINVAL);
		}
		if (Long.compareUnsigned(request.address() + request.length(), request.address()) < 0) {
			throw new HypervisorException("a doorbell that wraps at 0x" + Long.toHexString(request.address()), Errno.EINVAL);
		}
		if (!request.event().isOpen()) {
			throw new HypervisorException("the event is closed", Errno.EBADF);
		}
	}

	static Ioeventfd open(DoorbellRequest request, Target target) {
		return new Ioeventfd(request,
			target.connectDoorbell(request.address(), request.length(), request.dataMatch(), request.event()::signal));
	}

	/** @return true if there may not be both: a write would ring both for the same reason */
	boolean collides(DoorbellRequest other) {
		return request.address() == other.address() && request.length() == other.length()
			&& (request.dataMatch().isEmpty() || other.dataMatch().isEmpty() || request.dataMatch().equals(other.dataMatch()));
	}
}
