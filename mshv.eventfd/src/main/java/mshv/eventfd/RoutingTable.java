package mshv.eventfd;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.InterruptRequest;
import mshv.api.MsiRoute;

/**
 * A table of MSI routes, decoded.
 *
 * @param interrupts interrupt by gsi
 */
record RoutingTable(Map<Integer, InterruptRequest> interrupts) {
	/** MSHV_MAX_GUEST_IRQS: gsis are below, and a table has at most as many routes. */
	static final int MAX_ROUTES = 4096;

	/** @throws HypervisorException (EINVAL) for too many routes, a gsi out of range or named twice, or an upper address that is not 0 */
	static RoutingTable of(List<MsiRoute> routes) {
		if (routes.size() > MAX_ROUTES) {
			throw new HypervisorException(routes.size() + " routes", Errno.EINVAL);
		}
		Map<Integer, InterruptRequest> interrupts = HashMap.newHashMap(routes.size());
		for (MsiRoute route : routes) {
			if (Integer.compareUnsigned(route.gsi(), MAX_ROUTES) >= 0) {
				throw new HypervisorException("route of gsi " + Integer.toUnsignedString(route.gsi()), Errno.EINVAL);
			}
			if (route.addressHigh() != 0) {
				throw new HypervisorException("upper address 0x" + Integer.toHexString(route.addressHigh()), Errno.EINVAL);
			}
			if (interrupts.putIfAbsent(route.gsi(), route.interrupt()) != null) {
				throw new HypervisorException("second route of gsi " + route.gsi(), Errno.EINVAL);
			}
		}
		return new RoutingTable(Map.copyOf(interrupts));
	}

	/** @return the interrupt that a gsi leads to, null if there is no route */
	InterruptRequest interrupt(int gsi) {
		return interrupts.get(gsi);
	}
}
