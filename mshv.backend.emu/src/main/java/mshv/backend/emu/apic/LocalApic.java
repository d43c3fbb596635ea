package mshv.backend.emu.apic;

/**
 * A local APIC in xAPIC or x2APIC mode (Intel SDM vol. 3, chapter 11): puts its parts together, and leads arriving interrupts to them.
 * <p>
 * What the processor does (registers, acknowledging, ending) happens on its thread, or on another while it stands; interrupts arrive on
 * any thread. No method on the processor's way to its next instruction takes a lock, but for setting the timer.
 */
public final class LocalApic {
	/** Bit of APIC_BASE: the bootstrap processor. */
	public static final long BASE_BOOTSTRAP = 1 << 8;
	/** Bit of APIC_BASE: x2APIC mode. */
	public static final long BASE_X2APIC = 1 << 10;
	/** Bit of APIC_BASE: the APIC is enabled. */
	public static final long BASE_ENABLE = 1 << 11;

	final Destination destination;
	final InterruptQueue queue;
	final InterruptCommand command;
	final ApicTimer timer;
	final LocalVectorTable lvt = new LocalVectorTable();
	final ErrorStatus errors = new ErrorStatus();
	final RegisterAccess registers = new RegisterAccess(this);

	private final ApicOwner owner;
	private final ApicBase base;
	private final NmiLatch nmis;

	/** An APIC after RESET.
	 * @param id APIC id, 0 to 255
	 * @param present false for a processor without APIC: it stays disabled and accepts NMIs and external interrupts only
	 * @param x2apicOffered whether x2APIC mode may be entered
	 * @param bootstrap whether its processor is the bootstrap processor */
	public LocalApic(int id, boolean present, boolean x2apicOffered, boolean bootstrap, ApicBus bus, ApicOwner owner, ApicClock clock,
			TimerQueue timers, WakeUp.Keeper keeper) {
		this.owner = owner;
		base = new ApicBase(present, x2apicOffered, bootstrap);
		destination = new Destination(base, id);
		queue = new InterruptQueue(base, owner);
		nmis = new NmiLatch(owner);
		command = new InterruptCommand(this, bus, owner);
		timer = new ApicTimer(clock, timers, keeper, () -> deliverLocal(ApicRegister.LVT_TIMER, DeliveryMode.FIXED));
		reset();
	}

	/** What INIT does to the APIC: all but its mode, base and id. */
	public void reset() {
		destination.reset();
		command.reset();
		errors.reset();
		queue.reset();
		nmis.clear();
		lvt.reset();
		timer.reset();
	}

	/** Stops the timer for good. */
	public void close() {
		timer.close();
	}

	// Mode

	/** @return IA32_APIC_BASE */
	public long base() {
		return base.value();
	}

	/** Writes IA32_APIC_BASE. @return false if a reserved bit is set or the change of mode is not allowed: nothing has changed */
	public boolean setBase(long value) {
		long before = base.value();
		if (!base.set(value)) {
			return false;
		}
		if (ApicBase.mode(before) != ApicBase.mode(value)) {
			if (!base.enabled()) {
				reset();
			} else if (base.x2apic()) {
				destination.enterX2apic();
				command.enterX2apic();
			}
		}
		return true;
	}

	/** Restores IA32_APIC_BASE whatever the present mode. @return false if the value is never possible */
	public boolean restoreBase(long value) {
		long mode = ApicBase.mode(value);
		if (mode == (BASE_ENABLE | BASE_X2APIC) && !base.enabled()) {
			return setBase(value & ~BASE_X2APIC) && setBase(value);
		}
		if (mode == BASE_ENABLE && base.x2apic()) {
			return setBase(value & ~(BASE_ENABLE | BASE_X2APIC)) && setBase(value);
		}
		return setBase(value);
	}

	/** @return guest-physical address of the register page in xAPIC mode, else -1 */
	public long page() {
		return base.page();
	}

	/** @return true in x2APIC mode */
	public boolean x2apic() {
		return base.x2apic();
	}

	/** @return APIC id: 8 bits in xAPIC mode, 32 in x2APIC mode */
	public int id() {
		return destination.id();
	}

	/** @return the version register */
	public int version() {
		return RegisterAccess.VERSION;
	}

	// Arriving interrupts

	/** An interrupt arrives. Any thread.
	 * @param mode a constant of {@link DeliveryMode}; the lowest priority has been found out, so it counts as fixed */
	public void receive(int mode, int vector, boolean level) {
		switch (mode) {
			case DeliveryMode.FIXED, DeliveryMode.LOWEST_PRIORITY -> accept(vector, level);
			case DeliveryMode.NMI -> {
				nmis.add();
				owner.interruptPending();
			}
			case DeliveryMode.INIT -> owner.initReceived();
			case DeliveryMode.STARTUP -> owner.startupReceived(vector & 0xFF);
			case DeliveryMode.EXTERNAL -> queue.requestExternal(vector & 0xFF);
			default -> {
				// There is no system management mode
			}
		}
	}

	private void accept(int vector, boolean level) {
		if (!queue.accepting()) {
			return;
		}
		if (vector < InterruptCommand.LOWEST_VECTOR) {
			error(ErrorStatus.RECEIVED_ILLEGAL_VECTOR);
			return;
		}
		queue.request(vector, level);
	}

