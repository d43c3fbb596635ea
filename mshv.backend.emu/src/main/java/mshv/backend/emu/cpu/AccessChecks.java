package mshv.backend.emu.cpu;

import mshv.backend.emu.isa.Flag;

/** What is looked at before a data access is translated: canonical form, alignment, and the watchpoints of the debug registers. */
final class AccessChecks {
	/** Enable bits of DR7 for all four breakpoints, and those of its condition bits that only data accesses have. */
	private static final long DR7_ENABLED = 0xFF, DR7_DATA = 0x33330000L;

	private final Cpu cpu;

	AccessChecks(Cpu cpu) {
		this.cpu = cpu;
	}

	/** @return true if each access has to be looked at, so that no table may answer for it */
	boolean everyAccess() {
		return alignmentChecked() || watchpoints();
	}

	private boolean alignmentChecked() {
		return cpu.cpl == 3 && (cpu.systemFlags & Flag.AC) != 0 && (cpu.cr0 & Cpu.CR0_AM) != 0 && !cpu.systemAccess;
	}

	private boolean watchpoints() {
		long dr7 = cpu.dr[7];
		return (dr7 & DR7_ENABLED) != 0 && (dr7 & DR7_DATA) != 0;
	}

	/** Raises what an access raises before its address is translated, and notes the watchpoints that it meets. */
	void check(long address, int size, boolean write) {
		if (cpu.mode == 64 && address << 16 >> 16 != address) {
			GuestFault fault = cpu.raise(Vector.GP, 0);
			fault.nonCanonical = true;
			throw fault;
		}
		if (alignmentChecked() && size <= 8 && (address & size - 1) != 0) {
			throw cpu.raise(Vector.AC, 0);
		}
		if (watchpoints()) {
			watch(address, size, write);
		}
	}

	private void watch(long address, int size, boolean write) {
		long dr7 = cpu.dr[7];
		for (int i = 0; i < 4; i++) {
			int kind = (int) (dr7 >>> 16 + 4 * i) & 3;
			if ((dr7 >>> 2 * i & 3) == 0 || kind == 0 || kind == 2 || kind == 1 && !write) {
				continue;
			}
			int length = switch ((int) (dr7 >>> 18 + 4 * i) & 3) {
				case 0 -> 1;
				case 1 -> 2;
				case 2 -> 8;
				default -> 4;
			};
			long start = cpu.dr[i] & -length;
			if (address < start + length && start < address + size) {
				if (!cpu.precise) {
					// Only the precise tier traps right after the instruction
					cpu.fault.vector = GuestFault.CODE_WRITE;
					throw cpu.fault;
				}
				cpu.pendingDebug |= 1L << i;
				cpu.requestAttention(Cpu.ATTENTION_PRECISE);
			}
		}
	}
}
