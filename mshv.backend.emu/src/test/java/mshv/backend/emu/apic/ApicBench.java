package mshv.backend.emu.apic;

/** Four enabled APICs on one bus, and the time that they know. */
final class ApicBench implements AutoCloseable {
	static final int ID = 0x20, TPR = 0x80, PPR = 0xA0, EOI = 0xB0, LDR = 0xD0, DFR = 0xE0, SVR = 0xF0, ISR = 0x100, IRR = 0x200,
		ESR = 0x280, ICR = 0x300, ICR_HIGH = 0x310, LVT_TIMER = 0x320, LVT_LINT0 = 0x350, LVT_LINT1 = 0x360, INITIAL_COUNT = 0x380,
		CURRENT_COUNT = 0x390, DIVIDE = 0x3E0;

	/** Time that the test moves. */
	static final class Clock implements ApicClock {
		volatile long now = 1000;

		@Override
		public long nanoseconds() {
			return now;
		}

		@Override
		public boolean frozen() {
			// Keeps the queue's thread out: the test polls
			return true;
		}

		@Override
		public long nanosecondsAt(long timeStamp) {
			return timeStamp;
		}
	}

	final ApicBus bus = new ApicBus();
	final Clock clock = new Clock();
	final FakeOwner[] owners = new FakeOwner[4];
	final LocalApic[] apics = new LocalApic[4];
	final TimerQueue timers = new TimerQueue();

	ApicBench() {
		for (int i = 0; i < apics.length; i++) {
			owners[i] = new FakeOwner();
			apics[i] = new LocalApic(i, true, true, i == 0, bus, owners[i], clock, timers, WakeUp.Keeper.NONE);
			apics[i].writePage(SVR, 4, 0x1FF);
			bus.attach(apics[i]);
		}
	}

	LocalApic apic() {
		return apics[0];
	}

	@Override
	public void close() {
		timers.close();
	}
}
