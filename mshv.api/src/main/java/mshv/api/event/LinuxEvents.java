package mshv.api.event;

import org.osgi.annotation.versioning.ProviderType;

/** Makes events of eventfd(2) descriptors, of this process or shared with another; a service where the host is Linux. */
@ProviderType
public interface LinuxEvents {
	/** Takes over a descriptor. {@link Event#signal} adds 1 to its counter, {@link Event#drain} reads it without waiting, and listeners are
	 * notified, on a thread of this service, when anybody has written it. Two events of the same eventfd are equal, whatever their
	 * descriptors. If the eventfd is in blocking mode and its counter is full, a signal is dropped: the counter stays full.
	 * @param descriptor an eventfd of this process; from here on it belongs to the event, which closes it
	 * @return the event; it ends with this service at the latest
	 * @throws mshv.api.HypervisorException (EBADF) if there is no such descriptor, EINVAL if it is no eventfd; it is not taken over then */
	Event open(int descriptor);

	/** Makes an eventfd. @return an event of it, not signalled, to be closed by the caller; it ends with this service at the latest
	 * @throws mshv.api.HypervisorException (ENOMEM) if there can be no more */
	Event create();

	/** Gives an eventfd to a call that takes a descriptor.
	 * @return a new descriptor of the event's eventfd, which the caller closes; -1 if the event is not of this service, or has ended */
	int duplicate(Event event);
}
