package mshv.api.driver;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;

import mshv.api.InterruptRequest;
import mshv.api.MsiRoute;
import mshv.api.event.Event;

/** Interrupts by event of one partition: irqfds and the table of MSI routes. Made by the eventfd piece, held by the partition. */
@ProviderType
public interface EventBindings extends AutoCloseable {
	/** Replaces the table of routes. See {@link mshv.api.Partition#setMsiRouting}. */
	void setMsiRouting(List<MsiRoute> routes);

	/** See {@link mshv.api.Partition#assignIrqfd}. */
	void assignIrqfd(Event event, int gsi);

	/** See {@link mshv.api.Partition#deassignIrqfd}. */
	void deassignIrqfd(Event event, int gsi);

	/** Unbinds everything: after it returns no interrupt comes from here. */
	@Override
	void close();

	/** Makes the bindings of a partition; a service. */
	@ProviderType
	interface Factory {
		/** @param interrupts asserts an interrupt in the partition
		 * @return bindings without any route or event */
		EventBindings create(InterruptSink interrupts);
	}

	/** Asserts interrupts in a partition. */
	@FunctionalInterface
	interface InterruptSink {
		/** @param request what to assert; a refusal by the hypervisor is ignored */
		void assertInterrupt(InterruptRequest request);
	}
}
