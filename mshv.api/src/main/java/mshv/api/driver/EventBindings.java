package mshv.api.driver;

import java.util.List;
import java.util.OptionalLong;

import org.osgi.annotation.versioning.ProviderType;

import mshv.api.DoorbellRequest;
import mshv.api.InterruptRequest;
import mshv.api.MsiRoute;
import mshv.api.event.Event;

/** Events of one partition: irqfds, the table of MSI routes, and ioeventfds. Made by the eventfd piece, held by the partition. */
@ProviderType
public interface EventBindings extends AutoCloseable {
	/** Replaces the table of routes. See {@link mshv.api.Partition#setMsiRouting}. */
	void setMsiRouting(List<MsiRoute> routes);

	/** See {@link mshv.api.Partition#assignIrqfd(Event, Event, int)}. @param resample null for none */
	void assignIrqfd(Event event, Event resample, int gsi);

	/** See {@link mshv.api.Partition#deassignIrqfd}. */
	void deassignIrqfd(Event event, int gsi);

	/** The guest has ended a level-triggered interrupt.
	 * @param vector interrupt vector
	 * @return true if a resampling irqfd is routed to it, which has been told */
	boolean interruptEnded(int vector);

	/** See {@link mshv.api.Partition#assignIoeventfd}. */
	void assignIoeventfd(DoorbellRequest request);

	/** See {@link mshv.api.Partition#deassignIoeventfd}. */
	void deassignIoeventfd(DoorbellRequest request);

	/** Unbinds everything: after it returns no interrupt and no doorbell comes from here. */
	@Override
	void close();

	/** Makes the bindings of a partition; a service. */
	@ProviderType
	interface Factory {
		/** @param target the partition
		 * @param bound what is bound from the start; it was checked when it was bound first
		 * @return the bindings */
		EventBindings create(Target target, Bound bound);
	}

	/** An irqfd.
	 * @param event asserts the interrupt
	 * @param resample told of its end, null for nobody
	 * @param gsi number of its route */
	record IrqfdRequest(Event event, Event resample, int gsi) {}

	/** What is bound. The piece that binds may go and return: a partition keeps this.
	 * @param routes table of routes
	 * @param irqfds irqfds in the order in which they were assigned
	 * @param ioeventfds likewise */
	record Bound(List<MsiRoute> routes, List<IrqfdRequest> irqfds, List<DoorbellRequest> ioeventfds) {
		/** Nothing at all. */
		public static final Bound NOTHING = new Bound(List.of(), List.of(), List.of());
	}

	/** What events do to a partition, and it to them. Refusals are {@link mshv.api.HypervisorException}s. */
	@ProviderType
	interface Target {
		/** Asserts an interrupt. @param request what to assert */
		void assertInterrupt(InterruptRequest request);

		/** Takes back an external interrupt that no processor has acknowledged (HVCALL_CLEAR_VIRTUAL_INTERRUPT). */
		void clearInterrupt();

		/** Connects a doorbell port to a guest-physical address.
		 * @param length bytes of the write, 0 for any
		 * @param match value of the write, empty for any
		 * @param doorbell called on the hypervisor's threads whenever the guest makes such a write
		 * @return disconnects it: after that returns the doorbell is not running and is called no more */
		Doorbell connectDoorbell(long address, int length, OptionalLong match, Runnable doorbell);
	}

	/** A doorbell that is connected. */
	@ProviderType
	interface Doorbell extends AutoCloseable {
		@Override
		void close();
	}
}
