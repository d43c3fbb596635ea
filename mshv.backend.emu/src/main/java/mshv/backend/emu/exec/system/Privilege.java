package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

/** Checks that many instructions begin with. */
final class Privilege {
	private Privilege() {}

	/** Raises #GP(0) unless CPL is 0. Real mode has CPL 0, virtual-8086 mode CPL 3. */
	static void requireSupervisor(Cpu cpu) {
		if (cpu.cpl != 0) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	/** Raises #UD in real and virtual-8086 mode. */
	static void requireProtectedMode(Cpu cpu) {
		if (cpu.realAddressing()) {
			throw cpu.raise(Vector.UD);
		}
	}

	/** Raises #GP(0) where user-mode instruction prevention forbids to read a descriptor-table register or the machine status word. */
	static void requireNoUmip(Cpu cpu) {
		if (cpu.cpl != 0 && (cpu.cr4 & Cpu.CR4_UMIP) != 0) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	/** @return the I/O privilege level, 0 to 3 */
	static int ioPrivilege(Cpu cpu) {
		return (int) (cpu.systemFlags & Flag.IOPL) >> 12;
	}

	/** Raises #GP(0) in virtual-8086 mode with IOPL below 3. */
	static void requireVirtual8086Privilege(Cpu cpu) {
		if (cpu.virtual8086() && ioPrivilege(cpu) < 3) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	static boolean canonical(long address) {
		return address << 16 >> 16 == address;
	}

	/** Raises #GP(0) for an address that is not canonical. */
	static void requireCanonical(Cpu cpu, long address) {
		if (!canonical(address)) {
			throw cpu.raise(Vector.GP, 0);
		}
	}
}
