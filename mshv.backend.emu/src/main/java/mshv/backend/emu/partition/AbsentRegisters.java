package mshv.backend.emu.partition;

/**
 * Registers of features that the processors and the hypervisor do not have: they read as zero and can be set to nothing else, so that a
 * client which saves and restores every register that it knows of meets no error.
 */
final class AbsentRegisters {
	private AbsentRegisters() {}

	/** @return whether the register belongs to a feature that does not exist here */
	static boolean has(int name) {
		return switch (name >>> 16) {
			// Feature information beyond the leaves; power states; guest idle, which only a guest enters; debug device; zeroing
			case 0 -> name == 0x208 || name >= 0x220 && name <= 0x225 || name == 0x250 || name == 0x260 || name == 0x270;
			case 8 -> modelSpecific(name & 0xFFFF);
			case 9 -> hypervisor(name & 0xFFFF);
			// Event rings, which guests do not have; nested SynIC
			case 0xA -> name == 0xA0015 || name >= 0xA1000 && name <= 0xA1015;
			// Unhalted timer
			case 0xB -> name == 0xB0100 || name == 0xB0101;
			// Virtual trust levels, isolation
			case 0xD -> name >= 0xD0002 && name <= 0xD0007 || name >= 0xD0010 && name <= 0xD001E || name == 0xD0020 || name == 0xD0100;
			// Intercepts of control registers
			case 0xE -> name >= 0xE0000 && name <= 0xE0003;
			default -> false;
		};
	}

	private static boolean modelSpecific(int low) {
		// BNDCFGS; SGX; speculation control; XSS and CET; TSC_ADJUST; FEATURE_CONTROL and VMX
		return low == 0x7C || low >= 0x80 && low <= 0x86 || low >= 0x8B && low <= 0x93 || low == 0x96 || low >= 0xA1 && low <= 0xB2
		// Variable ranges beyond those that there are
			|| low >= 0x18 && low <= 0x1F || low >= 0x48 && low <= 0x4F
		// Performance counters, processor trace, last branches
			|| low >= 0x1000 && low <= 0x100C || low == 0x1100 || low == 0x1200 || low == 0x1300 || low == 0x1400
			|| low >= 0x2000 && low <= 0x2003 || low == 0x2100 || low == 0x2200 || low == 0x3300;
	}

	private static boolean hypervisor(int low) {
		// CPU management version; end of interrupt, which is an order and not a state; GHCB; register page, which is shared by hypercall;
		// statistics pages; emulated timers; SEV
		return low == 0x07 || low == 0x10 || low == 0x19 || low == 0x1C || low >= 0x20 && low <= 0x23 || low >= 0x30 && low <= 0x32
			|| low >= 0x40 && low <= 0x42;
	}
}
