package mshv.api.driver;

import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;

import org.osgi.annotation.versioning.ProviderType;

import mshv.api.Partition;
import mshv.api.abi.MonitorPage;
import mshv.api.abi.PortInfo;

/**
 * Connections by which guests send messages (HvCallPostMessage) and events (HvCallSignalEvent) to the root, to each other or to themselves
 * (TLFS chapter 11). A service, one for each hypervisor, with the property {@link mshv.api.Hypervisor#BACKEND}.
 * <p>
 * Instead of making a call for each event, a guest may set a bit in a {@link MonitorPage} that it shares with the receiver: monitored
 * notifications. The hypervisor signals the event later, together with others. What is shared comes beside a connection for events, which
 * the page names.
 * <p>
 * A connection belongs to the partition that sends, as that hypervisor knows it: it ends with the partition, or when the partition moves
 * to another hypervisor. Its id, by which the guest names it, has 24 bits, is not 0, and is the caller's choice. All methods throw
 * {@link mshv.api.HypervisorException}: INVALID_PARTITION_ID for a partition of another hypervisor or one that is closed,
 * INVALID_CONNECTION_ID for an id that is taken or cannot be, INVALID_PARAMETER for a SINT, a processor, flags or an address that do not
 * exist, INVALID_ALIGNMENT for the address of a page that is no multiple of 4096. Any thread.
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

	/** Shares a page of monitored notifications between a guest and the root: the guest triggers, the root prepares the triggers.
	 * @param connection id of this connection; the triggers name another one, for events
	 * @param address guest-physical address where the guest sees the page, over its own memory */
	MonitoredConnection receiveMonitored(Partition sender, int connection, long address);

	/** Shares a page of monitored notifications between two guests, or lets one see it twice. It is zero at first.
	 * @param connection id of this connection; the triggers name another one, for events
	 * @param address guest-physical address where the sender sees the page, over its own memory
	 * @param receiverAddress guest-physical address where the receiver sees it */
	Connection connectMonitored(Partition sender, int connection, long address, Partition receiver, long receiverAddress);

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

	/** A page of monitored notifications that the root shares, until it is closed: after that nothing is signalled for it. */
	@ProviderType
	interface MonitoredConnection extends Connection {
		/** @return the page ({@link MonitorPage}), zero at first. The guest writes to it at any time, whatever it likes. Not to be used after
		 *         the connection is closed; it cannot be after the partition is. */
		MemorySegment page();
	}
}
