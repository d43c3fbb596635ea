package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.memory.PhysicalMemory;

/** CR0, CR2, CR3, CR4 and CR8 (Intel SDM vol. 3, 2.5): moves, LMSW, SMSW, CLTS. */
final class ControlRegisters {
	/** CR0 bits that exist; writes to the others are ignored. */
	private static final long CR0_BITS = Cpu.CR0_PE | Cpu.CR0_MP | Cpu.CR0_EM | Cpu.CR0_TS | Cpu.CR0_ET | Cpu.CR0_NE | Cpu.CR0_WP
		| Cpu.CR0_AM | Cpu.CR0_NW | Cpu.CR0_CD | Cpu.CR0_PG;
	/** Bits whose change reloads the PAE pointers (Intel SDM vol. 3, 4.4.1). */
	private static final long CR0_RELOAD = Cpu.CR0_CD | Cpu.CR0_NW | Cpu.CR0_PG;
	private static final long CR4_RELOAD = Cpu.CR4_PAE | Cpu.CR4_PGE | Cpu.CR4_PSE | Cpu.CR4_SMEP;
	/** Bits that the machine status word holds and LMSW may set. */
	private static final long STATUS_WORD = Cpu.CR0_PE | Cpu.CR0_MP | Cpu.CR0_EM | Cpu.CR0_TS;

	private ControlRegisters() {}

	static void register(HandlerTable table) {
		table.add(Opcode.MOV_FROM_CR, ControlRegisters::moveFrom);
		table.add(Opcode.MOV_TO_CR, ControlRegisters::moveTo);
		table.add(Opcode.SMSW, ControlRegisters::storeStatusWord);
		table.add(Opcode.LMSW, ControlRegisters::loadStatusWord);
		table.add(Opcode.CLTS, ControlRegisters::clearTaskSwitched);
	}

	private static void moveFrom(Cpu cpu, Instruction i) {
		Privilege.requireSupervisor(cpu);
		long value = switch (i.sourceRegister) {
			case 0 -> cpu.cr0;
			case 2 -> cpu.cr2;
			case 3 -> cpu.cr3;
			case 4 -> cpu.cr4;
			case 8 -> cpu.platform.taskPriority();
			default -> throw cpu.raise(Vector.UD);
		};
		Operands.writeRegister(cpu, i.destinationRegister, i.operandSize, value);
	}

	private static void moveTo(Cpu cpu, Instruction i) {
		Privilege.requireSupervisor(cpu);
		long value = Operands.readRegister(cpu, i.sourceRegister, i.operandSize);
		switch (i.destinationRegister) {
			case 0 -> setCr0(cpu, value);
			case 2 -> cpu.cr2 = value;
			case 3 -> setCr3(cpu, value);
			case 4 -> setCr4(cpu, value);
			case 8 -> {
				if (value >>> 4 != 0) {
					throw cpu.raise(Vector.GP, 0);
				}
				cpu.platform.setTaskPriority((int) value);
			}
			default -> throw cpu.raise(Vector.UD);
		}
	}

	private static GuestFault refused(Cpu cpu) {
		return cpu.raise(Vector.GP, 0);
	}

	/** Writes CR0 with all checks. */
	static void setCr0(Cpu cpu, long requested) {
		if (requested >>> 32 != 0) {
			throw refused(cpu);
		}
		long value = requested & CR0_BITS | Cpu.CR0_ET;
		boolean paging = (value & Cpu.CR0_PG) != 0;
		if (paging && (value & Cpu.CR0_PE) == 0 || (value & (Cpu.CR0_NW | Cpu.CR0_CD)) == Cpu.CR0_NW) {
			throw refused(cpu);
		}
		long changed = cpu.cr0 ^ value;
		long efer = cpu.efer;
		if ((changed & Cpu.CR0_PG) != 0) {
			if (paging && (efer & Cpu.EFER_LME) != 0) {
				checkActivation(cpu);
				efer |= Cpu.EFER_LMA;
			} else if (!paging) {
				if (cpu.mode == 64) {
					throw refused(cpu);
				}
				efer &= ~Cpu.EFER_LMA;
			}
		}
		if (paging && (changed & CR0_RELOAD) != 0) {
			reloadPointers(cpu, cpu.cr3, cpu.cr4, efer);
		}
		cpu.cr0 = value;
		cpu.efer = efer;
		if ((changed & (Cpu.CR0_PG | Cpu.CR0_WP | Cpu.CR0_PE)) != 0) {
			cpu.mmu.flush();
		}
		cpu.contextChanged();
	}

	/** Long mode may not become active with 64-bit code, a 16-bit TSS or without PAE. */
	private static void checkActivation(Cpu cpu) {
		boolean longCode = (cpu.segments[Segment.CS].attributes & Segment.LONG) != 0;
		boolean smallTask = (cpu.segments[Segment.TR].type() & 8) == 0;
		if ((cpu.cr4 & Cpu.CR4_PAE) == 0 || longCode || smallTask) {
			throw refused(cpu);
		}
	}

	/** In PAE paging, loads the page-directory pointers; raises #GP(0) if one has a reserved bit set. */
	private static void reloadPointers(Cpu cpu, long cr3, long cr4, long efer) {
		if ((cr4 & Cpu.CR4_PAE) != 0 && (efer & Cpu.EFER_LMA) == 0 && !cpu.mmu.loadPdptr(cr3)) {
			throw refused(cpu);
		}
	}

	/** Writes CR3 with all checks. */
	static void setCr3(Cpu cpu, long value) {
		if ((value & ~PhysicalMemory.ADDRESS_MASK) != 0) {
			throw refused(cpu);
		}
		if ((cpu.cr0 & Cpu.CR0_PG) != 0) {
			reloadPointers(cpu, value, cpu.cr4, cpu.efer);
		}
		cpu.cr3 = value;
		cpu.mmu.flush();
	}

	private static void setCr4(Cpu cpu, long value) {
		boolean leavesPae = cpu.longModeActive() && (value & Cpu.CR4_PAE) == 0;
		if ((value & ~cpu.features.cr4()) != 0 || leavesPae) {
			throw refused(cpu);
		}
		long changed = cpu.cr4 ^ value;
		if ((cpu.cr0 & Cpu.CR0_PG) != 0 && (changed & CR4_RELOAD) != 0) {
			reloadPointers(cpu, cpu.cr3, value, cpu.efer);
		}
		cpu.cr4 = value;
		if ((changed & (CR4_RELOAD | Cpu.CR4_SMAP)) != 0) {
			cpu.mmu.flush();
		}
		cpu.contextChanged();
	}

	private static void storeStatusWord(Cpu cpu, Instruction i) {
		Privilege.requireNoUmip(cpu);
		Operands.writeDestination(cpu, i, cpu.cr0);
	}

	/** LMSW sets PE but cannot clear it. */
	private static void loadStatusWord(Cpu cpu, Instruction i) {
		Privilege.requireSupervisor(cpu);
		long word = Operands.destination(cpu, i) & STATUS_WORD;
		setCr0(cpu, cpu.cr0 & ~(STATUS_WORD & ~Cpu.CR0_PE) | word);
	}

	private static void clearTaskSwitched(Cpu cpu, Instruction i) {
		Privilege.requireSupervisor(cpu);
		cpu.cr0 &= ~Cpu.CR0_TS;
		cpu.contextChanged();
	}
}
