package mshv.api.abi;

/** Types of ports and connections (HV_PORT_TYPE). */
public final class PortType {
	/** Messages. */
	public static final int MESSAGE = 1;
	/** Event flags. */
	public static final int EVENT = 2;
	/** Monitored notifications: {@link MonitorPage}. */
	public static final int MONITOR = 3;
	/** Doorbells; the root's only. */
	public static final int DOORBELL = 4;

	private PortType() {}
}
