package mshv.backend.emu.hypercall;

import java.util.ArrayDeque;
import java.util.Deque;

import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.synic.Message;
import mshv.backend.emu.synic.MessageSlot;

/** Messages of partitions that wait for a slot of the root, in the order in which they were sent. Used under the monitor of the SynIC. */
final class PortMessages {
	/** Most messages that wait for one slot. */
	static final int QUEUE_LENGTH = 16;

	private record Waiting(Port port, Message message) {}

	@SuppressWarnings({"unchecked", "rawtypes"})
	private final Deque<Waiting>[] queues = new Deque[SyntheticMsr.SINT_COUNT];
	private int count;

	PortMessages() {
		for (int sint = 0; sint < queues.length; sint++) {
			queues[sint] = new ArrayDeque<>();
		}
	}

	boolean isEmpty() {
		return count == 0;
	}

	/** Lets a message wait. @return false if too many do */
	boolean add(Port port, Message message) {
		Deque<Waiting> queue = queues[port.info().targetSint()];
		if (queue.size() == QUEUE_LENGTH) {
			return false;
		}
		queue.add(new Waiting(port, message));
		count++;
		return true;
	}

	/** Puts the next message into its slot. @param page host address of the page of messages
	 * @return false if none waits or the slot is full */
	boolean deliver(long page, int sint) {
		Deque<Waiting> queue = queues[sint];
		long slot = MessageSlot.of(page, sint);
		if (queue.isEmpty() || !MessageSlot.free(slot)) {
			return false;
		}
		count--;
		Message message = queue.remove().message;
		MessageSlot.write(slot, message, !queue.isEmpty());
		return true;
	}

	/** Forgets what waits from a port. */
	void remove(Port port) {
		Deque<Waiting> queue = queues[port.info().targetSint()];
		count -= queue.size();
		queue.removeIf(waiting -> waiting.port == port);
		count += queue.size();
	}
}
