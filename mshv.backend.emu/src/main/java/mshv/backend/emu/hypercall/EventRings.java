package mshv.backend.emu.hypercall;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.Arena;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

import mshv.api.abi.EventRing;
import mshv.api.abi.SyntheticMsr;

/**
 * The hypervisor's end of the root's event rings ({@link EventRing}), one for each SINT. A port that is rung while its ring is full waits,
 * once however often it is rung, until the root says that there is room. Used under the monitor of the SynIC.
 */
final class EventRings implements AutoCloseable {
	private static final int PAGE_SIZE = 4096;

	private final Arena arena = Arena.ofShared();
	private final long page = arena.allocate(PAGE_SIZE, PAGE_SIZE).address();
	private final int[] heads = new int[SyntheticMsr.SINT_COUNT];
	@SuppressWarnings({"unchecked", "rawtypes"})
	private final Deque<Port>[] waiting = new Deque[SyntheticMsr.SINT_COUNT];

	EventRings() {
		for (int sint = 0; sint < waiting.length; sint++) {
			waiting[sint] = new ArrayDeque<>();
		}
	}

	/** @return host address of the page of rings */
	long page() {
		return page;
	}

	/** Makes every ring empty. */
	void reset() {
		RAW.fill(page, PAGE_SIZE, (byte) 0);
		Arrays.fill(heads, 0);
		for (Deque<Port> ports : waiting) {
			ports.forEach(port -> port.waiting = false);
			ports.clear();
		}
	}

	/** Puts a port into its ring, or lets it wait.
	 * @return true if that must be announced to the root */
	boolean put(Port port) {
		int sint = port.info().targetSint();
		if (!waiting[sint].isEmpty() || !store(sint, port.id())) {
			if (!port.waiting) {
				port.waiting = true;
				waiting[sint].add(port);
			}
			fill(sint);
		}
		return announced(sint);
	}

	/** The root has found the ring empty: those that wait go in.
	 * @return true if that must be announced to the root */
	boolean empty(int sint) {
		if (waiting[sint].isEmpty()) {
			return false;
		}
		fill(sint);
		return announced(sint);
	}

	/** A port that is deleted waits no more. */
	void remove(Port port) {
		if (port.waiting) {
			port.waiting = false;
			waiting[port.info().targetSint()].remove(port);
		}
	}

	/** Moves ports that wait into the ring, as far as there is room. */
	private void fill(int sint) {
		long ring = ring(sint);
		while (!waiting[sint].isEmpty()) {
			// Set before the look at the place: the root empties the places first and looks at this last
			RAW.putByte(ring + EventRing.RING_FULL, (byte) 1);
			VarHandle.fullFence();
			if (!store(sint, waiting[sint].peek().id())) {
				return;
			}
			waiting[sint].remove().waiting = false;
		}
		RAW.putByte(ring + EventRing.RING_FULL, (byte) 0);
	}

	private long ring(int sint) {
		return page + (long) sint * EventRing.SIZE;
	}

	private boolean store(int sint, int id) {
		long place = ring(sint) + EventRing.DATA + 4L * heads[sint];
		if (RAW.getInt(place) != 0) {
			return false;
		}
		VarHandle.acquireFence();
		RAW.putInt(place, id);
		heads[sint] = (heads[sint] + 1) % EventRing.ENTRIES;
		return true;
	}

	/** The root takes the mask off, then looks at the ring once more: one of the two sees the other. */
	private boolean announced(int sint) {
		long mask = ring(sint) + EventRing.SIGNAL_MASKED;
		VarHandle.fullFence();
		if (RAW.getByte(mask) != 0) {
			return false;
		}
		RAW.putByte(mask, (byte) 1);
		return true;
	}

	/** Frees the page. Once more: no effect. */
	@Override
	public void close() {
		if (arena.scope().isAlive()) {
			arena.close();
		}
	}
}
