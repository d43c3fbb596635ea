package mshv.backend.emu.hypercall;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.System.Logger.Level;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

import mshv.api.HvStatus;
import mshv.api.abi.MessageType;
import mshv.api.abi.SyntheticMsr;
import mshv.api.abi.VpSignalPairMessage;
import mshv.api.hypercall.HypercallInterface.InterruptHandler;
import mshv.backend.emu.apic.TimerQueue;
import mshv.backend.emu.partition.Host;
import mshv.backend.emu.partition.VirtualProcessor;
import mshv.backend.emu.synic.EventFlags;
import mshv.backend.emu.synic.Message;
import mshv.backend.emu.synic.MessageSlot;

/**
 * The synthetic interrupt controller of the root's one logical processor (TLFS chapter 11): its MSRs, the hypervisor's messages in the slot
 * of SINT 0, messages and event flags of guests on the other SINTs, and event rings.
 * <p>
 * A processor that became ready waits in a set until the slot is free, so however busy the root is, what waits is bounded by the number of
 * processors. Its messages are posted, and their interrupts raised, on the hypervisor's own thread, because it may become ready anywhere.
 * A doorbell, message or event of a guest is announced on the thread that sends it. Any thread.
 */
public final class RootSynic implements Host.VpSignals, AutoCloseable {
	private static final System.Logger LOG = System.getLogger(RootSynic.class.getName());

	/** SINT of the hypervisor's own messages. */
	static final int MESSAGE_SINT = 0;
	private static final int VERSION = 1;
	private static final long PAGE = ~0xFFFL;
	private static final long ADDRESS_LIMIT = 1L << 47;
	/** Bits of a SINT that exist: vector, masked, automatic EOI, polling, as intercept, proxy. */
	private static final long SINT_BITS = 0x1F00FF;
	private static final long SINT_POLLING = 1L << 18;
	private static final int LOWEST_VECTOR = 16;
	private static final int PENDING = 1;
	private static final int SENDER = 8;
	private static final int PAYLOAD = 16;
	private static final int PAYLOAD_SIZE = VpSignalPairMessage.SIZE - PAYLOAD;
	private static final int COUNT = PAYLOAD + 4, PARTITIONS = PAYLOAD + 8, PROCESSORS = PAYLOAD + 160;
	/** Payload of a SINT's intercept message: its number. */
	private static final int SINT_PAYLOAD_SIZE = 8;
	private static final int NO_INTERRUPT = -1;

	private static final int COMPLETION_PAYLOAD_SIZE = 24;

	/** A call that was pending. */
	private record Completion(long partition, HvStatus status) {}

	private final TimerQueue thread;
	private final Set<VirtualProcessor> ready = new LinkedHashSet<>();
	private final EventRings rings = new EventRings();
	private final PortMessages portMessages = new PortMessages();
	private final Set<VirtualProcessor> intercepted = new LinkedHashSet<>();
	private final Deque<Completion> completions = new ArrayDeque<>();
	private final long[] sints = new long[SyntheticMsr.SINT_COUNT];
	/** SINTs, one bit each, whose signals are to be announced by a message. */
	private int announced;
	private long control;
	private long messagePage;
	private long eventPage;
	private boolean ringsEnabled;
	private boolean closed;

	/** Held while the handler runs. */
	private final ReentrantLock handling = new ReentrantLock();
	private InterruptHandler handler;

	/** A SynIC that is disabled, all SINTs masked.
	 * @param thread the hypervisor's thread */
	public RootSynic(TimerQueue thread) {
		this.thread = thread;
		Arrays.fill(sints, SyntheticMsr.SINT_MASKED);
	}

	/** Frees the rings. The last that happens to it. */
	@Override
	public synchronized void close() {
		if (!closed) {
			closed = true;
			ringsEnabled = false;
			rings.close();
		}
	}

	/** See {@link mshv.api.hypercall.HypercallInterface#setInterruptHandler}. */
	public void setInterruptHandler(InterruptHandler handler) {
		handling.lock();
		try {
			this.handler = handler;
		} finally {
			handling.unlock();
		}
	}

