package mshv.backend.emu.cpu;

/**
 * Leaves the current instruction before it has any effect: an exception for the guest, or an exit to the hypervisor.
 * Each processor has one, reused, without stack trace; what it means stands in its fields and, for exits, in {@link Exit}.
 */
public final class GuestFault extends RuntimeException {
	private static final long serialVersionUID = 1;

	/** Value of {@link #vector}: not an exception but an exit, described by the processor's {@link Exit}. */
	public static final int EXIT = -1;
	/** Value of {@link #vector}: the instruction is about to write translated code, or has met a breakpoint, and must run in the precise
	 * tier. */
	public static final int CODE_WRITE = -2;
	/** Value of {@link #vector}: other processors want something first; then the instruction is begun anew. */
	public static final int RETRY = -3;
	/** Value of {@link #vector}: the instruction must run in the precise tier while no other processor of the group executes. */
	public static final int ALONE = -4;

	/** Exception vector 0 to 31, or one of the constants above. */
	public int vector;
	/** Error code, where {@link #hasErrorCode}. */
	public int errorCode;
	/** True if the exception pushes an error code. */
	public boolean hasErrorCode;
	/** True for a #GP whose cause is an address: it is a #SS if the access was through the stack segment and not canonical, which the
	 * precise tier finds out. */
	public boolean nonCanonical;

	GuestFault() {
		super(null, null, false, false);
	}
}
