package mshv.backend.emu.apic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * A local APIC in xAPIC or x2APIC mode (Intel SDM vol. 3, chapter 11).
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

	private static final long BASE_PAGE = 0xFFFFFFF000L;
	private static final long DEFAULT_PAGE = 0xFEE00000L;
	/** Integrated APIC, six LVT entries, EOI broadcasts can be suppressed. */
	private static final int VERSION = 0x14 | 5 << 16 | 1 << 24;
	private static final int SOFTWARE_ENABLE = 0x100;
	private static final int SUPPRESS_BROADCAST = 0x1000;
	private static final int MASKED = 0x10000;
	private static final int LEVEL = 0x8000;
	private static final int ERROR_SENT_ILLEGAL = 0x20;
	private static final int ERROR_RECEIVED_ILLEGAL = 0x40;
	private static final int ERROR_ILLEGAL_REGISTER = 0x80;
	private static final int LOWEST_VECTOR = 16;
	/** LVT entries, from the timer on, and the bits that exist in each. */
	private static final int[] LVT_BITS = {0x710FF, 0x117FF, 0x117FF, 0x1F7FF, 0x1F7FF, 0x110FF};
	/** Delivery status and remote IRR are read only. */
	private static final int LVT_READ_ONLY = 0x5000;
	private static final int NO_VECTOR = -1;

	private static final VarHandle EXTERNAL_VECTOR;
	private static final VarHandle NMIS;
	private static final VarHandle ERRORS;

	static {
		try {
			MethodHandles.Lookup lookup = MethodHandles.lookup();
			EXTERNAL_VECTOR = lookup.findVarHandle(LocalApic.class, "externalVector", int.class);
			NMIS = lookup.findVarHandle(LocalApic.class, "nmis", int.class);
			ERRORS = lookup.findVarHandle(LocalApic.class, "errors", int.class);
		} catch (ReflectiveOperationException e) {
			throw new ExceptionInInitializerError(e);
		}
	}

	private final ApicBus bus;
	private final ApicOwner owner;
	private final ApicTimer timer;
	private final EoiAssist assist = new EoiAssist();
	private final int initialId;
	private final boolean x2apicOffered;
	private final long initialBase;

	private final VectorSet irr = new VectorSet();
	private final VectorSet isr = new VectorSet();
	private final VectorSet tmr = new VectorSet();
	/** Vectors whose service ends when it begins. */
	private final VectorSet automaticEnd = new VectorSet();
	private final AtomicIntegerArray lvt = new AtomicIntegerArray(LVT_BITS.length);

	private volatile long base;
	private volatile int id;
	private volatile int spurious;
	private volatile int logicalDestination;
	private volatile int destinationFormat;
	private volatile int taskPriority;
	private int icrLow;
	private int icrHigh;
	private int errorStatus;
	/** Highest vector in service, -1 if there is none. */
	private int inService = NO_VECTOR;

	/** Errors since the error status register was written. */
	private volatile int errors;
	/** Non-maskable interrupts that wait. */
	private volatile int nmis;
	private volatile int externalVector = NO_VECTOR;

	/** An APIC after RESET.
	 * @param id APIC id, 0 to 255
	 * @param present false for a processor without APIC: it stays disabled and accepts NMIs and external interrupts only
	 * @param x2apicOffered whether x2APIC mode may be entered
	 * @param bootstrap whether its processor is the bootstrap processor */
	public LocalApic(int id, boolean present, boolean x2apicOffered, boolean bootstrap, ApicBus bus, ApicOwner owner, ApicClock clock,
			TimerQueue timers) {
		initialId = id;
		this.x2apicOffered = x2apicOffered;
		this.bus = bus;
		this.owner = owner;
		initialBase = DEFAULT_PAGE | (present ? BASE_ENABLE : 0) | (bootstrap ? BASE_BOOTSTRAP : 0);
		timer = new ApicTimer(clock, timers, this::timerExpired);
		base = initialBase;
		resetRegisters();
	}

	/** What INIT does to the APIC: all but its mode, base and id. */
	public void reset() {
		resetRegisters();
	}

	private void resetRegisters() {
		id = initialId;
		spurious = 0xFF;
		taskPriority = 0;
		destinationFormat = -1;
		logicalDestination = x2apic() ? x2apicLogicalDestination() : 0;
		icrLow = 0;
		icrHigh = 0;
		errorStatus = 0;
		errors = 0;
		irr.clear();
		isr.clear();
		tmr.clear();
		inService = NO_VECTOR;
		nmis = 0;
		externalVector = NO_VECTOR;
		for (int i = 0; i < LVT_BITS.length; i++) {
			lvt.set(i, MASKED);
		}
		timer.reset();
		assist.withdraw();
	}

	/** Stops the timer for good. */
	public void close() {
		timer.reset();
	}

	// Mode

	/** @return IA32_APIC_BASE */
	public long base() {
		return base;
	}

	/** Writes IA32_APIC_BASE. @return false if a reserved bit is set or the change of mode is not allowed: nothing has changed */
	public boolean setBase(long value) {
		long old = base;
		long mode = BASE_ENABLE | BASE_X2APIC;
		if ((value & ~(BASE_PAGE | mode | BASE_BOOTSTRAP)) != 0 || (value & BASE_X2APIC) != 0 && !x2apicOffered) {
			return false;
		}
		if ((initialBase & BASE_ENABLE) == 0 && (value & mode) != 0 || (value & mode) == BASE_X2APIC) {
			return false;
		}
		boolean leavesX2apic = (old & BASE_X2APIC) != 0 && (value & mode) == BASE_ENABLE;
		boolean skipsXapic = (old & BASE_ENABLE) == 0 && (value & BASE_X2APIC) != 0;
		if (leavesX2apic || skipsXapic) {
			return false;
		}
		base = value;
		if ((old & mode) != (value & mode)) {
			if ((value & BASE_ENABLE) == 0) {
				resetRegisters();
			} else if ((value & BASE_X2APIC) != 0) {
				id = initialId;
				logicalDestination = x2apicLogicalDestination();
				icrHigh = 0;
			}
		}
		return true;
	}

	/** Restores IA32_APIC_BASE whatever the present mode. @return false if the value is never possible */
	public boolean restoreBase(long value) {
		long mode = value & (BASE_ENABLE | BASE_X2APIC);
		long old = base;
		if (mode == (BASE_ENABLE | BASE_X2APIC) && (old & BASE_ENABLE) == 0) {
			return setBase(value & ~BASE_X2APIC) && setBase(value);
		}
		if (mode == BASE_ENABLE && (old & BASE_X2APIC) != 0) {
			return setBase(value & ~(BASE_ENABLE | BASE_X2APIC)) && setBase(value);
		}
		return setBase(value);
	}

	/** @return guest-physical address of the register page in xAPIC mode, else -1 */
	public long page() {
		long value = base;
		return (value & (BASE_ENABLE | BASE_X2APIC)) == BASE_ENABLE ? value & BASE_PAGE : -1;
	}

	/** @return true in x2APIC mode */
	public boolean x2apic() {
		return (base & BASE_X2APIC) != 0;
	}

	private int x2apicLogicalDestination() {
		return initialId >>> 4 << 16 | 1 << (initialId & 15);
	}

	/** @return APIC id: 8 bits in xAPIC mode, 32 in x2APIC mode */
	public int id() {
		return id;
	}

	/** @return the version register */
	public int version() {
		return VERSION;
	}

	boolean accepting() {
		return (base & BASE_ENABLE) != 0 && (spurious & SOFTWARE_ENABLE) != 0;
	}

	int arbitrationPriority() {
		return Math.max(taskPriority, irr.highest()) & 0xF0;
	}

	boolean addressed(long destination, boolean logical) {
		long value = base;
		if ((value & BASE_ENABLE) == 0) {
			// NMI, INIT and external interrupts reach a processor whose APIC is disabled by its id
			return !logical && destination == initialId;
		}
		boolean wide = (value & BASE_X2APIC) != 0;
		if (destination == 0xFFFFFFFFL || !wide && destination == 0xFF) {
			return true;
		}
		if (!logical) {
			return destination == (id & 0xFFFFFFFFL);
		}
		int ldr = logicalDestination;
		if (wide) {
			return destination >>> 16 == ldr >>> 16 && (destination & ldr & 0xFFFF) != 0;
		}
		int own = ldr >>> 24;
		if (destinationFormat >>> 28 == 0xF) {
			return (own & destination) != 0;
		}
		return destination >>> 4 == own >>> 4 && (own & destination & 0xF) != 0;
	}

	// Arriving interrupts

	/** An interrupt arrives. Any thread.
	 * @param mode a constant of {@link DeliveryMode}; the lowest priority has been found out, so it counts as fixed */
	public void receive(int mode, int vector, boolean level) {
		switch (mode) {
			case DeliveryMode.FIXED, DeliveryMode.LOWEST_PRIORITY -> accept(vector, level);
			case DeliveryMode.NMI -> {
				addNmi();
				owner.interruptPending();
			}
			case DeliveryMode.INIT -> owner.initReceived();
			case DeliveryMode.STARTUP -> owner.startupReceived(vector & 0xFF);
			case DeliveryMode.EXTERNAL -> {
				externalVector = vector & 0xFF;
				owner.interruptPending();
			}
			default -> {
				// There is no system management mode
			}
		}
	}

	/** One is being serviced and one waits; before the first is taken, which hardware does at once, both wait. */
	private void addNmi() {
		for (;;) {
			int waiting = nmis;
			if (waiting >= (owner.nmiMasked() ? 1 : 2)) {
				// The one that waited may be the one that is serviced by now
				if (waiting == nmis) {
					return;
				}
			} else if (NMIS.compareAndSet(this, waiting, waiting + 1)) {
				return;
			}
		}
	}

	private void accept(int vector, boolean level) {
		if (!accepting()) {
			return;
		}
		if (vector < LOWEST_VECTOR) {
			error(ERROR_RECEIVED_ILLEGAL);
			return;
		}
		if (tmr.contains(vector) != level) {
			if (level) {
				tmr.add(vector);
			} else {
				tmr.remove(vector);
			}
		}
		irr.add(vector);
		owner.interruptPending();
	}

	private void error(int bit) {
		int before = (int) ERRORS.getAndBitwiseOr(this, bit);
		if ((before & bit) == 0) {
			deliverLocal(ApicRegister.LVT_ERROR, DeliveryMode.FIXED);
		}
	}

	/** Delivers what an LVT entry says. @param only the one delivery mode that the source has, -1 for that of the entry */
	private void deliverLocal(int register, int only) {
		int entry = lvt.get(register - ApicRegister.LVT_TIMER);
		if ((entry & MASKED) == 0) {
			int mode = only >= 0 ? only : entry >> 8 & 7;
			receive(mode, entry & 0xFF, mode == DeliveryMode.FIXED && only < 0 && (entry & LEVEL) != 0);
		}
	}

	private void timerExpired() {
		deliverLocal(ApicRegister.LVT_TIMER, DeliveryMode.FIXED);
	}

	/** A pulse on a local interrupt pin. Any thread.
	 * @param pin 0 or 1
	 * @param vector vector that an external controller would give, where the pin is set to take it from there */
	public void pulse(int pin, int vector) {
		if ((base & BASE_ENABLE) == 0) {
			// Without APIC the pins are INTR and NMI
			receive(pin == 0 ? DeliveryMode.EXTERNAL : DeliveryMode.NMI, vector, false);
			return;
		}
		int register = ApicRegister.LVT_LINT0 + pin;
		int entry = lvt.get(register - ApicRegister.LVT_TIMER);
		if ((entry & MASKED) == 0 && (entry >> 8 & 7) == DeliveryMode.EXTERNAL) {
			receive(DeliveryMode.EXTERNAL, vector, false);
		} else {
			deliverLocal(register, -1);
		}
	}

	/** Takes back an external interrupt that has not been acknowledged. Any thread. */
	public void clearExternal() {
		externalVector = NO_VECTOR;
	}

	// The processor's side

	/** @return true if a non-maskable interrupt was waiting; it no longer is */
	public boolean takeNmi() {
		int waiting = nmis;
		while (waiting != 0) {
			if (NMIS.compareAndSet(this, waiting, waiting - 1)) {
				return true;
			}
			waiting = nmis;
		}
		return false;
	}

	/** @return true if a non-maskable interrupt waits */
	public boolean nmiPending() {
		return nmis != 0;
	}

	/** @return true if {@link #acknowledge} would give a vector */
	public boolean deliverable() {
		synchronizeAssist();
		return externalVector >= 0 || accepting() && (irr.highest() & ~15) > priority();
	}

	/** @return vector of the interrupt to deliver now, from here on in service, or -1 if there is none */
	public int acknowledge() {
		if (externalVector >= 0) {
			int vector = (int) EXTERNAL_VECTOR.getAndSet(this, NO_VECTOR);
			if (vector >= 0) {
				return vector;
			}
		}
		synchronizeAssist();
		if (!accepting()) {
			return NO_VECTOR;
		}
		int vector = irr.highest();
		if ((vector & ~15) <= priority()) {
			return NO_VECTOR;
		}
		boolean nested = inService >= 0;
		irr.remove(vector);
		if (automaticEnd.contains(vector)) {
			return vector;
		}
		isr.add(vector);
		inService = vector;
		if (assist.available() && !nested && !tmr.contains(vector) && irr.highest() < 0) {
			assist.offer();
		}
		return vector;
	}

	/** Makes interrupts of a vector need no EOI, as those of synthetic interrupt sources may (TLFS 11.8.4). Any thread. */
	public void setAutomaticEnd(int vector, boolean automatic) {
		if (automatic) {
			automaticEnd.add(vector);
		} else {
			automaticEnd.remove(vector);
		}
	}

	/** Class of the processor priority: bits 4-7 of PPR. An empty set's -1 never is above it. */
	private int priority() {
		return Math.max(taskPriority, inService) & 0xF0;
	}

	private int processorPriority() {
		int service = inService < 0 ? 0 : inService & 0xF0;
		return (taskPriority & 0xF0) >= service ? taskPriority : service;
	}

	/** Ends what the guest ended through the assist page; takes the offer back if an interrupt waits for the end. */
	private void synchronizeAssist() {
		if (assist.used()) {
			end();
		} else if (irr.highest() >= 0) {
			assist.withdraw();
		}
	}

	/** The processor ends the service of its highest interrupt. */
	public void endOfInterrupt() {
		synchronizeAssist();
		assist.withdraw();
		end();
		recheck();
	}

	private void end() {
		int vector = inService;
		if (vector < 0) {
			return;
		}
		isr.remove(vector);
		inService = isr.highest();
		owner.interruptEnded();
		if (tmr.contains(vector) && (spurious & SUPPRESS_BROADCAST) == 0) {
			owner.levelInterruptEnded(vector);
		}
	}

	private void recheck() {
		if (deliverable()) {
			owner.interruptPending();
		}
	}

	/** @return the task-priority register, 8 bits */
	public int taskPriority() {
		return taskPriority;
	}

	/** @param priority new value of the task-priority register, 8 bits */
	public void setTaskPriority(int priority) {
		boolean lowered = priority < taskPriority;
		taskPriority = priority;
		if (lowered) {
			recheck();
		}
	}

	/** Where the guest wants its "no EOI required" bit. @param address host address of the assist page, 0 for none */
	public void setAssistPage(long address) {
		synchronizeAssist();
		assist.withdraw();
		assist.setField(address);
	}

	/** Fires the timer if it has expired. Any thread. */
	public void pollTimer() {
		timer.poll();
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

	// xAPIC page

	/** Reads the register page. @param offset within the page @param size bytes @return the value; 0 where there is no register */
	public long readPage(int offset, int size) {
		if ((offset & 15) > 3) {
			return 0;
		}
		int register = offset >> 4;
		if (!readable(register)) {
			error(ERROR_ILLEGAL_REGISTER);
			return 0;
		}
		long value = (register == ApicRegister.ID ? id << 24 : read(register)) & 0xFFFFFFFFL;
		long shifted = value >>> 8 * (offset & 3);
		return size >= 8 ? shifted : shifted & (1L << 8 * size) - 1;
	}

	/** Writes the register page; only aligned 32-bit writes have an effect. */
	public void writePage(int offset, int size, long value) {
		if ((offset & 15) != 0 || size != 4) {
			return;
		}
		int register = offset >> 4;
		int bits = (int) value;
		switch (register) {
			case ApicRegister.EOI -> endOfInterrupt();
			case ApicRegister.LDR -> logicalDestination = bits & 0xFF000000;
			case ApicRegister.DFR -> destinationFormat = bits | 0x0FFFFFFF;
			case ApicRegister.ICR_HIGH -> icrHigh = bits & 0xFF000000;
			case ApicRegister.ICR_LOW -> {
				icrLow = bits & 0xCCFFF;
				sendCommand(icrHigh >>> 24);
			}
			case ApicRegister.ERROR_STATUS -> latchErrors();
			default -> {
				if (writable(register)) {
					write(register, bits);
				} else if (!readable(register)) {
					error(ERROR_ILLEGAL_REGISTER);
				}
			}
		}
	}

	// x2APIC registers

	/** Reads an x2APIC register.
	 * @param register MSR index minus 0x800
	 * @return the value, -1 if there is no such register to read */
	public long readRegister(int register) {
		if (!x2apic() || !readable(register) || register == ApicRegister.DFR || register == ApicRegister.ICR_HIGH
				|| register == ApicRegister.APR || register == ApicRegister.REMOTE_READ) {
			return -1;
		}
		if (register == ApicRegister.ICR_LOW) {
			// It never has all bits set: -1 is free to mean none
			return command();
		}
		return read(register) & 0xFFFFFFFFL;
	}

	/** Writes an x2APIC register. @return false if there is none to write, or a reserved bit is set */
	public boolean writeRegister(int register, long value) {
		if (!x2apic()) {
			return false;
		}
		if (register == ApicRegister.ICR_LOW) {
			if ((value & 0xFFF32000L) != 0) {
				return false;
			}
			icrLow = (int) value & 0xCCFFF & ~0x1000;
			icrHigh = (int) (value >>> 32);
			sendCommand(icrHigh & 0xFFFFFFFFL);
			return true;
		}
		long allowed = switch (register) {
			case ApicRegister.TPR, ApicRegister.SELF_IPI -> 0xFF;
			case ApicRegister.EOI, ApicRegister.ERROR_STATUS -> 0;
			case ApicRegister.SPURIOUS -> 0x13FF;
			case ApicRegister.INITIAL_COUNT -> 0xFFFFFFFFL;
			case ApicRegister.DIVIDE -> 0xB;
			case ApicRegister.LVT_TIMER, ApicRegister.LVT_THERMAL, ApicRegister.LVT_PERFORMANCE, ApicRegister.LVT_LINT0,
				ApicRegister.LVT_LINT1, ApicRegister.LVT_ERROR -> LVT_BITS[register - ApicRegister.LVT_TIMER];
			default -> -1;
		};
		if (allowed < 0 || (value & ~allowed) != 0) {
			return false;
		}
		switch (register) {
			case ApicRegister.EOI -> endOfInterrupt();
			case ApicRegister.ERROR_STATUS -> latchErrors();
			case ApicRegister.SELF_IPI -> {
				icrLow = (int) value | 0x40000;
				selfInterrupt((int) value, false);
			}
			default -> write(register, (int) value);
		}
		return true;
	}

	/** @return the interrupt command register in the layout of the present mode, destination in the upper half */
	public long command() {
		return icrLow & 0xFFFFFFFFL | (long) icrHigh << 32;
	}

	/** Sends an interrupt, as a write to the interrupt command register does in the present mode.
	 * @return false if the APIC is disabled or a reserved bit is set */
	public boolean setCommand(long value) {
		if (x2apic()) {
			return writeRegister(ApicRegister.ICR_LOW, value);
		}
		if ((base & BASE_ENABLE) == 0) {
			return false;
		}
		writePage(ApicRegister.ICR_HIGH << 4, 4, value >>> 32);
		writePage(ApicRegister.ICR_LOW << 4, 4, value);
		return true;
	}

	// Both modes

	private static boolean readable(int register) {
		return switch (register) {
			case ApicRegister.ID, ApicRegister.VERSION, ApicRegister.TPR, ApicRegister.APR, ApicRegister.PPR, ApicRegister.REMOTE_READ,
				ApicRegister.LDR, ApicRegister.DFR, ApicRegister.SPURIOUS, ApicRegister.ERROR_STATUS, ApicRegister.ICR_LOW,
				ApicRegister.ICR_HIGH, ApicRegister.INITIAL_COUNT, ApicRegister.CURRENT_COUNT, ApicRegister.DIVIDE -> true;
			default -> register >= ApicRegister.ISR && register < ApicRegister.ERROR_STATUS
				|| register >= ApicRegister.LVT_TIMER && register <= ApicRegister.LVT_ERROR;
		};
	}

	private static boolean writable(int register) {
		return register == ApicRegister.TPR || register == ApicRegister.SPURIOUS || register == ApicRegister.INITIAL_COUNT
			|| register == ApicRegister.DIVIDE || register >= ApicRegister.LVT_TIMER && register <= ApicRegister.LVT_ERROR;
	}

	private int read(int register) {
		return switch (register) {
			case ApicRegister.ID -> id;
			case ApicRegister.VERSION -> VERSION;
			case ApicRegister.TPR -> taskPriority;
			case ApicRegister.APR -> arbitrationPriority();
			case ApicRegister.PPR -> {
				synchronizeAssist();
				yield processorPriority();
			}
			case ApicRegister.LDR -> logicalDestination;
			case ApicRegister.DFR -> destinationFormat;
			case ApicRegister.SPURIOUS -> spurious;
			case ApicRegister.ERROR_STATUS -> errorStatus;
			case ApicRegister.ICR_LOW -> icrLow;
			case ApicRegister.ICR_HIGH -> icrHigh;
			case ApicRegister.INITIAL_COUNT -> timer.initialCount();
			case ApicRegister.CURRENT_COUNT -> timer.currentCount();
			case ApicRegister.DIVIDE -> timer.divideRegister();
			default -> {
				if (register >= ApicRegister.LVT_TIMER && register <= ApicRegister.LVT_ERROR) {
					yield lvt.get(register - ApicRegister.LVT_TIMER);
				}
				if (register >= ApicRegister.IRR && register < ApicRegister.IRR + 8) {
					yield irr.register(register - ApicRegister.IRR);
				}
				if (register >= ApicRegister.TMR && register < ApicRegister.TMR + 8) {
					yield tmr.register(register - ApicRegister.TMR);
				}
				if (register >= ApicRegister.ISR && register < ApicRegister.ISR + 8) {
					synchronizeAssist();
					yield isr.register(register - ApicRegister.ISR);
				}
				yield 0;
			}
		};
	}

	private void write(int register, int value) {
		switch (register) {
			case ApicRegister.TPR -> setTaskPriority(value & 0xFF);
			case ApicRegister.SPURIOUS -> setSpurious(value & 0x13FF);
			case ApicRegister.INITIAL_COUNT -> timer.setInitialCount(value);
			case ApicRegister.DIVIDE -> timer.setDivideRegister(value);
			default -> setLocalVector(register, value);
		}
	}

	private void setSpurious(int value) {
		spurious = value;
		if ((value & SOFTWARE_ENABLE) == 0) {
			for (int i = 0; i < LVT_BITS.length; i++) {
				lvt.set(i, lvt.get(i) | MASKED);
			}
		} else {
			recheck();
		}
	}

	private void setLocalVector(int register, int value) {
		int index = register - ApicRegister.LVT_TIMER;
		int entry = value & LVT_BITS[index] & ~LVT_READ_ONLY;
		if ((spurious & SOFTWARE_ENABLE) == 0) {
			entry |= MASKED;
		}
		if (register == ApicRegister.LVT_TIMER) {
			// What has expired did so in the old mode
			timer.poll();
		}
		lvt.set(index, entry);
		if (register == ApicRegister.LVT_TIMER) {
			timer.setMode(entry >> 17 & 3);
		}
	}

	private void latchErrors() {
		errorStatus = (int) ERRORS.getAndSet(this, 0);
	}

	private void selfInterrupt(int vector, boolean level) {
		if (vector < LOWEST_VECTOR) {
			error(ERROR_SENT_ILLEGAL);
		}
		receive(DeliveryMode.FIXED, vector, level);
	}

	private void sendCommand(long destination) {
		int vector = icrLow & 0xFF;
		int mode = icrLow >> 8 & 7;
		boolean logical = (icrLow & 0x800) != 0;
		boolean level = (icrLow & LEVEL) != 0;
		boolean asserted = (icrLow & 0x4000) != 0;
		if (mode == DeliveryMode.INIT && level && !asserted) {
			// INIT level de-assert has no effect since the Pentium 4
			return;
		}
		boolean fixed = mode == DeliveryMode.FIXED || mode == DeliveryMode.LOWEST_PRIORITY;
		if (fixed && vector < LOWEST_VECTOR) {
			error(ERROR_SENT_ILLEGAL);
			return;
		}
		if (mode == 3 || mode == DeliveryMode.EXTERNAL) {
			return;
		}
		int shorthand = icrLow >> 18 & 3;
		if (mode == DeliveryMode.STARTUP && shorthand != 1
				&& bus.startupIntercepted(this, owner, vector, destination, logical, shorthand != 0, shorthand == 2)) {
			return;
		}
		// Fixed IPIs are edge triggered whatever the trigger mode bit says
		switch (shorthand) {
			case 0 -> bus.send(mode, vector, false, destination, logical);
			case 1 -> {
				if (fixed) {
					selfInterrupt(vector, false);
				}
			}
			case 2 -> bus.broadcast(mode, vector, false, null);
			default -> bus.broadcast(mode, vector, false, this);
		}
	}

	/** Access to the whole state by {@link ApicState}, while the processor stands. */
	int stateRegister(int register) {
		return read(register);
	}

	/** Restores one register, without the effects of a write, while the processor stands. */
	void restoreRegister(int register, int value) {
		switch (register) {
			case ApicRegister.ID -> id = x2apic() ? initialId : value >>> 24;
			case ApicRegister.TPR -> taskPriority = value & 0xFF;
			case ApicRegister.LDR -> logicalDestination = x2apic() ? x2apicLogicalDestination() : value & 0xFF000000;
			case ApicRegister.DFR -> destinationFormat = value | 0x0FFFFFFF;
			case ApicRegister.SPURIOUS -> spurious = value & 0x13FF;
			case ApicRegister.ERROR_STATUS -> errorStatus = value & 0xFF;
			case ApicRegister.ICR_LOW -> icrLow = value & 0xCCFFF;
			case ApicRegister.ICR_HIGH -> icrHigh = value;
			case ApicRegister.DIVIDE -> timer.setDivideRegister(value);
			default -> {
				if (register >= ApicRegister.LVT_TIMER && register <= ApicRegister.LVT_ERROR) {
					setLocalVector(register, value);
				} else if (register >= ApicRegister.IRR && register < ApicRegister.IRR + 8) {
					irr.setRegister(register - ApicRegister.IRR, value);
				} else if (register >= ApicRegister.TMR && register < ApicRegister.TMR + 8) {
					tmr.setRegister(register - ApicRegister.TMR, value);
				} else if (register >= ApicRegister.ISR && register < ApicRegister.ISR + 8) {
					isr.setRegister(register - ApicRegister.ISR, value);
					inService = isr.highest();
				}
			}
		}
	}

	void restoreTimer(int initialCount, int currentCount) {
		timer.restoreCounts(initialCount, currentCount);
	}

	/** After the registers were restored: an interrupt may be deliverable. */
	void restored() {
		recheck();
	}
}
