package mshv.api;

/** Blocks of a processor's state, by their value in {@code mshv_get_set_vp_state.type}. */
public enum VpState {
	/** The local APIC. */
	LAPIC(0x80000000),
	/** x87, SSE and extended state, in XSAVE's compacted form. */
	XSAVE(0x80000001),
	/** The SynIC message page. */
	SIMP(0x80000002),
	/** The SynIC event flags page. */
	SIEFP(0x80000003),
	/** The synthetic timers. */
	SYNTHETIC_TIMERS(4);

	private final int hypervisorType;

	VpState(int hypervisorType) {
		this.hypervisorType = hypervisorType;
	}

	/** @return HV_GET_SET_VP_STATE_TYPE as the hypercalls use it */
	public int hypervisorType() {
		return hypervisorType;
	}
}
