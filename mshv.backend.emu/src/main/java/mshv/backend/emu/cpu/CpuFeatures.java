package mshv.backend.emu.cpu;

/**
 * Optional features of a processor that decide what its registers and instructions accept; CPUID is the platform's.
 *
 * @param segmentBases RDFSBASE and its like, and CR4.FSGSBASE
 * @param smep supervisor-mode execution prevention
 * @param smap supervisor-mode access prevention, CLAC and STAC
 * @param umip user-mode instruction prevention
 * @param flagsInLongMode LAHF and SAHF in 64-bit mode
 * @param timeStampWithProcessor RDTSCP and IA32_TSC_AUX
 * @param gigabytePages pages of 1 GiB
 */
public record CpuFeatures(boolean segmentBases, boolean smep, boolean smap, boolean umip, boolean flagsInLongMode,
		boolean timeStampWithProcessor, boolean gigabytePages) {
	/** Everything that there is. */
	public static final CpuFeatures ALL = new CpuFeatures(true, true, true, true, true, true, true);

	private static final long ALWAYS = Cpu.CR4_TSD | Cpu.CR4_DE | Cpu.CR4_PSE | Cpu.CR4_PAE | Cpu.CR4_MCE | Cpu.CR4_PGE | Cpu.CR4_PCE
		| Cpu.CR4_OSFXSR | Cpu.CR4_OSXMMEXCPT;

	/** @return bits of CR4 that can be set */
	public long cr4() {
		return ALWAYS | (segmentBases ? Cpu.CR4_FSGSBASE : 0) | (smep ? Cpu.CR4_SMEP : 0) | (smap ? Cpu.CR4_SMAP : 0)
			| (umip ? Cpu.CR4_UMIP : 0);
	}
}
