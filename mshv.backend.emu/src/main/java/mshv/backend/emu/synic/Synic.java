package mshv.backend.emu.synic;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import mshv.api.HvStatus;
import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.apic.DeliveryMode;
import mshv.backend.emu.apic.LocalApic;
import mshv.backend.emu.guest.Overlays;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * The synthetic interrupt controller of one processor (TLFS chapter 11): sixteen sources, each with a slot for messages and 2048 event
 * flags. Any thread.
 * <p>
 * A message waits in a queue while its slot is full or its source masked; the slot's flag then asks the guest to write EOM. The queues are
 * part of the processor's state.
 */
public final class Synic {
	/** Number of event flags of a SINT. */
	public static final int FLAG_COUNT = EventFlags.COUNT;
	/** Most messages that wait for their slots: as many as the saved state of a processor has room for. */
	public static final int MOST_WAITING = 15;

	private static final long VERSION = 1;
	private static final long PAGE = ~0xFFFL;
	private static final long SINT_POLLING = 1L << 18;
	/** Bits that a guest's SINT has: vector, masked, automatic EOI, polling. */
	private static final long SINT_BITS = 0xFF | SyntheticMsr.SINT_MASKED | SyntheticMsr.SINT_AUTO_EOI | SINT_POLLING;
	private static final int LOWEST_VECTOR = 16;
	/** Reserved field of a message's header, which holds the SINT of one that waits in the saved state. */
	private static final int SINT_AT = 6;
	private static final int NO_VECTOR = -1;
	private static final int ALL_SINTS = (1 << SyntheticMsr.SINT_COUNT) - 1;

	private final Overlays overlays;
	private final LocalApic apic;
	/** Told that a SINT which is watched became deliverable. */
	private final Runnable deliverableListener;
	private final long messages;
	private final long flags;
	/** Owners of the two overlays. */
	private final Object messageOverlay = new Object();
	private final Object flagsOverlay = new Object();
	private final long[] sints = new long[SyntheticMsr.SINT_COUNT];
	private final List<ArrayDeque<Message>> queues = new ArrayList<>();
	private long control;
	private long messagePage;
	private long flagsPage;
	/** Messages that wait, of all SINTs. */
	private volatile int waiting;
	/** What waits was restored, and the slots may not have been: nothing is delivered before the processor executes. */
	private volatile boolean held;
	/** SINTs, one bit each, whose deliverability is to be told. */
	private volatile int watched;
	/** SINTs, one bit each, whose deliverability has to be told now. */
	private volatile int deliverable;

	/** A SynIC that is disabled, all SINTs masked.
	 * @param messages host address of a page for messages, alive as long as the processor
	 * @param flags host address of a page for event flags
	 * @param deliverableListener told, on any thread, that {@link #takeDeliverable} has something; must not block */
	public Synic(Overlays overlays, LocalApic apic, long messages, long flags, Runnable deliverableListener) {
		this.overlays = overlays;
		this.apic = apic;
		this.deliverableListener = deliverableListener;
		this.messages = messages;
		this.flags = flags;
		Arrays.fill(sints, SyntheticMsr.SINT_MASKED);
		for (int i = 0; i < SyntheticMsr.SINT_COUNT; i++) {
			queues.add(new ArrayDeque<>());
		}
		RAW.fill(messages, PhysicalMemory.PAGE_SIZE, (byte) 0);
		RAW.fill(flags, PhysicalMemory.PAGE_SIZE, (byte) 0);
	}

	// Registers

	/** @return whether the SynIC has this MSR */
	public static boolean has(int index) {
		return index >= SyntheticMsr.SCONTROL && index <= SyntheticMsr.EOM
			|| index >= SyntheticMsr.SINT0 && index < SyntheticMsr.SINT0 + SyntheticMsr.SINT_COUNT;
	}

	/** @param index of an MSR that the SynIC {@link #has} */
	public synchronized long read(int index) {
		return switch (index) {
			case SyntheticMsr.SCONTROL -> control;
			case SyntheticMsr.SVERSION -> VERSION;
			case SyntheticMsr.SIEFP -> flagsPage;
			case SyntheticMsr.SIMP -> messagePage;
			case SyntheticMsr.EOM -> 0;
			default -> sints[index - SyntheticMsr.SINT0];
		};
	}

	/** @param index of an MSR that the SynIC {@link #has}
	 * @return false if it is read only or cannot have the value: nothing has changed */
	public boolean write(int index, long value) {
		switch (index) {
			case SyntheticMsr.SCONTROL -> {
				if ((value & ~SyntheticMsr.ENABLE) != 0) {
					return false;
				}
				synchronized (this) {
					control = value;
				}
			}
			case SyntheticMsr.SVERSION -> {
				return false;
			}
			case SyntheticMsr.SIEFP -> {
				if (!validPage(value)) {
					return false;
				}
				setPage(flagsOverlay, flags, flagsPage, value);
				synchronized (this) {
					flagsPage = value;
				}
			}
			case SyntheticMsr.SIMP -> {
				if (!validPage(value)) {
					return false;
				}
				setPage(messageOverlay, messages, messagePage, value);
				synchronized (this) {
					messagePage = value;
				}
			}
			case SyntheticMsr.EOM -> {
				// Whatever the value; the slots are looked at below
			}
			default -> {
				if (!setSint(index - SyntheticMsr.SINT0, value)) {
					return false;
				}
			}
		}
		deliver();
		return true;
	}