	/** See {@link mshv.api.hypercall.HypercallInterface#readMsr}. */
	public synchronized long readMsr(int index) {
		return switch (index) {
			case SyntheticMsr.SCONTROL -> control;
			case SyntheticMsr.SVERSION -> VERSION;
			case SyntheticMsr.SIEFP -> eventPage;
			case SyntheticMsr.SIMP -> messagePage;
			case SyntheticMsr.SIRBP -> rings.page() | (ringsEnabled ? SyntheticMsr.ENABLE : 0);
			case SyntheticMsr.EOM -> 0;
			default -> sints[sint(index)];
		};
	}

	private static int sint(int index) {
		int sint = index - SyntheticMsr.SINT0;
		if (sint < 0 || sint >= SyntheticMsr.SINT_COUNT) {
			throw new IllegalArgumentException("no MSR 0x" + Integer.toHexString(index));
		}
		return sint;
	}

	/** See {@link mshv.api.hypercall.HypercallInterface#writeMsr}. */
	public void writeMsr(int index, long value) {
		synchronized (this) {
			boolean valid = switch (index) {
				case SyntheticMsr.SCONTROL -> (value & ~SyntheticMsr.ENABLE) == 0;
				case SyntheticMsr.SIEFP, SyntheticMsr.SIMP -> validPage(value);
				// The hypervisor gives the page
				case SyntheticMsr.SIRBP -> (value & ~SyntheticMsr.ENABLE) == rings.page();
				case SyntheticMsr.EOM -> value == 0;
				case SyntheticMsr.SVERSION -> false;
				default -> validSint(sint(index), value);
			};
			if (!valid) {
				throw new IllegalArgumentException("MSR 0x" + Integer.toHexString(index) + ": value 0x" + Long.toHexString(value));
			}
			switch (index) {
				case SyntheticMsr.SCONTROL -> control = value;
				case SyntheticMsr.SIEFP -> eventPage = value;
				case SyntheticMsr.SIMP -> messagePage = value;
				case SyntheticMsr.SIRBP -> enableRings((value & SyntheticMsr.ENABLE) != 0);
				case SyntheticMsr.EOM -> {
					// The slot is looked at below
				}
				default -> sints[sint(index)] = value;
			}
			if (nothingWaits() && portMessages.isEmpty()) {
				return;
			}
		}
		thread.schedule(this::deliver, 0);
	}

	/** Both ends begin at the first place of an empty ring. */
	private void enableRings(boolean enable) {
		if (closed) {
			return;
		}
		if (enable && !ringsEnabled) {
			rings.reset();
		}
		ringsEnabled = enable;
	}

	private static boolean validPage(long value) {
		return (value & SyntheticMsr.ENABLE) == 0 || validAddress(value & PAGE);
	}

	/** @return true if a page of the root may have this address */
	static boolean validAddress(long page) {
		return page > 0 && page < ADDRESS_LIMIT;
	}

	private static boolean validSint(int sint, long value) {
		boolean vectorNeeded = (value & (SyntheticMsr.SINT_MASKED | SINT_POLLING)) == 0;
		return (value & ~SINT_BITS) == 0 && (!vectorNeeded || (value & 0xFF) >= LOWEST_VECTOR);
	}

	private boolean enabled() {
		return (control & SyntheticMsr.ENABLE) != 0;
	}

	// Doorbells

	/** Rings a doorbell port: puts it into the ring of its SINT and raises the interrupt, here and now. One that is deleted stays silent. */
	void ring(Port port) {
		int vector;
		synchronized (this) {
			if (port.deleted || !enabled() || !ringsEnabled || !rings.put(port)) {
				return;
			}
			vector = announce(port.info().targetSint());
		}
		interrupt(vector);
	}

	/** The root has taken all out of a ring that was full. */
	void ringEmpty(int sint) {
		int vector;
		synchronized (this) {
			if (!ringsEnabled || !rings.empty(sint)) {
				return;
			}
			vector = announce(sint);
		}
		interrupt(vector);
	}

