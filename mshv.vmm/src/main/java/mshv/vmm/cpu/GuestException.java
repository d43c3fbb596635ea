package mshv.vmm.cpu;

/** The instruction under emulation raises an exception, which the guest gets (Intel SDM vol. 3, chapter 6). */
public final class GuestException extends Exception {
	/** Divide error. */
	public static final int DIVIDE = 0;
	/** Segment not present. */
	public static final int NOT_PRESENT = 11;
	/** General protection. */
	public static final int PROTECTION = 13;
	/** Page fault. */
	public static final int PAGE_FAULT = 14;

	private static final long serialVersionUID = 1;
	private static final int NO_ERROR_CODE = -1;

	/** Vector. */
	private final int vector;
	/** Error code that the guest sees, or {@link #NO_ERROR_CODE}. */
	private final int errorCode;
	/** Linear address of a page fault. */
	private final long address;

	private GuestException(int vector, int errorCode, long address) {
		super("exception %d".formatted(vector), null, false, false);
		this.vector = vector;
		this.errorCode = errorCode;
		this.address = address;
	}

	/** @param address linear address @param errorCode as the guest sees it @return a page fault */
	public static GuestException pageFault(long address, int errorCode) {
		return new GuestException(PAGE_FAULT, errorCode, address);
	}

	/** @param errorCode usually a selector, or 0 @return an exception with an error code */
	public static GuestException withErrorCode(int vector, int errorCode) {
		return new GuestException(vector, errorCode, 0);
	}

	/** @return a divide error */
	public static GuestException divideError() {
		return new GuestException(DIVIDE, NO_ERROR_CODE, 0);
	}

	/** @return true for a page fault */
	boolean isPageFault() {
		return vector == PAGE_FAULT;
	}

	/** @return linear address of a page fault */
	long address() {
		return address;
	}

	/** @return low half of the pending event that delivers it (TLFS, HV_X64_PENDING_EXCEPTION_EVENT) */
	long pendingEvent() {
		long event = 1L | (long) vector << 16;
		return errorCode == NO_ERROR_CODE ? event : event | 1L << 8 | (long) errorCode << 32;
	}
}
