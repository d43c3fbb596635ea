package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** RDMSR and WRMSR: the registers that the processor keeps itself; the platform keeps the others. */
final class ModelSpecificRegisters {
	private static final int TSC = 0x10;
	private static final int SYSENTER_CS = 0x174;
	private static final int SYSENTER_ESP = 0x175;
	private static final int SYSENTER_EIP = 0x176;
	private static final int PAT = 0x277;
	private static final int EFER = 0xC0000080;
	private static final int STAR = 0xC0000081;
	private static final int LSTAR = 0xC0000082;
	private static final int CSTAR = 0xC0000083;
	private static final int SFMASK = 0xC0000084;
	private static final int FS_BASE = 0xC0000100;
	private static final int GS_BASE = 0xC0000101;
	private static final int KERNEL_GS_BASE = 0xC0000102;
	private static final int TSC_AUX = 0xC0000103;

	private static final long EFER_WRITABLE = Cpu.EFER_SCE | Cpu.EFER_LME | Cpu.EFER_NXE;
	/** Memory types that the page attribute table may hold, as bits. */
	private static final int PAT_TYPES = 1 << 0 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7;

	private ModelSpecificRegisters() {}

	static void register(HandlerTable table) {
		table.add(Opcode.RDMSR, ModelSpecificRegisters::read);
		table.add(Opcode.WRMSR, ModelSpecificRegisters::write);
	}

	private static void describe(Cpu cpu, Instruction i, int index, boolean write) {
		cpu.exit.msr = index;
		cpu.exit.write = write;
		cpu.exit.instructionLength = i.length;
	}

	private static void read(Cpu cpu, Instruction i) {
		Privilege.requireSupervisor(cpu);
		int index = (int) cpu.r[Cpu.RCX];
		describe(cpu, i, index, false);
		long value = read(cpu, index);
		cpu.r[Cpu.RAX] = value & 0xFFFFFFFFL;
		cpu.r[Cpu.RDX] = value >>> 32;
	}

	private static long read(Cpu cpu, int index) {
		return switch (index) {
			case TSC -> cpu.platform.timeStampCounter();
			case SYSENTER_CS -> cpu.sysenterCs;
			case SYSENTER_ESP -> cpu.sysenterEsp;
			case SYSENTER_EIP -> cpu.sysenterEip;
			case PAT -> cpu.pat;
			case EFER -> cpu.efer;
			case STAR -> cpu.star;
			case LSTAR -> cpu.lstar;
			case CSTAR -> cpu.cstar;
			case SFMASK -> cpu.sfmask;
			case FS_BASE -> cpu.segments[Segment.FS].base;
			case GS_BASE -> cpu.segments[Segment.GS].base;
			case KERNEL_GS_BASE -> cpu.kernelGsBase;
			case TSC_AUX -> {
				checkAux(cpu);
				yield cpu.tscAux;
			}
			default -> cpu.platform.readMsr(cpu, index);
		};
	}

	private static void write(Cpu cpu, Instruction i) {
		Privilege.requireSupervisor(cpu);
		int index = (int) cpu.r[Cpu.RCX];
		describe(cpu, i, index, true);
		write(cpu, index, cpu.r[Cpu.RAX] & 0xFFFFFFFFL | cpu.r[Cpu.RDX] << 32);
	}

	private static void write(Cpu cpu, int index, long value) {
		switch (index) {
			case TSC -> cpu.platform.setTimeStampCounter(value);
			case SYSENTER_CS -> cpu.sysenterCs = value & 0xFFFFFFFFL;
			case SYSENTER_ESP -> cpu.sysenterEsp = canonical(cpu, value);
			case SYSENTER_EIP -> cpu.sysenterEip = canonical(cpu, value);
			case PAT -> cpu.pat = memoryTypes(cpu, value);
			case EFER -> setEfer(cpu, value);
			case STAR -> cpu.star = value;
			case LSTAR -> cpu.lstar = canonical(cpu, value);
			case CSTAR -> cpu.cstar = canonical(cpu, value);
			case SFMASK -> cpu.sfmask = narrow(cpu, value);
			case FS_BASE -> cpu.setSegmentBase(Segment.FS, canonical(cpu, value));
			case GS_BASE -> cpu.setSegmentBase(Segment.GS, canonical(cpu, value));
			case KERNEL_GS_BASE -> cpu.kernelGsBase = canonical(cpu, value);
			case TSC_AUX -> {
				checkAux(cpu);
				cpu.tscAux = narrow(cpu, value);
			}
			default -> cpu.platform.writeMsr(cpu, index, value);
		}
	}

	private static void checkAux(Cpu cpu) {
		if (!cpu.features.timeStampWithProcessor()) {
			throw refused(cpu);
		}
	}

	private static GuestFault refused(Cpu cpu) {
		return cpu.raise(Vector.GP, 0);
	}

	private static long canonical(Cpu cpu, long value) {
		Privilege.requireCanonical(cpu, value);
		return value;
	}

	private static long narrow(Cpu cpu, long value) {
		if (value >>> 32 != 0) {
			throw refused(cpu);
		}
		return value;
	}

	private static long memoryTypes(Cpu cpu, long value) {
		for (int shift = 0; shift < 64; shift += 8) {
			int type = (int) (value >>> shift) & 0xFF;
			if (type > 7 || (PAT_TYPES >> type & 1) == 0) {
				throw refused(cpu);
			}
		}
		return value;
	}

	/** LMA follows CR0.PG and LME: writes to it are ignored. */
	private static void setEfer(Cpu cpu, long value) {
		if ((value & ~(EFER_WRITABLE | Cpu.EFER_LMA)) != 0) {
			throw refused(cpu);
		}
		long changed = (cpu.efer ^ value) & EFER_WRITABLE;
		if ((changed & Cpu.EFER_LME) != 0 && (cpu.cr0 & Cpu.CR0_PG) != 0) {
			throw refused(cpu);
		}
		cpu.efer = value & EFER_WRITABLE | cpu.efer & Cpu.EFER_LMA;
		if ((changed & Cpu.EFER_NXE) != 0) {
			cpu.mmu.flush();
		}
		cpu.contextChanged();
	}
}
