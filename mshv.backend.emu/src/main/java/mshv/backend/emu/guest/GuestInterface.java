package mshv.backend.emu.guest;

/**
 * What a partition's guest is offered, and the parts of it that all processors share.
 *
 * @param features of the processors
 * @param synthetic bits of {@link SyntheticFeatures}
 * @param privileges bits of {@link Privileges}
 * @param clock time
 * @param overlays pages laid over guest memory
 * @param hypercallPage identity of the guest's operating system and its way to make hypercalls
 * @param referenceTsc reference TSC page
 */
public record GuestInterface(ProcessorFeatures features, long synthetic, long privileges, GuestClock clock, Overlays overlays,
		HypercallPage hypercallPage, ReferenceTscPage referenceTsc) {
	/** Frequency of the APIC timer, Hz. */
	public static final long TIMER_FREQUENCY = 1_000_000_000;

	/** @return true if the guest is offered all of {@code needed}, bits of {@link SyntheticFeatures} */
	public boolean offers(long needed) {
		long all = needed | SyntheticFeatures.HYPERVISOR_PRESENT | SyntheticFeatures.HV1;
		return (synthetic & all) == all;
	}

	/** @return true if the guest has a privilege, a bit of {@link Privileges} */
	public boolean may(long privilege) {
		return (privileges & privilege) != 0;
	}
}