	/** When this returns, nothing new comes from the port; what is in the ring or in a slot stays there. */
	synchronized void delete(Port port) {
		port.deleted = true;
		rings.remove(port);
		portMessages.remove(port);
	}

	/** @return vector of the interrupt that announces something in the ring */
	private int announce(int sint) {
		if ((sints[sint] & SyntheticMsr.SINT_AS_INTERCEPT) == 0) {
			return vector(sint);
		}
		if ((sints[sint] & SyntheticMsr.SINT_MASKED) != 0) {
			return NO_INTERRUPT;
		}
		announced |= 1 << sint;
		return post();
	}

	// Messages and events of partitions

	/** Delivers a message for a port of the root, here and now if its slot is free.
	 * @return INVALID_PORT_ID if the port is deleted, INVALID_SYNIC_STATE if the root takes no messages, INSUFFICIENT_BUFFERS if too many
	 *         wait */
	HvStatus post(Port port, Message message) {
		int vector;
		synchronized (this) {
			if (port.deleted) {
				return HvStatus.INVALID_PORT_ID;
			}
			if (!acceptsMessages()) {
				return HvStatus.INVALID_SYNIC_STATE;
			}
			if (!portMessages.add(port, message)) {
				return HvStatus.INSUFFICIENT_BUFFERS;
			}
			vector = deliverPortMessage(port.info().targetSint());
		}
		interrupt(vector);
		return HvStatus.SUCCESS;
	}

	/** Sets an event flag for a port of the root; one that is set already tells the root as well.
	 * @return as of {@link #post} */
	HvStatus signal(Port port, int flag) {
		return signal(port, flag, this::interrupt);
	}

	/** As {@link #signal(Port, int)}, for callers that hold locks: the interrupt comes later, on the hypervisor's own thread. */
	HvStatus signalLater(Port port, int flag) {
		return signal(port, flag, vector -> thread.schedule(() -> interrupt(vector), 0));
	}

	private HvStatus signal(Port port, int flag, IntConsumer interrupt) {
		int vector;
		synchronized (this) {
			if (port.deleted) {
				return HvStatus.INVALID_PORT_ID;
			}
			if (!enabled() || (eventPage & SyntheticMsr.ENABLE) == 0) {
				return HvStatus.INVALID_SYNIC_STATE;
			}
			int sint = port.info().targetSint();
			vector = EventFlags.set(eventPage & PAGE, sint, flag) ? vector(sint) : NO_INTERRUPT;
		}
		if (vector != NO_INTERRUPT) {
			interrupt.accept(vector);
		}
		return HvStatus.SUCCESS;
	}

	private boolean acceptsMessages() {
		return enabled() && (messagePage & SyntheticMsr.ENABLE) != 0;
	}

	/** @return vector of the interrupt that announces a message that is in its slot now */
	private int deliverPortMessage(int sint) {
		boolean masked = (sints[sint] & (SyntheticMsr.SINT_MASKED | SINT_POLLING)) == SyntheticMsr.SINT_MASKED;
		return acceptsMessages() && !masked && portMessages.deliver(messagePage & PAGE, sint) ? vector(sint) : NO_INTERRUPT;
	}

	// Messages of the hypervisor

	@Override
	public boolean signal(VirtualProcessor processor) {
		synchronized (this) {
			if (!ready.add(processor)) {
				return false;
			}
		}
		thread.schedule(this::deliver, 0);
		return true;
	}

	/** A processor that the hypervisor executes has a message in its intercept page. Any thread. */
	public void intercepted(VirtualProcessor processor) {
		synchronized (this) {
			intercepted.add(processor);
		}
		thread.schedule(this::deliver, 0);
	}

	/** A call that was pending is done. Any thread. */
	void completed(long partition, HvStatus status) {
		synchronized (this) {
			completions.add(new Completion(partition, status));
		}
		deliver();
	}

