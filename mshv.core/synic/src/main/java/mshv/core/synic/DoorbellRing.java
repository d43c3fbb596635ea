package mshv.core.synic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

import mshv.api.abi.EventRing;

/** The root's end of an event ring: takes out the ids of the ports that were signalled. Used by one thread at a time. */
final class DoorbellRing {
	private static final VarHandle DATA = JAVA_INT.varHandle();

	private final MemorySegment ring;
	private final Runnable notifyEmpty;
	private int tail;

	/** @param ring {@link EventRing#SIZE} bytes, aligned
	 * @param notifyEmpty tells the hypervisor that a ring that was full has room */
	DoorbellRing(MemorySegment ring, Runnable notifyEmpty) {
		this.ring = ring;
		this.notifyEmpty = notifyEmpty;
	}

	/** Rings every port in the ring, until it is empty and the hypervisor will announce the next one. */
	void drain(PortTable ports) {
		for (int id = next(); id != 0; id = next()) {
			ports.ring(id);
		}
	}

	private int next() {
		int id = take();
		if (id == 0 && ring.get(JAVA_BYTE, EventRing.RING_FULL) != 0) {
			ring.set(JAVA_BYTE, EventRing.RING_FULL, (byte) 0);
			notifyEmpty.run();
			id = take();
		}
		if (id == 0) {
			ring.set(JAVA_BYTE, EventRing.SIGNAL_MASKED, (byte) 0);
			// An id that came before the mask was off was not announced: look once more after the mask is seen to be off
			VarHandle.fullFence();
			id = take();
			if (id != 0) {
				ring.set(JAVA_BYTE, EventRing.SIGNAL_MASKED, (byte) 1);
			}
		}
		return id;
	}

	private int take() {
		long entry = EventRing.DATA + 4L * tail;
		int id = (int) DATA.getAcquire(ring, entry);
		if (id != 0) {
			DATA.setRelease(ring, entry, 0);
			tail = (tail + 1) % EventRing.ENTRIES;
		}
		return id;
	}
}
