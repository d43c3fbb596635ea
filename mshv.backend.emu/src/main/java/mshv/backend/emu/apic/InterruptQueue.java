package mshv.backend.emu.apic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which interrupt a processor services next: requests, services and priorities (Intel SDM vol. 3, 11.8).
 * <p>
 * Interrupts are requested on any thread; the rest is for the processor's thread, or another while it stands. Nothing here takes a lock.
 */
final class InterruptQueue {
	private static final int SOFTWARE_ENABLE = 0x100;
	private static final int SUPPRESS_BROADCAST = 0x1000;
	static final int SPURIOUS_BITS = 0x13FF;
	private static final int NONE = -1;

	private static final VarHandle EXTERNAL;

	static {
		try {
			EXTERNAL = MethodHandles.lookup().findVarHandle(InterruptQueue.class, "external", int.class);
		} catch (ReflectiveOperationException e) {
			throw new ExceptionInInitializerError(e);
		}
	}

	private final ApicBase base;
	private final ApicOwner owner;
	private final EoiAssist assist = new EoiAssist();

	private final VectorSet irr = new VectorSet();
	private final VectorSet isr = new VectorSet();
	private final VectorSet tmr = new VectorSet();
	/** Vectors whose service ends when it begins. */
	private final VectorSet automaticEnd = new VectorSet();

	private volatile int spurious;
	private volatile int taskPriority;
	/** Vector that an external controller gave, -1 if there is none. */
	private volatile int external = NONE;
	/** Highest vector in service, -1 if there is none. */
	private int inService = NONE;

	InterruptQueue(ApicBase base, ApicOwner owner) {
		this.base = base;
		this.owner = owner;
	}

	void reset() {
		spurious = 0xFF;
		taskPriority = 0;
		irr.clear();
		isr.clear();
		tmr.clear();
		inService = NONE;
		external = NONE;
		assist.withdraw();
	}

	/** @return true if the APIC is enabled, by software too: requests are taken */
	boolean accepting() {
		return base.enabled() && softwareEnabled();
	}

	boolean softwareEnabled() {
		return (spurious & SOFTWARE_ENABLE) != 0;
	}

	/** Any thread. */
	void request(int vector, boolean level) {
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

	/** An external controller asks for an interrupt. Any thread. @param vector 0 to 255 */
	void requestExternal(int vector) {
		external = vector;
		owner.interruptPending();
	}

	/** Takes back an external interrupt that has not been acknowledged. Any thread. */
	void clearExternal() {
		external = NONE;
	}

	/** @return true if an interrupt waits, whatever the priorities */
	boolean pending() {
		return external >= 0 || accepting() && irr.highest() >= 0;
	}

	/** @return true if {@link #acknowledge} would give a vector */
	boolean deliverable() {
		synchronizeAssist();
		return external >= 0 || accepting() && (irr.highest() & ~15) > priority();
	}

	/** Has the processor look, if an interrupt is deliverable. */
	void recheck() {
		if (deliverable()) {
			owner.interruptPending();
		}
	}

	/** @return vector of the interrupt to deliver now, from here on in service, or -1 if there is none */
	int acknowledge() {
		if (external >= 0) {
			int vector = (int) EXTERNAL.getAndSet(this, NONE);
			if (vector >= 0) {
				return vector;
			}
		}
		synchronizeAssist();
		if (!accepting()) {
			return NONE;
		}
		int vector = irr.highest();
		if ((vector & ~15) <= priority()) {
			return NONE;
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

	/** Makes interrupts of a vector need no EOI. Any thread. */
	void setAutomaticEnd(int vector, boolean automatic) {
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

	/** @return PPR */
	int processorPriority() {
		synchronizeAssist();
		int service = inService < 0 ? 0 : inService & 0xF0;
		return (taskPriority & 0xF0) >= service ? taskPriority : service;
	}

	/** @return APR */
	int arbitrationPriority() {
		return Math.max(taskPriority, irr.highest()) & 0xF0;
	}

	/** The processor ends the service of its highest interrupt. */
	void endOfInterrupt() {
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

	/** Ends what the guest ended through the assist page; takes the offer back if an interrupt waits for the end. */
	private void synchronizeAssist() {
		if (assist.used()) {
			end();
		} else if (irr.highest() >= 0) {
			assist.withdraw();
		}
	}

	/** Where the guest wants its "no EOI required" bit. @param address host address of the assist page, 0 for none */
	void setAssistPage(long address) {
		synchronizeAssist();
		assist.withdraw();
		assist.setField(address);
	}

	/** @return TPR, 8 bits */
	int taskPriority() {
		return taskPriority;
	}

	/** @param priority new value of TPR, 8 bits */
	void setTaskPriority(int priority) {
		boolean lowered = priority < taskPriority;
		taskPriority = priority;
		if (lowered) {
			recheck();
		}
	}

	/** @return the spurious-interrupt vector register */
	int spurious() {
		return spurious;
	}

	void setSpurious(int value) {
		restoreSpurious(value);
		if (softwareEnabled()) {
			recheck();
		}
	}

	/** Restores the spurious-interrupt vector register, without the effects of a write. */
	void restoreSpurious(int value) {
		spurious = value & SPURIOUS_BITS;
	}

	/** @param index 0 to 7 @return 32 bits of IRR */
	int requested(int index) {
		return irr.register(index);
	}

	/** @param index 0 to 7 @return 32 bits of ISR */
	int serviced(int index) {
		synchronizeAssist();
		return isr.register(index);
	}

	/** @param index 0 to 7 @return 32 bits of TMR */
	int levelTriggered(int index) {
		return tmr.register(index);
	}

	void restoreRequested(int index, int value) {
		irr.setRegister(index, value);
	}

	void restoreServiced(int index, int value) {
		isr.setRegister(index, value);
		inService = isr.highest();
	}

	void restoreLevelTriggered(int index, int value) {
		tmr.setRegister(index, value);
	}
}
