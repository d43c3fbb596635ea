package mshv.backend.emu.partition;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.synic.Synic;

/**
 * What the root wants to be told of (DELIVERABILITY_NOTIFICATIONS): that it could inject an NMI or an interrupt into a processor without a
 * local APIC, or that a SINT's message slot is free. Each wish is fulfilled once. On the processor's thread or while it stands.
 */
final class DeliverabilityNotifications {
	/** HV_X64_PENDING_INTERRUPTION_TYPE of what is deliverable. */
	static final int INTERRUPT = 0, NMI = 2;

	private static final long NMI_WANTED = 1, INTERRUPT_WANTED = 2;
	private static final int PRIORITY_SHIFT = 2, SINT_SHIFT = 48;
	private static final long PRIORITY = 15L << PRIORITY_SHIFT, SINTS = 0xFFFFL << SINT_SHIFT;
	private static final int NOTHING = -1;

	private final Cpu cpu;
	private final Synic synic;
	/** Bits that this processor can have. */
	private final long possible;
	/** All but the SINTs, which the SynIC knows. */
	private long wanted;
	private int deliverable = NOTHING;

	/** @param apic whether the processor has a local APIC, which knows itself when it can deliver
	 * @param synicOffered whether it has a SynIC */
	DeliverabilityNotifications(Cpu cpu, Synic synic, boolean apic, boolean synicOffered) {
		this.cpu = cpu;
		this.synic = synic;
		possible = (apic ? 0 : NMI_WANTED | INTERRUPT_WANTED | PRIORITY) | (synicOffered ? SINTS : 0);
	}

	/** @return value of the register */
	long register() {
		return wanted | (long) synic.watched() << SINT_SHIFT;
	}

	/** @return false if the register cannot have the value: nothing has changed */
	boolean setRegister(long value) {
		if ((value & ~possible) != 0) {
			return false;
		}
		wanted = value & ~SINTS;
		deliverable = NOTHING;
		synic.watch((int) (value >>> SINT_SHIFT));
		lookAgain();
		return true;
	}

	/** What may keep an interrupt from being deliverable has changed. */
	void lookAgain() {
		if (wanted != 0) {
			cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
		}
	}

	/** An NMI could be delivered now: leaves guest execution if the root wants to know. */
	void nmiDeliverable() {
		if ((wanted & NMI_WANTED) != 0) {
			tell(NMI_WANTED, NMI);
		}
	}

	/** An interrupt could be delivered now: leaves guest execution if the root wants to know. @param taskPriority CR8 */
	void interruptDeliverable(int taskPriority) {
		long priority = (wanted & PRIORITY) >>> PRIORITY_SHIFT;
		if ((wanted & INTERRUPT_WANTED) != 0 && (priority == 0 || priority > taskPriority)) {
			tell(INTERRUPT_WANTED | PRIORITY, INTERRUPT);
		}
	}

	private void tell(long wish, int type) {
		wanted &= ~wish;
		deliverable = type;
		// What was about to be delivered, or is wanted as well, comes later
		cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
		throw cpu.leave(Exit.Kind.REQUESTED);
	}

	/** Writes a message if there is something to tell. @return false if not */
	boolean write(InterceptWriter intercept) {
		if (deliverable != NOTHING) {
			intercept.interruptionDeliverable(deliverable);
			deliverable = NOTHING;
			return true;
		}
		int sints = synic.takeDeliverable();
		if (sints != 0) {
			intercept.sintDeliverable(sints);
		}
		return sints != 0;
	}
}