	private static boolean validPage(long value) {
		return (value & PAGE & ~PhysicalMemory.ADDRESS_MASK) == 0;
	}

	/** Lays a page over guest memory, or takes it away: it stays the same page, and is empty when it is enabled. */
	private void setPage(Object owner, long host, long before, long value) {
		if ((value & SyntheticMsr.ENABLE) == 0) {
			overlays.remove(owner);
			return;
		}
		if ((before & SyntheticMsr.ENABLE) == 0) {
			RAW.fill(host, PhysicalMemory.PAGE_SIZE, (byte) 0);
		}
		if ((before & SyntheticMsr.ENABLE) == 0 || ((before ^ value) & PAGE) != 0) {
			overlays.install(owner, value >>> PhysicalMemory.PAGE_SHIFT, host | PhysicalMemory.READ | PhysicalMemory.WRITE);
		}
	}

	private synchronized boolean setSint(int sint, long value) {
		boolean needsVector = (value & (SyntheticMsr.SINT_MASKED | SINT_POLLING)) == 0;
		if ((value & ~SINT_BITS) != 0 || needsVector && (value & 0xFF) < LOWEST_VECTOR) {
			return false;
		}
		int before = (int) sints[sint] & 0xFF;
		sints[sint] = value;
		updateAutomaticEnd(before);
		updateAutomaticEnd((int) value & 0xFF);
		return true;
	}

	/** A vector ends by itself if a SINT that raises it says so. */
	private void updateAutomaticEnd(int vector) {
		boolean automatic = false;
		for (long sint : sints) {
			automatic |= (sint & 0xFF) == vector && (sint & SyntheticMsr.SINT_AUTO_EOI) != 0 && vector(sint) != NO_VECTOR;
		}
		apic.setAutomaticEnd(vector, automatic);
	}

	/** @return vector that a SINT raises, NO_VECTOR if it raises none */
	private static int vector(long sint) {
		return (sint & (SyntheticMsr.SINT_MASKED | SINT_POLLING)) == 0 ? (int) sint & 0xFF : NO_VECTOR;
	}

	private void raise(int sint) {
		int vector = vector(sints[sint]);
		if (vector != NO_VECTOR) {
			raiseVector(vector);
		}
	}

	/** Raises an interrupt of the processor, without a SINT. */
	void raiseVector(int vector) {
		apic.receive(DeliveryMode.FIXED, vector, false);
	}

	// Messages

	/** @return true if messages can reach the processor: the SynIC and its message page are enabled */
	public synchronized boolean acceptsMessages() {
		return (control & messagePage & SyntheticMsr.ENABLE) != 0;
	}

	/** Sends a message: it is in its slot, or waits for it.
	 * @param sint 0 to 15
	 * @return SUCCESS; INVALID_SYNIC_STATE if no messages are accepted; INSUFFICIENT_BUFFERS if too many wait */
	public synchronized HvStatus post(int sint, Message message) {
		if (!acceptsMessages()) {
			return HvStatus.INVALID_SYNIC_STATE;
		}
		ArrayDeque<Message> queue = queues.get(sint);
		if (queue.isEmpty() && !held && place(sint, message, false)) {
			return HvStatus.SUCCESS;
		}
		if (waiting == MOST_WAITING) {
			return HvStatus.INSUFFICIENT_BUFFERS;
		}
		queue.add(message);
		waiting++;
		return HvStatus.SUCCESS;
	}

	/** Sends a message whose sender keeps it while it cannot be delivered. @return false if it must be offered again */
	synchronized boolean offer(int sint, Message message) {
		return acceptsMessages() && !held && queues.get(sint).isEmpty() && place(sint, message, false);
	}

	private boolean keepsBack(int sint) {
		return (sints[sint] & (SyntheticMsr.SINT_MASKED | SINT_POLLING)) == SyntheticMsr.SINT_MASKED;
	}

	/** Puts a message into its slot, or asks for EOM if that is full. */
	private boolean place(int sint, Message message, boolean more) {
		if (keepsBack(sint)) {
			return false;
		}
		long slot = MessageSlot.of(messages, sint);
		if (!MessageSlot.free(slot)) {
			return false;
		}
		MessageSlot.write(slot, message, more);
		raise(sint);
		return true;
	}

	/** @return true if a message waits for its slot */
	public boolean waiting() {
		return waiting != 0;
	}

	/** Fills free slots with messages that wait, and tells of those that stay free. */
	public void deliver() {
		if (waiting == 0 && watched == 0) {
			return;
		}
		synchronized (this) {
			if (!acceptsMessages() || held) {
				return;
			}
			for (int sint = 0; sint < SyntheticMsr.SINT_COUNT; sint++) {
				ArrayDeque<Message> queue = queues.get(sint);
				if (!queue.isEmpty() && place(sint, queue.element(), queue.size() > 1)) {
					queue.remove();
					waiting--;
				}
			}
			lookAtWatched();
		}
	}

