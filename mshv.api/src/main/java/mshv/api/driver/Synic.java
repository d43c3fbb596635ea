package mshv.api.driver;

import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;

import org.osgi.annotation.versioning.ProviderType;

/** The root's side of the synthetic interrupt controller: messages and ports. A service, one for each hypervisor. */
@ProviderType
public interface Synic {
	/** @return name of the hypervisor behind it */
	String hypervisor();

	/** Adds a handler of messages; handlers are asked in the order of their priority until one accepts.
	 * @param priority lower is asked first
	 * @param handler called on the hypervisor's threads: short, never blocking
	 * @return removes the handler: after it returns the handler is not running and is called no more */
	AutoCloseable addMessageHandler(int priority, MessageHandler handler);

	/** @return the SINT that doorbell ports are to be created for
	 * @throws mshv.api.HypervisorException (EOPNOTSUPP) if the hypervisor has no event rings */
	int doorbellSint();

	/** Takes the lowest free port id.
	 * @param doorbell called whenever the port is rung
	 * @return id, 1 or more */
	int allocatePort(Runnable doorbell);

	/** @return the SINT that ports of messages and events are to be created for */
	int portSint();

	/** Takes the lowest free port id.
	 * @param receiver called with whatever arrives at the port
	 * @return id, 1 or more */
	int allocateMessagePort(MessageReceiver receiver);

	/** Takes the lowest free port id, and event flags of {@link #portSint}.
	 * @param flags number of flags, at least 1
	 * @param receiver called with the number of a flag that was signalled, counted from the port's first one
	 * @return id, 1 or more, and first flag
	 * @throws mshv.api.HypervisorException (ENOMEM) if not so many flags are free one after the other */
	EventPort allocateEventPort(int flags, IntConsumer receiver);

	/** An event port of the root.
	 * @param id port id
	 * @param firstFlag first of its event flags */
	record EventPort(int id, int firstFlag) {}

	/** Gives a port id back, and its event flags. The port is deleted already: what it has left in the event ring and in the message slot is
	 * taken out first, so that a later port of that id gets nothing of it. When this returns the doorbell or receiver is not running, unless
	 * it is the caller. */
	void freePort(int id);

	/** Handles messages of the hypervisor. */
	@FunctionalInterface
	interface MessageHandler {
		/** @param message 256 bytes in the layout of HV_MESSAGE; valid during the call
		 * @return true if this handler accepts the message: its slot is then freed */
		boolean accept(MemorySegment message);
	}
}
