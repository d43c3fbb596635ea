package mshv.backend.emu.apic;

import java.util.Arrays;

/** Carries interrupts between the APICs of one partition, and to them from outside. Any thread. */
public final class ApicBus {
	private volatile LocalApic[] members = {};
	private volatile int rotation;

	/** A bus without APICs. */
	public ApicBus() {}

	/** Connects an APIC. */
	public synchronized void attach(LocalApic apic) {
		LocalApic[] extended = Arrays.copyOf(members, members.length + 1);
		extended[members.length] = apic;
		members = extended;
	}

	/** Disconnects an APIC. */
	public synchronized void detach(LocalApic apic) {
		members = Arrays.stream(members).filter(member -> member != apic).toArray(LocalApic[]::new);
	}

	/** Sends an interrupt to the APICs that a destination names.
	 * @param mode a constant of {@link DeliveryMode}
	 * @param vector interrupt vector
	 * @param level level triggered, else edge
	 * @param destination APIC id, or a logical set of APICs
	 * @param logical the destination is logical */
	public void send(int mode, int vector, boolean level, long destination, boolean logical) {
		if (mode == DeliveryMode.LOWEST_PRIORITY) {
			sendToLowest(vector, level, destination, logical);
			return;
		}
		for (LocalApic member : members) {
			if (member.destination.matches(destination, logical)) {
				member.receive(mode, vector, level);
			}
		}
	}

	/** Pulses a local interrupt pin of the APICs that a destination names.
	 * @param pin 0 or 1
	 * @param vector vector that an external controller would give */
	public void pulse(int pin, int vector, long destination, boolean logical) {
		for (LocalApic member : members) {
			if (member.destination.matches(destination, logical)) {
				member.pulse(pin, vector);
			}
		}
	}

	/** Tells the sender of start-up IPIs whom it would start.
	 * @param destination APIC id or logical set, not looked at if {@code all}
	 * @param self whether the sender is one of all
	 * @return true if the root is told of each of them instead */
	boolean startupIntercepted(LocalApic sender, ApicOwner owner, int vector, long destination, boolean logical, boolean all,
			boolean self) {
		boolean intercepted = false;
		for (LocalApic member : members) {
			if (all ? self || member != sender : member.destination.matches(destination, logical)) {
				intercepted |= owner.startupIntercepted(member.id(), vector);
			}
		}
		return intercepted;
	}

	/** Sends an interrupt to all APICs but one. @param except null for none */
	void broadcast(int mode, int vector, boolean level, LocalApic except) {
		for (LocalApic member : members) {
			if (member != except) {
				member.receive(mode, vector, level);
			}
		}
	}

	private void sendToLowest(int vector, boolean level, long destination, boolean logical) {
		LocalApic[] all = members;
		LocalApic best = null;
		// Equal priorities take turns
		int start = rotation;
		for (int i = 0; i < all.length; i++) {
			LocalApic member = all[Math.floorMod(start + i, all.length)];
			if (member.destination.matches(destination, logical) && member.queue.accepting()
					&& (best == null || member.queue.arbitrationPriority() < best.queue.arbitrationPriority())) {
				best = member;
			}
		}
		if (best != null) {
			rotation = start + 1;
			best.receive(DeliveryMode.FIXED, vector, level);
		}
	}
}
