package mshv.api.driver;

import java.util.function.IntConsumer;

import org.osgi.annotation.versioning.ProviderType;

import mshv.api.Partition;
import mshv.api.abi.PortInfo;

/**
 * Connections by which guests send messages (HvCallPostMessage) and events (HvCallSignalEvent) to the root, to each other or to themselves
 * (TLFS chapter 11). A service, one for each hypervisor, with the property {@link mshv.api.Hypervisor#BACKEND}. Monitored notifications
 * are not offered: no port of that type can be made.
 * <p>
 * A connection belongs to the partition that sends, as that hypervisor knows it: it ends with the partition, or when the partition moves
 * to another hypervisor. Its id, by which the guest names it, has 24 bits, is not 0, and is the caller's choice. All methods throw
 * {@link mshv.api.HypervisorException}: INVALID_PARTITION_ID for a partition of another hypervisor or one that is closed,
 * INVALID_CONNECTION_ID for an id that is taken or cannot be, INVALID_PARAMETER for a SINT, a processor or flags that do not exist. Any
 * thread.
 */
@ProviderType
public interface Ports {
	/** Lets a guest post messages to the root. Messages that come faster than they are taken wait, up to a limit that the sender sees as
	 * INSUFFICIENT_BUFFERS.
	 * @param receiver takes them in the order in which they were sent
	 * @return ends it: after that returns the receiver is not running, unless it is the caller, and is called no more */
	Connection receiveMessages(Partition sender, int connection, MessageReceiver receiver);

	/** Lets a guest signal events to the root.
	 * @param flags number of different events, 1 to 2048; all ports of the root share 2048
	 * @param receiver told the number of an event, 0 to {@code flags - 1}, after it was signalled once or more; called as messages'
	 *        receivers are
	 * @return ends it, as for messages
	 * @throws mshv.api.HypervisorException (ENOMEM) if not so many flags are free */
	Connection receiveEvents(Partition sender, int connection, int flags, IntConsumer receiver);

	/** Lets a guest post messages to a SINT of a guest. */
	Connection connectMessages(Partition sender, int connection, Target target);

	/** Lets a guest set event flags of a SINT of a guest.
	 * @param firstFlag the SINT's flag that is the connection's flag 0
	 * @param flags number of flags, at least 1; the last one is below 2048 */
	Connection connectEvents(Partition sender, int connection, Target target, int firstFlag, int flags);

	/** Where messages and events for a guest arrive.
	 * @param partition of the guest
	 * @param vpIndex of the processor, {@link PortInfo#ANY_VP} for the first that takes them
	 * @param sint 0 to 15 */
	record Target(Partition partition, int vpIndex, int sint) {}

	/** A connection, until it is closed. */
	@ProviderType
	interface Connection extends AutoCloseable {
		/** Ends the connection; its id is free again. Once more, or after its partition: no effect. */
		@Override
		void close();
	}
}
