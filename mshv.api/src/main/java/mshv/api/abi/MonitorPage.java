package mshv.api.abi;

/**
 * The page of monitored notifications (HV_MONITOR_PAGE, TLFS chapter 11): offsets in bytes. Four groups of 32 triggers; a trigger is
 * counted through all groups here, 0 to 127.
 * <p>
 * Whoever wants a notification sets the trigger's bit among those that are pending and clears it among those that are armed, both in one
 * access. The hypervisor arms it, and when its latency has passed clears both and signals the event that the trigger's parameter names.
 * Clearing both bits before takes the notification back.
 */
public final class MonitorPage {
	/** Size of the page. */
	public static final int SIZE = 4096;
	/** Number of groups. */
	public static final int GROUPS = 4;
	/** Number of triggers of a group. */
	public static final int GROUP_SIZE = 32;
	/** u32: a bit for each group that is looked at. */
	public static final int TRIGGER_STATE = 0;

	private static final int TRIGGER_GROUP = 8, LATENCY = 576, PARAMETER = 1088;

	private MonitorPage() {}

	/** @param group 0 to 3
	 * @return offset of a group, a u64: the bits of the triggers that are pending, above them the bits of those that are armed */
	public static int triggerGroup(int group) {
		return TRIGGER_GROUP + 8 * group;
	}

	/** @return offset of the least time from a trigger to its event, u16, in units of 100 ns */
	public static int latency(int trigger) {
		return LATENCY + 2 * trigger;
	}

	/** @return offset of what a trigger signals, laid out as {@link SignalEventInput} */
	public static int parameter(int trigger) {
		return PARAMETER + 8 * trigger;
	}
}
