package mshv.api.abi;

/** Numbers of synthetic MSRs (TLFS, appendix F). */
public final class SyntheticMsr {
	/** HV_X64_MSR_SCONTROL: bit 0 enables the SynIC. */
	public static final int SCONTROL = 0x40000080;
	/** HV_X64_MSR_SVERSION. */
	public static final int SVERSION = 0x40000081;
	/** HV_X64_MSR_SIEFP: bit 0 enables, bits 12-63 page of event flags. */
	public static final int SIEFP = 0x40000082;
	/** HV_X64_MSR_SIMP: bit 0 enables, bits 12-63 page of messages. */
	public static final int SIMP = 0x40000083;
	/** HV_X64_MSR_EOM: a write ends a message. */
	public static final int EOM = 0x40000084;
	/** HV_X64_MSR_SIRBP: bit 0 enables, bits 12-63 page of event rings. */
	public static final int SIRBP = 0x40000085;
	/** HV_X64_MSR_SINT0; the other fifteen follow. Bits 0-7 vector, 16 masked, 17 automatic EOI, 18 polling, 19 as intercept. */
	public static final int SINT0 = 0x40000090;

	/** Number of SINTs. */
	public static final int SINT_COUNT = 16;
	/** Bit of SCONTROL, SIEFP, SIMP and SIRBP. */
	public static final long ENABLE = 1;
	/** Bit of a SINT: no interrupt. */
	public static final long SINT_MASKED = 1L << 16;
	/** Bit of a SINT: the interrupt needs no EOI. */
	public static final long SINT_AUTO_EOI = 1L << 17;
	/** Bit of a SINT: announced by a message on SINT 0. */
	public static final long SINT_AS_INTERCEPT = 1L << 19;

	private SyntheticMsr() {}
}
