package mshv.backend.emu.guest;

import mshv.backend.emu.cpu.CpuFeatures;

/**
 * Which optional features the processors of a partition have (HV_PARTITION_PROCESSOR_FEATURES).
 *
 * @param bank0 features 0 to 63, a set bit is a feature
 * @param bank1 features 64 to 127
 * @param apic each processor has a local APIC
 * @param x2apic the local APIC offers x2APIC mode
 * @param xsave states other than x87 may be kept in the register of extended states; there are no instructions for it
 */
public record ProcessorFeatures(long bank0, long bank1, boolean apic, boolean x2apic, boolean xsave) {
	/** Features of bank 0. */
	public static final long LAHF_SAHF = 1L << 1, PAGE_1GB = 1L << 15, RDWRFSGS = 1L << 22, SMEP = 1L << 23, ERMS = 1L << 24,
		SMAP = 1L << 35, RDTSCP = 1L << 38, FSRM = 1L << 49, RDCL_NO = 1L << 51, SKIP_L1DFL = 1L << 53, SSB_NO = 1L << 54, UMIP = 1L << 58,
		MDS_NO = 1L << 59, TAA_NO = 1L << 61;
	/** Features of bank 1. */
	public static final long TSC_INVARIANT = 1L << 1, TSC_DEADLINE = 1L << 17;

	/** Everything that the emulated processor can do in bank 0. */
	public static final long OFFERED0 = LAHF_SAHF | PAGE_1GB | RDWRFSGS | SMEP | ERMS | SMAP | RDTSCP | FSRM | RDCL_NO | SKIP_L1DFL | SSB_NO
		| UMIP | MDS_NO | TAA_NO;
	/** Everything that the emulated processor can do in bank 1. */
	public static final long OFFERED1 = TSC_INVARIANT | TSC_DEADLINE;

	/** @return all features but those that are disabled; bits of features that do not exist have no effect */
	public static ProcessorFeatures without(long disabled0, long disabled1, boolean apic, boolean x2apic) {
		return new ProcessorFeatures(OFFERED0 & ~disabled0, OFFERED1 & ~disabled1, apic, apic && x2apic, true);
	}

	/** @return the same without XSAVE */
	public ProcessorFeatures withoutXsave() {
		return new ProcessorFeatures(bank0, bank1, apic, x2apic, false);
	}

	/** @return what the processor itself must know */
	public CpuFeatures processor() {
		return new CpuFeatures(has0(RDWRFSGS), has0(SMEP), has0(SMAP), has0(UMIP), has0(LAHF_SAHF), has0(RDTSCP), has0(PAGE_1GB));
	}

	/** @param feature a constant of bank 0 */
	boolean has0(long feature) {
		return (bank0 & feature) != 0;
	}

	/** @param feature a constant of bank 1 */
	boolean has1(long feature) {
		return (bank1 & feature) != 0;
	}

	/** @return true if the APIC's timer can wait for a value of the time-stamp counter */
	public boolean timeStampDeadline() {
		return apic && has1(TSC_DEADLINE);
	}

	/** @return IA32_ARCH_CAPABILITIES */
	long architecturalCapabilities() {
		// What an interpreter cannot suffer from: IF_PSCHANGE_MC, SBDR_SSDP, FBSDP, PSDP, BHI, PBRSB, GDS, RFDS, ITS
		long always = 1L << 6 | 1L << 13 | 1L << 14 | 1L << 15 | 1L << 20 | 1L << 24 | 1L << 26 | 1L << 27 | 1L << 62;
		return always | (has0(RDCL_NO) ? 1 : 0) | (has0(SKIP_L1DFL) ? 1 << 3 : 0) | (has0(SSB_NO) ? 1 << 4 : 0)
			| (has0(MDS_NO) ? 1 << 5 : 0) | (has0(TAA_NO) ? 1 << 8 : 0);
	}
}
