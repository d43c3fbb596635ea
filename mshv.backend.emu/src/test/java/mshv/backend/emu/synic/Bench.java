package mshv.backend.emu.synic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.apic.ApicBus;
import mshv.backend.emu.apic.ApicOwner;
import mshv.backend.emu.apic.LocalApic;
import mshv.backend.emu.apic.TimerQueue;
import mshv.backend.emu.apic.WakeUp;
import mshv.backend.emu.guest.GuestClock;
import mshv.backend.emu.guest.Overlays;
import mshv.backend.emu.guest.VpClock;
import mshv.backend.emu.memory.PhysicalMemory;

/** A SynIC and timers without a processor; the test looks into the pages as the guest would. */
final class Bench implements AutoCloseable, ApicOwner {
	/** SINTs that are set up, and their vectors. */
	static final int SINT = 2, VECTOR = 0x52, AUTOMATIC_SINT = 3, AUTOMATIC_VECTOR = 0x53;
	/** Guest pages of messages and event flags. */
	static final long MESSAGES = 5, FLAGS = 6;

	private static final int SPURIOUS = 0xF0;

	final Arena arena = Arena.ofShared();
	final MemorySegment messages = arena.allocate(4096, 4096);
	final MemorySegment flags = arena.allocate(4096, 4096);
	final PhysicalMemory memory = new PhysicalMemory();
	final GuestClock clock = new GuestClock(1_000_000_000);
	final TimerQueue queue = new TimerQueue();
	final LocalApic apic = new LocalApic(0, true, true, true, new ApicBus(), this, new VpClock(clock), queue, WakeUp.Keeper.NONE);
	/** Times that a SINT was told to be deliverable. */
	int told;
	final Synic synic = new Synic(new Overlays(memory, _ -> {}), apic, messages.address(), flags.address(), () -> told++);
	final SyntheticTimers timers = new SyntheticTimers(clock, queue, WakeUp.Keeper.NONE, synic, true);

	Bench() {
		apic.writePage(SPURIOUS, 4, 0x1FF);
		synic.write(SyntheticMsr.SIMP, MESSAGES << 12 | 1);
		synic.write(SyntheticMsr.SIEFP, FLAGS << 12 | 1);
		synic.write(SyntheticMsr.SINT0 + SINT, VECTOR);
		synic.write(SyntheticMsr.SINT0 + AUTOMATIC_SINT, AUTOMATIC_VECTOR | SyntheticMsr.SINT_AUTO_EOI);
		synic.write(SyntheticMsr.SCONTROL, 1);
	}

	/** @return type of the message in a slot */
	int type(int sint) {
		return messages.get(JAVA_INT_UNALIGNED, 256L * sint);
	}

	boolean pending(int sint) {
		return (messages.get(JAVA_BYTE, 256L * sint + 5) & 1) != 0;
	}

	/** Empties a slot without telling the hypervisor. */
	void clear(int sint) {
		messages.set(JAVA_INT_UNALIGNED, 256L * sint, 0);
	}

	/** Takes an interrupt and ends it. @return its vector, -1 if there is none */
	int interrupt() {
		int vector = apic.acknowledge();
		apic.endOfInterrupt();
		return vector;
	}

	@Override
	public void close() {
		timers.close();
		queue.close();
		arena.close();
	}

	@Override
	public boolean startupIntercepted(int apicId, int vector) {
		return false;
	}

	@Override
	public void interruptPending() {
		// The test looks for itself
	}

	@Override
	public boolean nmiMasked() {
		return false;
	}

	@Override
	public void initReceived() {
		throw new AssertionError();
	}

	@Override
	public void startupReceived(int vector) {
		throw new AssertionError();
	}

	@Override
	public void interruptEnded() {
		synic.deliver();
		timers.retry();
	}

	@Override
	public void levelInterruptEnded(int vector) {
		throw new AssertionError();
	}
}
