package mshv.core.synic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.EventRing;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.MessageHeader;
import mshv.api.abi.MessageType;
import mshv.api.abi.SyntheticMsr;
import mshv.api.hypercall.HypercallInterface;

/** A hypervisor's side of the SynIC: MSRs, the message slot of SINT 0 with what waits for it, and the event ring of SINT 5. */
final class FakeHypervisor implements HypercallInterface, AutoCloseable {
	final Map<Integer, Long> msrs = new TreeMap<>();
	/** MSR writes that changed something, in order. */
	final List<String> writes = new ArrayList<>();
	/** Times that the hypervisor was told of room in a ring. */
	int ringsEmptied;
	/** An MSR that cannot be written. */
	int broken;
	private final Arena arena = Arena.ofShared();
	private final MemorySegment rings = arena.allocate(4096, 4096);
	private final Deque<Consumer<MemorySegment>> waiting = new ArrayDeque<>();
	private final Deque<Consumer<MemorySegment>> waitingForPorts = new ArrayDeque<>();
	private InterruptHandler handler;
	private int head;

	FakeHypervisor(boolean withRing) {
		for (int msr : List.of(SyntheticMsr.SCONTROL, SyntheticMsr.SIEFP, SyntheticMsr.SIMP)) {
			msrs.put(msr, 0L);
		}
		msrs.put(SyntheticMsr.SIMP, 0x800L);
		if (withRing) {
			msrs.put(SyntheticMsr.SIRBP, rings.address());
		}
		for (int i = 0; i < SyntheticMsr.SINT_COUNT; i++) {
			msrs.put(SyntheticMsr.SINT0 + i, SyntheticMsr.SINT_MASKED);
		}
	}

	boolean connected() {
		return handler != null;
	}

	/** Delivers a message, or queues it while the slot is taken. */
	void post(int type, Consumer<MemorySegment> payload) {
		waiting.add(slot -> {
			new MessageHeader(type, 240, 0, 0).encode(slot);
			payload.accept(slot.asSlice(MessageHeader.SIZE));
		});
		if (slot().get(JAVA_INT_UNALIGNED, 0) == MessageType.NONE) {
			next();
			interrupt();
		} else {
			slot().set(JAVA_BYTE, 5, (byte) 1);
		}
	}

	/** Puts a guest's message into the slot of SINT 2, or queues it while that is taken. Announces nothing. */
	void postToPort(int port, int type, byte[] payload) {
		waitingForPorts.add(slot -> {
			new MessageHeader(type, payload.length, 0, port).encode(slot);
			MemorySegment.copy(payload, 0, slot, JAVA_BYTE, MessageHeader.SIZE, payload.length);
		});
		nextForPorts();
	}

	private void nextForPorts() {
		if (slot(2).get(JAVA_INT_UNALIGNED, 0) == MessageType.NONE && !waitingForPorts.isEmpty()) {
			waitingForPorts.remove().accept(slot(2));
		}
		if (!waitingForPorts.isEmpty()) {
			slot(2).set(JAVA_BYTE, 5, (byte) 1);
		}
	}

	/** Sets an event flag of SINT 2. Announces nothing. */
	@SuppressWarnings("restricted")
	void signal(int flag) {
		MemorySegment flags = MemorySegment.ofAddress((msrs.get(SyntheticMsr.SIEFP) & ~0xFFFL) + 2 * 256).reinterpret(256);
		flags.set(JAVA_BYTE, flag / 8, (byte) (flags.get(JAVA_BYTE, flag / 8) | 1 << flag % 8));
	}

	void interrupt() {
		handler.interrupt((int) (msrs.get(SyntheticMsr.SINT0) & 0xFF));
	}

	void interrupt(int vector) {
		handler.interrupt(vector);
	}

	/** Puts the next message into the slot. */
	private void next() {
		Consumer<MemorySegment> message = waiting.poll();
		if (message != null) {
			message.accept(slot());
			if (!waiting.isEmpty()) {
				slot().set(JAVA_BYTE, 5, (byte) 1);
			}
		}
	}

	MemorySegment slot() {
		return slot(0);
	}

	@SuppressWarnings("restricted")
	MemorySegment slot(int sint) {
		return MemorySegment.ofAddress((msrs.get(SyntheticMsr.SIMP) & ~0xFFFL) + 256L * sint).reinterpret(256);
	}

	/** Puts a port into the ring of SINT 5. @return false if it is full */
	boolean ring(int port) {
		MemorySegment ring = rings.asSlice(5 * EventRing.SIZE, EventRing.SIZE);
		long entry = EventRing.DATA + 4L * head;
		if (ring.get(JAVA_INT_UNALIGNED, entry) != 0) {
			ring.set(JAVA_BYTE, EventRing.RING_FULL, (byte) 1);
			return false;
		}
		ring.set(JAVA_INT_UNALIGNED, entry, port);
		head = (head + 1) % EventRing.ENTRIES;
		return true;
	}

	/** Announces the ring, unless the root has masked it. */
	void announce() {
		MemorySegment ring = rings.asSlice(5 * EventRing.SIZE, EventRing.SIZE);
		if (ring.get(JAVA_BYTE, EventRing.SIGNAL_MASKED) == 0) {
			ring.set(JAVA_BYTE, EventRing.SIGNAL_MASKED, (byte) 1);
			post(MessageType.SYNIC_SINT_INTERCEPT, payload -> payload.set(JAVA_INT_UNALIGNED, 0, 5));
		}
	}

	@Override
	public long hypercall(long control, long input, long output) {
		if (HypercallControl.code(control) == CallCode.NOTIFY_PORT_RING_EMPTY && HypercallControl.isFast(control) && input == 5) {
			ringsEmptied++;
			return HypercallResult.of(HvStatus.SUCCESS);
		}
		return HypercallResult.of(HvStatus.INVALID_HYPERCALL_CODE);
	}

	@Override
	public long readMsr(int index) {
		Long value = msrs.get(index);
		if (value == null) {
			throw new IllegalArgumentException("no MSR 0x" + Integer.toHexString(index));
		}
		return value;
	}

	@Override
	public void writeMsr(int index, long value) {
		if (index == SyntheticMsr.EOM) {
			if (slot().get(JAVA_INT_UNALIGNED, 0) == MessageType.NONE) {
				next();
			}
			nextForPorts();
			return;
		}
		if (index == broken) {
			throw new IllegalArgumentException("MSR 0x" + Integer.toHexString(index));
		}
		readMsr(index);
		msrs.put(index, value);
		long bit = index >= SyntheticMsr.SINT0 ? SyntheticMsr.SINT_MASKED : SyntheticMsr.ENABLE;
		writes.add(Integer.toHexString(index & 0xFF) + ((value & bit) != 0 ? "+" : "-"));
	}

	@Override
	public void setInterruptHandler(InterruptHandler handler) {
		this.handler = handler;
	}

	@Override
	public void close() {
		arena.close();
	}
}