	// Deliverability

	/** @return SINTs, one bit each, whose deliverability is to be told */
	public synchronized int watched() {
		return watched | deliverable;
	}

	/** Sets the SINTs whose deliverability is to be told, once each: that a message for them would find its slot free.
	 * @param sints one bit each */
	public synchronized void watch(int sints) {
		deliverable = 0;
		watched = sints & ALL_SINTS;
		lookAtWatched();
	}

	private void lookAtWatched() {
		int now = 0;
		for (int rest = watched; rest != 0; rest &= rest - 1) {
			int sint = Integer.numberOfTrailingZeros(rest);
			if (acceptsMessages() && !held && !keepsBack(sint) && queues.get(sint).isEmpty() && MessageSlot.free(MessageSlot.of(messages, sint))) {
				now |= 1 << sint;
			}
		}
		if (now != 0) {
			watched &= ~now;
			deliverable |= now;
			deliverableListener.run();
		}
	}

	/** @return SINTs, one bit each, that became deliverable: to be told now, and only once */
	public int takeDeliverable() {
		if (deliverable == 0) {
			return 0;
		}
		synchronized (this) {
			int sints = deliverable;
			deliverable = 0;
			return sints;
		}
	}

	// Event flags

	/** Sets an event flag, and raises the SINT's interrupt if it was clear.
	 * @param sint 0 to 15
	 * @param flag below {@link #FLAG_COUNT}
	 * @return SUCCESS if the flag was clear, NO_DATA if it was set, INVALID_SYNIC_STATE if no events are accepted */
	public synchronized HvStatus signal(int sint, int flag) {
		if ((control & flagsPage & SyntheticMsr.ENABLE) == 0) {
			return HvStatus.INVALID_SYNIC_STATE;
		}
		if (!EventFlags.set(flags, sint, flag)) {
			return HvStatus.NO_DATA;
		}
		raise(sint);
		return HvStatus.SUCCESS;
	}

	// State of the pages

	/** Copies the page of messages out. @param to host address of a page */
	public void saveMessages(long to) {
		RAW.copy(messages, to, PhysicalMemory.PAGE_SIZE);
	}

	/** Copies the page of messages in. @param from host address of a page */
	public void restoreMessages(long from) {
		RAW.copy(from, messages, PhysicalMemory.PAGE_SIZE);
	}

	/** Copies the messages that wait out, in the layout of slots with the SINT's number in the reserved field of the header.
	 * @param to host address of {@link #MOST_WAITING} messages
	 * @return number of messages */
	public synchronized int saveWaiting(long to) {
		long at = to;
		for (int sint = 0; sint < SyntheticMsr.SINT_COUNT; sint++) {
			for (Message message : queues.get(sint)) {
				MessageSlot.write(at, message, false);
				RAW.putShort(at + SINT_AT, (short) sint);
				at += Message.SIZE;
			}
		}
		return (int) (at - to) / Message.SIZE;
	}

	/** Replaces the messages that wait; they go on waiting until the processor executes.
	 * @param from host address of what {@link #saveWaiting} wrote
	 * @param count number of messages
	 * @return false if these can be no messages: nothing has changed */
	public synchronized boolean restoreWaiting(long from, int count) {
		if (count < 0 || count > MOST_WAITING) {
			return false;
		}
		for (int i = 0; i < count; i++) {
			long at = from + (long) i * Message.SIZE;
			if (RAW.getInt(at) == 0 || MessageSlot.payloadSize(at) > Message.MAX_PAYLOAD || RAW.getShort(at + SINT_AT) < 0
					|| RAW.getShort(at + SINT_AT) >= SyntheticMsr.SINT_COUNT) {
				return false;
			}
		}
		queues.forEach(ArrayDeque::clear);
		for (int i = 0; i < count; i++) {
			long at = from + (long) i * Message.SIZE;
			queues.get(RAW.getShort(at + SINT_AT)).add(MessageSlot.read(at));
		}
		waiting = count;
		held = true;
		return true;
	}

	/** The processor executes next: what was restored is complete. */
	public void release() {
		if (held) {
			synchronized (this) {
				held = false;
			}
			deliver();
		}
	}

	/** Copies the page of event flags out. @param to host address of a page */
	public void saveFlags(long to) {
		RAW.copy(flags, to, PhysicalMemory.PAGE_SIZE);
	}

	/** Copies the page of event flags in. @param from host address of a page */
	public void restoreFlags(long from) {
		RAW.copy(from, flags, PhysicalMemory.PAGE_SIZE);
	}

	/** Takes the overlays away for good; nothing is written to the pages any more, whoever still sends. */
	public void close() {
		synchronized (this) {
			control = 0;
		}
		overlays.remove(messageOverlay);
		overlays.remove(flagsOverlay);
	}
}
