package mshv.api.abi;

/** Kinds of intercepts that can be installed (HV_INTERCEPT_TYPE). */
public final class InterceptType {
	/** Access to an I/O port; the parameter is its number. */
	public static final int IO_PORT = 0;
	/** Access to any MSR that is not implemented. */
	public static final int MSR = 1;
	/** CPUID of a leaf, the parameter. */
	public static final int CPUID = 2;
	/** An exception, the parameter is its vector. */
	public static final int EXCEPTION = 3;
	/** Access to device memory. */
	public static final int MMIO = 5;
	/** CPUID of any leaf. */
	public static final int GLOBAL_CPUID = 6;
	/** A system management interrupt. */
	public static final int APIC_SMI = 7;
	/** A hypercall of the guest. */
	public static final int HYPERCALL = 8;
	/** INIT and start-up. */
	public static final int APIC_INIT_SIPI = 9;
	/** Reading IA32_BIOS_SIGN_ID. */
	public static final int MC_UPDATE_PATCH_LEVEL_MSR_READ = 0xA;
	/** Writes to registers of the local APIC; the parameter is a mask of them. */
	public static final int APIC_WRITE = 0xB;
	/** Access to one MSR; the parameter is its index. */
	public static final int MSR_INDEX = 0xC;

	private InterceptType() {}
}
