package mshv.backend.emu.hypercall;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.System.Logger.Level;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import mshv.api.abi.MessageType;
import mshv.api.abi.SyntheticMsr;
import mshv.api.abi.VpSignalPairMessage;
import mshv.api.hypercall.HypercallInterface.InterruptHandler;
import mshv.backend.emu.apic.TimerQueue;
import mshv.backend.emu.partition.Host;
import mshv.backend.emu.partition.VirtualProcessor;

/**
 * The synthetic interrupt controller of the root's one logical processor (TLFS chapter 11): its MSRs, and messages in the slot of SINT 0.
 * <p>
 * A processor that became ready waits in a set until the slot is free, so however busy the root is, what waits is bounded by the number of
 * processors. Messages are posted, and interrupts raised, on the hypervisor's own thread. Any thread.
 */
public final class RootSynic implements Host.VpSignals {
	private static final System.Logger LOG = System.getLogger(RootSynic.class.getName());

	private static final int MESSAGE_SINT = 0;
	private static final int VERSION = 1;
	private static final long PAGE = ~0xFFFL;
	private static final long ADDRESS_LIMIT = 1L << 47;
	/** Bits of a SINT that exist: vector, masked, automatic EOI, polling, as intercept, proxy. */
	private static final long SINT_BITS = 0x1F00FF;
	private static final long SINT_POLLING = 1L << 18;
	private static final int LOWEST_VECTOR = 16;
	private static final int FLAGS = 5;
	private static final int PENDING = 1;
	private static final int PAYLOAD = 16;
	private static final int PAYLOAD_SIZE = VpSignalPairMessage.SIZE - PAYLOAD;
	private static final int COUNT = PAYLOAD + 4, PARTITIONS = PAYLOAD + 8, PROCESSORS = PAYLOAD + 160;
	private static final int NO_INTERRUPT = -1;

	private final TimerQueue thread;
	private final Set<VirtualProcessor> ready = new LinkedHashSet<>();
	private final long[] sints = new long[SyntheticMsr.SINT_COUNT];
	private long control;
	private long messagePage;
	private long eventPage;

	/** Held while the handler runs. */
	private final ReentrantLock handling = new ReentrantLock();
	private InterruptHandler handler;

	/** A SynIC that is disabled, all SINTs masked.
	 * @param thread the hypervisor's thread */
	public RootSynic(TimerQueue thread) {
		this.thread = thread;
		Arrays.fill(sints, SyntheticMsr.SINT_MASKED);
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
				case SyntheticMsr.EOM -> {
					// The slot is looked at below
				}
				default -> sints[sint(index)] = value;
			}
			if (ready.isEmpty()) {
				return;
			}
		}
		thread.schedule(this::deliver, 0);
	}

	private static boolean validPage(long value) {
		long address = value & PAGE;
		return (value & SyntheticMsr.ENABLE) == 0 || address > 0 && address < ADDRESS_LIMIT;
	}

	private static boolean validSint(int sint, long value) {
		boolean vectorNeeded = (value & (SyntheticMsr.SINT_MASKED | SINT_POLLING)) == 0;
		return (value & ~SINT_BITS) == 0 && (!vectorNeeded || (value & 0xFF) >= LOWEST_VECTOR);
	}

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

	private void deliver() {
		int vector;
		synchronized (this) {
			vector = post();
		}
		if (vector != NO_INTERRUPT) {
			interrupt(vector);
		}
	}

	/** Posts a message if one waits and the slot is free. @return vector of the interrupt that announces it */
	private int post() {
		if (ready.isEmpty() || (control & SyntheticMsr.ENABLE) == 0 || (messagePage & SyntheticMsr.ENABLE) == 0) {
			return NO_INTERRUPT;
		}
		long slot = (messagePage & PAGE) + (long) MESSAGE_SINT * VpSignalPairMessage.SIZE;
		if (RAW.getInt(slot) != MessageType.NONE) {
			RAW.putByte(slot + FLAGS, (byte) PENDING);
			VarHandle.fullFence();
			// Freed before the flag was there: nobody would ask for the next message
			if (RAW.getInt(slot) != MessageType.NONE) {
				return NO_INTERRUPT;
			}
		}
		write(slot);
		long sint = sints[MESSAGE_SINT];
		return (sint & (SyntheticMsr.SINT_MASKED | SINT_POLLING)) == 0 ? (int) sint & 0xFF : NO_INTERRUPT;
	}

	/** The type is written last: it makes the slot the root's. */
	private void write(long slot) {
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
		RAW.putByte(slot + 4, (byte) PAYLOAD_SIZE);
		RAW.putByte(slot + FLAGS, (byte) (ready.isEmpty() ? 0 : PENDING));
		VarHandle.fullFence();
		RAW.putInt(slot, MessageType.SCHEDULER_VP_SIGNAL_PAIR);
	}

	private void interrupt(int vector) {
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
