package mshv.backend.emu.exec.system;

/** What is delivered through the interrupt descriptor table: the types of VM-entry events (Intel SDM vol. 3, table 24-16). */
public enum EventType {
	/** Interrupt from a device or another processor. */
	EXTERNAL_INTERRUPT,
	/** Non-maskable interrupt. */
	NMI,
	/** Exception that precedes its instruction: RIP is saved as it is and RF is set in the saved flags. */
	FAULT,
	/** Debug exception reported after an instruction, or before one by an instruction breakpoint: RF is saved as it is. */
	TRAP,
	/** INT n. */
	SOFTWARE_INTERRUPT,
	/** INT1. */
	PRIVILEGED_SOFTWARE_EXCEPTION,
	/** INT3 or INTO. */
	SOFTWARE_EXCEPTION;

	/** @return interruption type (Intel SDM vol. 3, table 25-17) */
	int number() {
		return switch (this) {
			case EXTERNAL_INTERRUPT -> 0;
			case NMI -> 2;
			case FAULT, TRAP -> 3;
			case SOFTWARE_INTERRUPT -> 4;
			case PRIVILEGED_SOFTWARE_EXCEPTION -> 5;
			case SOFTWARE_EXCEPTION -> 6;
		};
	}

	/** @return true if the gate's DPL is checked against CPL, and error codes have EXT clear */
	boolean fromProgram() {
		return this == SOFTWARE_INTERRUPT || this == SOFTWARE_EXCEPTION;
	}

	/** @return true if the saved RIP is that of the next instruction */
	boolean afterInstruction() {
		return ordinal() >= SOFTWARE_INTERRUPT.ordinal();
	}
}