	private boolean nothingWaits() {
		return ready.isEmpty() && intercepted.isEmpty() && announced == 0 && completions.isEmpty();
	}

	private void deliver() {
		for (int sint = 0; sint < SyntheticMsr.SINT_COUNT; sint++) {
			int vector;
			synchronized (this) {
				vector = sint == MESSAGE_SINT ? post() : deliverPortMessage(sint);
			}
			interrupt(vector);
		}
	}

	/** Posts a message if one waits and the slot is free. @return vector of the interrupt that announces it */
	private int post() {
		long slot = MessageSlot.of(messagePage & PAGE, MESSAGE_SINT);
		if (nothingWaits() || !acceptsMessages() || !MessageSlot.free(slot)) {
			return NO_INTERRUPT;
		}
		if (announced != 0) {
			writeSintIntercept(slot);
		} else if (!completions.isEmpty()) {
			writeCompletion(slot);
		} else if (ready.isEmpty()) {
			writeIntercept(slot);
		} else {
			writeReady(slot);
		}
		return vector(MESSAGE_SINT);
	}

	private int vector(int sint) {
		return (sints[sint] & (SyntheticMsr.SINT_MASKED | SINT_POLLING)) == 0 ? (int) sints[sint] & 0xFF : NO_INTERRUPT;
	}

	private void writeSintIntercept(long slot) {
		int sint = Integer.numberOfTrailingZeros(announced);
		announced &= announced - 1;
		RAW.putLong(slot + 8, 0);
		RAW.putLong(slot + PAYLOAD, sint);
		finish(slot, SINT_PAYLOAD_SIZE, MessageType.SYNIC_SINT_INTERCEPT);
	}

	private void writeCompletion(long slot) {
		Completion completion = completions.remove();
		RAW.putLong(slot + SENDER, 0);
		RAW.putLong(slot + PAYLOAD, completion.partition);
		// One call is done
		RAW.putLong(slot + PAYLOAD + 8, completion.status.code() | 1L << 32);
		RAW.putLong(slot + PAYLOAD + 16, 0);
		finish(slot, COMPLETION_PAYLOAD_SIZE, MessageType.ASYNC_CALL_COMPLETION);
	}

	private void writeReady(long slot) {
		RAW.fill(slot + 4, VpSignalPairMessage.SIZE - 4, (byte) 0);
		int count = 0;
		Iterator<VirtualProcessor> waiting = ready.iterator();
		while (count < VpSignalPairMessage.MAX_PAIRS && waiting.hasNext()) {
			VirtualProcessor processor = waiting.next();
			waiting.remove();
			RAW.putLong(slot + PARTITIONS + 8L * count, processor.partition().id());
			RAW.putInt(slot + PROCESSORS + 4L * count, processor.index());
			count++;
		}
		RAW.putByte(slot + COUNT, (byte) count);
		finish(slot, PAYLOAD_SIZE, MessageType.SCHEDULER_VP_SIGNAL_PAIR);
	}

	/** The type is written last: it makes the slot the root's. */
	private void finish(long slot, int size, int type) {
		RAW.putInt(slot + 4, size | (nothingWaits() ? 0 : PENDING << 8));
		VarHandle.fullFence();
		RAW.putInt(slot, type);
	}

	/** Says whose intercept page has a message, not what it is. */
	private void writeIntercept(long slot) {
		VirtualProcessor processor = intercepted.iterator().next();
		intercepted.remove(processor);
		RAW.putLong(slot + SENDER, processor.partition().id());
		RAW.putInt(slot + PAYLOAD, processor.index());
		finish(slot, Integer.BYTES, MessageType.OPAQUE_INTERCEPT);
	}

	private void interrupt(int vector) {
		if (vector == NO_INTERRUPT) {
			return;
		}
		handling.lock();
		try {
			if (handler != null) {
				handler.interrupt(vector);
			}
		} catch (RuntimeException e) {
			LOG.log(Level.ERROR, "the root's interrupt handler", e);
		} finally {
			handling.unlock();
		}
	}
}
