package mshv.backend.emu.guest;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

import mshv.backend.emu.memory.PhysicalMemory;

/**
 * The reference TSC page of a partition (TLFS 12.6): how the guest computes reference time from its time-stamp counter. It holds for all
 * processors, so it is usable only while their counters agree. Any thread.
 */
public final class ReferenceTscPage {
	private static final long ENABLE = 1;
	private static final long PAGE = ~0xFFFL;
	/** Counters agree if they differ by less than this part of a second: the unit of reference time. */
	private static final long TOLERANCE = GuestClock.REFERENCE_FREQUENCY;
	private static final int SEQUENCE = 0, SCALE = 8, OFFSET = 16;

	private final Overlays overlays;
	private final GuestClock clock;
	private final long host;
	private volatile long register;
	private final List<VpClock> processors = new ArrayList<>();
	private int sequence;

	/** @param host host address of a page, alive as long as the partition */
	public ReferenceTscPage(Overlays overlays, GuestClock clock, long host) {
		this.overlays = overlays;
		this.clock = clock;
		this.host = host;
		RAW.fill(host, PhysicalMemory.PAGE_SIZE, (byte) 0);
		clockChanged();
	}

	/** @return HV_X64_MSR_REFERENCE_TSC */
	public long register() {
		return register;
	}

	/** Writes HV_X64_MSR_REFERENCE_TSC. Bits 1 to 11 are kept. @return false if the page lies beyond physical memory */
	public synchronized boolean setRegister(long value) {
		if ((value & PAGE & ~PhysicalMemory.ADDRESS_MASK) != 0) {
			return false;
		}
		register = value;
		if ((value & ENABLE) != 0) {
			overlays.install(this, value >>> 12, host | PhysicalMemory.READ);
		} else {
			overlays.remove(this);
		}
		return true;
	}

	/** Adds a processor, whose counter must agree from now on. */
	public synchronized void add(VpClock processor) {
		processors.add(processor);
		clockChanged();
	}

	/** Removes a processor. */
	public synchronized void remove(VpClock processor) {
		processors.remove(processor);
		clockChanged();
	}

	/** Reference time or a processor's counter was set: the page follows. */
	public synchronized void clockChanged() {
		long offset = processors.isEmpty() ? 0 : processors.getFirst().offset();
		boolean usable = processors.stream().allMatch(other -> Math.abs(other.offset() - offset) <= clock.frequency() / TOLERANCE);
		RAW.putInt(host + SEQUENCE, 0);
		VarHandle.fullFence();
		RAW.putLong(host + SCALE, clock.referenceScale());
		RAW.putLong(host + OFFSET, clock.referenceOffset() - Math.multiplyHigh(offset, clock.referenceScale()));
		VarHandle.fullFence();
		sequence = sequence == Integer.MAX_VALUE ? 1 : sequence + 1;
		// 0 sends the guest to the reference counter MSR
		RAW.putInt(host + SEQUENCE, usable ? sequence : 0);
	}
}
