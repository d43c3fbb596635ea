package mshv.backend.emu.synic;

import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.apic.LocalApic;
import mshv.backend.emu.apic.TimerQueue;
import mshv.backend.emu.apic.WakeUp;
import mshv.backend.emu.guest.GuestInterface;
import mshv.backend.emu.guest.SyntheticFeatures;

/**
 * The SynIC and the synthetic timers of one processor together, as MSRs and as what the processor does for them. Any thread.
 */
public final class SynicMsrs {
	/** Configuration of the first timer; its count and those of the others follow. */
	public static final int STIMER0_CONFIG = 0x400000B0;

	private final boolean synicOffered;
	private final boolean timersOffered;
	private final Synic synic;
	private final SyntheticTimers timers;

	/** @param messages host address of a page for messages, alive as long as the processor
	 * @param flags host address of a page for event flags
	 * @param deliverableListener see {@link Synic} */
	public SynicMsrs(GuestInterface guest, LocalApic apic, TimerQueue queue, WakeUp.Keeper keeper, long messages, long flags,
			Runnable deliverableListener) {
		// Without an APIC there is nothing to interrupt
		boolean apicThere = guest.features().apic();
		synicOffered = apicThere && guest.offers(SyntheticFeatures.SYNIC);
		timersOffered = apicThere && guest.offers(SyntheticFeatures.SYNTHETIC_TIMERS);
		synic = new Synic(guest.overlays(), apic, messages, flags, deliverableListener);
		timers = new SyntheticTimers(guest.clock(), queue, keeper, synic, guest.offers(SyntheticFeatures.DIRECT_TIMERS));
	}

	/** @return the SynIC */
	public Synic synic() {
		return synic;
	}

	/** @return the timers */
	public SyntheticTimers timers() {
		return timers;
	}

	private static boolean isTimer(int index) {
		return index >= STIMER0_CONFIG && index < STIMER0_CONFIG + 2 * SyntheticTimers.COUNT;
	}

	/** @return whether the guest is offered a SynIC */
	public boolean synicOffered() {
		return synicOffered;
	}

	/** @return whether the guest is offered this MSR */
	public boolean has(int index) {
		return isTimer(index) ? timersOffered : synicOffered && Synic.has(index);
	}

	/** @param index of an MSR of the SynIC or of a timer, offered or not */
	public long read(int index) {
		return isTimer(index) ? timers.read(index - STIMER0_CONFIG) : synic.read(index);
	}

	/** @param index of an MSR of the SynIC or of a timer, offered or not
	 * @return false if it is read only or cannot have the value: nothing has changed */
	public boolean write(int index, long value) {
		if (isTimer(index)) {
			return timers.write(index - STIMER0_CONFIG, value);
		}
		boolean written = synic.write(index, value);
		timers.retry();
		return written;
	}

	/** The service of an interrupt has ended: messages that wait are tried again. */
	public void interruptEnded() {
		synic.deliver();
		timers.retry();
	}

	/** The processor goes away. */
	public void close() {
		timers.close();
		synic.close();
	}

	/** @param register low half of HV_REGISTER_NAME of a SynIC register: SINTs, then SCONTROL and those that follow
	 * @return index of its MSR, -1 if there is none */
	public static int synicRegister(int register) {
		int index = register < SyntheticMsr.SINT_COUNT ? SyntheticMsr.SINT0 + register
			: SyntheticMsr.SCONTROL + register - SyntheticMsr.SINT_COUNT;
		return Synic.has(index) ? index : -1;
	}

	/** @param register low half of HV_REGISTER_NAME of a timer's register
	 * @return index of its MSR, -1 if there is none */
	public static int timerRegister(int register) {
		return register < 2 * SyntheticTimers.COUNT ? STIMER0_CONFIG + register : -1;
	}
}