	/** An error occurred. Any thread. @param error a constant of {@link ErrorStatus} */
	void error(int error) {
		if (errors.add(error)) {
			deliverLocal(ApicRegister.LVT_ERROR, DeliveryMode.FIXED);
		}
	}

	/** Delivers what an LVT entry says. @param only the one delivery mode that the source has, -1 for that of the entry */
	private void deliverLocal(int register, int only) {
		int entry = lvt.get(register);
		if ((entry & LocalVectorTable.MASKED) == 0) {
			int mode = only >= 0 ? only : LocalVectorTable.deliveryMode(entry);
			receive(mode, entry & 0xFF, mode == DeliveryMode.FIXED && only < 0 && (entry & LocalVectorTable.LEVEL) != 0);
		}
	}

	/** A pulse on a local interrupt pin. Any thread.
	 * @param pin 0 or 1
	 * @param vector vector that an external controller would give, where the pin is set to take it from there */
	public void pulse(int pin, int vector) {
		if (!base.enabled()) {
			// Without APIC the pins are INTR and NMI
			receive(pin == 0 ? DeliveryMode.EXTERNAL : DeliveryMode.NMI, vector, false);
			return;
		}
		int register = ApicRegister.LVT_LINT0 + pin;
		int entry = lvt.get(register);
		if ((entry & LocalVectorTable.MASKED) == 0 && LocalVectorTable.deliveryMode(entry) == DeliveryMode.EXTERNAL) {
			receive(DeliveryMode.EXTERNAL, vector, false);
		} else {
			deliverLocal(register, -1);
		}
	}

	/** Takes back an external interrupt that has not been acknowledged. Any thread. */
	public void clearExternal() {
		queue.clearExternal();
	}

	// The processor's side

	/** @return true if a non-maskable interrupt was waiting; it no longer is */
	public boolean takeNmi() {
		return nmis.take();
	}

	/** @return true if a non-maskable interrupt waits */
	public boolean nmiPending() {
		return nmis.pending();
	}

	/** @return true if an interrupt waits, whatever the priorities */
	public boolean pending() {
		return queue.pending();
	}

	/** @return true if {@link #acknowledge} would give a vector */
	public boolean deliverable() {
		return queue.deliverable();
	}

	/** @return vector of the interrupt to deliver now, from here on in service, or -1 if there is none */
	public int acknowledge() {
		return queue.acknowledge();
	}

	/** Makes interrupts of a vector need no EOI, as those of synthetic interrupt sources may (TLFS 11.8.4). Any thread. */
	public void setAutomaticEnd(int vector, boolean automatic) {
		queue.setAutomaticEnd(vector, automatic);
	}

	/** The processor ends the service of its highest interrupt. */
	public void endOfInterrupt() {
		queue.endOfInterrupt();
	}

	/** @return the task-priority register, 8 bits */
	public int taskPriority() {
		return queue.taskPriority();
	}

	/** @param priority new value of the task-priority register, 8 bits */
	public void setTaskPriority(int priority) {
		queue.setTaskPriority(priority);
	}

	/** Where the guest wants its "no EOI required" bit. @param address host address of the assist page, 0 for none */
	public void setAssistPage(long address) {
		queue.setAssistPage(address);
	}

	/** Fires the timer if it has expired. Any thread. */
	public void pollTimer() {
		timer.poll();
	}

	/** Leaves it to the caller to {@link #pollTimer} in time, until the timer is set or {@link #releaseTimer}. Any thread.
	 * @return nanoseconds until then, Long.MAX_VALUE if the timer does not run */
	public long holdTimer() {
		return timer.hold();
	}

	/** Has the queue see to the timer, which ends {@link #holdTimer}. Any thread. */
	public void releaseTimer() {
		timer.release();
	}

	/** Guest time was changed or started again. Any thread. */
	public void clockChanged() {
		timer.clockChanged();
	}

	/** @return IA32_TSC_DEADLINE */
	public long timeStampDeadline() {
		return timer.timeStampDeadline();
	}

	/** Writes IA32_TSC_DEADLINE. */
	public void setTimeStampDeadline(long timeStamp) {
		timer.setTimeStampDeadline(timeStamp);
		timer.poll();
	}

	// Registers

	/** Reads the register page. @param offset within the page @param size bytes @return the value; 0 where there is no register */
	public long readPage(int offset, int size) {
		return registers.readPage(offset, size);
	}

	/** Writes the register page; only aligned 32-bit writes have an effect. */
	public void writePage(int offset, int size, long value) {
		registers.writePage(offset, size, value);
	}

	/** Reads an x2APIC register.
	 * @param register MSR index minus 0x800
	 * @return the value, -1 if there is no such register to read */
	public long readRegister(int register) {
		return registers.readMsr(register);
	}

	/** Writes an x2APIC register. @return false if there is none to write, or a reserved bit is set */
	public boolean writeRegister(int register, long value) {
		return registers.writeMsr(register, value);
	}

	/** @return the interrupt command register in the layout of the present mode, destination in the upper half */
	public long command() {
		return command.value();
	}

	/** Sends an interrupt, as a write to the interrupt command register does in the present mode.
	 * @return false if the APIC is disabled or a reserved bit is set */
	public boolean setCommand(long value) {
		if (base.x2apic()) {
			return command.send64(value);
		}
		if (!base.enabled()) {
			return false;
		}
		command.setHigh((int) (value >>> 32));
		command.sendLow((int) value);
		return true;
	}
}
