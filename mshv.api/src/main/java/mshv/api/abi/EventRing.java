package mshv.api.abi;

/**
 * An event ring of a SINT in the page of rings (HV_SYNIC_EVENT_RING): offsets in bytes.
 * The hypervisor puts in the ids of ports that were signalled, the root takes them out.
 */
public final class EventRing {
	/** Size of a ring in bytes; the ring of SINT n is at n times this. */
	public static final int SIZE = 256;
	/** u8: 1 keeps the hypervisor from announcing more. */
	public static final int SIGNAL_MASKED = 0;
	/** u8: 1 when the hypervisor found no room. */
	public static final int RING_FULL = 1;
	/** u32 for each entry: a port id, 0 if empty. */
	public static final int DATA = 4;
	/** Number of entries. */
	public static final int ENTRIES = 63;

	private EventRing() {}
}
