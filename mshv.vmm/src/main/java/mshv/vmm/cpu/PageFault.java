package mshv.vmm.cpu;

/** A linear address could not be translated as the access needs it: the guest gets a page fault. */
public final class PageFault extends Exception {
	private static final long serialVersionUID = 1;

	/** Linear address. */
	private final long address;
	/** Error code that the guest sees. */
	private final int errorCode;

	/** @param address linear address @param errorCode as the guest sees it (Intel SDM vol. 3, 4.7) */
	public PageFault(long address, int errorCode) {
		super("page fault at 0x%x, error code 0x%x".formatted(address, errorCode), null, false, false);
		this.address = address;
		this.errorCode = errorCode;
	}

	/** @return linear address */
	public long address() {
		return address;
	}

	/** @return error code */
	public int errorCode() {
		return errorCode;
	}
}
