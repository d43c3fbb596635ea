package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;

/** Pushes onto an inner stack are made with the new CPL while CS and SS are still the old ones. */
final class InnerPrivilege {
	private InnerPrivilege() {}

	/** Accesses from now on are those of a privilege level; in long mode, with 64-bit addresses. */
	static void begin(Cpu cpu, int privilege) {
		cpu.cpl = privilege;
		cpu.contextChanged();
		if (cpu.longModeActive()) {
			cpu.mode = 64;
		}
	}

	/** Back to what was before {@link #begin}, because a push failed. */
	static void abandon(Cpu cpu, int privilege, int mode) {
		cpu.cpl = privilege;
		cpu.contextChanged();
		cpu.mode = mode;
	}
}
