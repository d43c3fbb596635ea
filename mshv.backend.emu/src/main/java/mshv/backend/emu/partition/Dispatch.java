package mshv.backend.emu.partition;

/** How a dispatch of a processor ended: HV_VP_DISPATCH_STATE and HV_VP_DISPATCH_EVENT in one number, to need no object for each exit. */
public final class Dispatch {
	/** State: the processor cannot run before something happens. */
	public static final int BLOCKED = 1;
	/** State: the processor can be dispatched again. */
	public static final int READY = 2;
	/** Event: none. */
	public static final int NONE = 0;
	/** Event: suspended by a register. */
	public static final int SUSPEND = 1;
	/** Event: an intercept, whose message is in the processor's page. */
	public static final int INTERCEPT = 2;
	/** Not an outcome: another thread runs the processor, or it is gone. */
	public static final int REFUSED = -1;
	/** Not an outcome: the run goes on. */
	static final int CONTINUE = -2;

	/** Flag of the hypercall: go on after an intercept. */
	public static final int CLEAR_INTERCEPT_SUSPEND = 1;
	/** Flag of the hypercall: take the interrupt vectors from the register page. */
	public static final int SCAN_INTERRUPT_INJECTION = 0x40;
	/** All flags that exist. Those on caller interrupts and speculation concern a root that shares its physical processor. */
	public static final int FLAGS = 0x7F;

	private static final int EVENT_SHIFT = 8;

	private Dispatch() {}

	static int outcome(int state, int event) {
		return state | event << EVENT_SHIFT;
	}

	/** @return HV_VP_DISPATCH_STATE of an outcome */
	public static int state(int outcome) {
		return outcome & 0xFF;
	}

	/** @return HV_VP_DISPATCH_EVENT of an outcome */
	public static int event(int outcome) {
		return outcome >> EVENT_SHIFT;
	}
}
