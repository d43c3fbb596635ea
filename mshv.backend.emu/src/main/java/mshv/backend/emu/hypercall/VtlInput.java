package mshv.backend.emu.hypercall;

/** The byte that names a virtual trust level in many inputs (HV_INPUT_VTL). */
final class VtlInput {
	private static final int USE_TARGET = 0x10;

	private VtlInput() {}

	/** @return true for level 0, the only one that there is, whether named or taken as the default */
	static boolean valid(int inputVtl) {
		return (inputVtl & ~USE_TARGET) == 0;
	}
}
