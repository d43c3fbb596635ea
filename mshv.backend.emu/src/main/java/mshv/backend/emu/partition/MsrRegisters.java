package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.guest.MemoryTypeRegisters;
import mshv.backend.emu.guest.ModelRegisters;

/** Names 0x00080000 to 0x0008FFFF: model-specific registers of the processor and its local APIC. */
final class MsrRegisters {
	private static final int TSC = 0x80000, EFER = 0x80001, KERNEL_GS_BASE = 0x80002, APIC_BASE = 0x80003, PAT = 0x80004,
		SYSENTER_CS = 0x80005, SYSENTER_EIP = 0x80006, SYSENTER_ESP = 0x80007, STAR = 0x80008, LSTAR = 0x80009, CSTAR = 0x8000A,
		SFMASK = 0x8000B, INITIAL_APIC_ID = 0x8000C, MTRR_CAP = 0x8000D, MTRR_DEF_TYPE = 0x8000E, MTRR_BASE = 0x80010, MTRR_MASK = 0x80040,
		MTRR_FIXED = 0x80070, TSC_AUX = 0x8007B, DEBUG_CTL = 0x8007D, TSC_DEADLINE = 0x80095, MISC_ENABLE = 0x800A0, APIC_ID = 0x84802,
		APIC_VERSION = 0x84803;

	private static final long EFER_BITS = Cpu.EFER_SCE | Cpu.EFER_LME | Cpu.EFER_LMA | Cpu.EFER_NXE;
	private static final int[] FIXED_MTRRS = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F};
	private static final int MSR_VARIABLE_MTRRS = 0x200;

	private final VirtualProcessor processor;
	private final Cpu cpu;
	private final ProcessorPlatform platform;
	private final RegisterBits bits;

	MsrRegisters(VirtualProcessor processor, Cpu cpu, ProcessorPlatform platform, RegisterBits bits) {
		this.processor = processor;
		this.cpu = cpu;
		this.platform = platform;
		this.bits = bits;
	}

	boolean read(int name) {
		switch (name) {
			case TSC -> bits.low = platform.timeStampCounter();
			case EFER -> bits.low = cpu.efer;
			case KERNEL_GS_BASE -> bits.low = cpu.kernelGsBase;
			case APIC_BASE -> bits.low = platform.apic().base();
			case PAT -> bits.low = cpu.pat;
			case SYSENTER_CS -> bits.low = cpu.sysenterCs;
			case SYSENTER_EIP -> bits.low = cpu.sysenterEip;
			case SYSENTER_ESP -> bits.low = cpu.sysenterEsp;
			case STAR -> bits.low = cpu.star;
			case LSTAR -> bits.low = cpu.lstar;
			case CSTAR -> bits.low = cpu.cstar;
			case SFMASK -> bits.low = cpu.sfmask;
			case INITIAL_APIC_ID -> bits.low = processor.index();
			case TSC_AUX -> bits.low = cpu.tscAux;
			case TSC_DEADLINE -> bits.low = platform.apic().timeStampDeadline();
			case APIC_ID -> bits.low = platform.apic().id();
			case APIC_VERSION -> bits.low = platform.apic().version();
			default -> {
				int index = modelRegister(name);
				if (index < 0) {
					return false;
				}
				bits.low = platform.model().read(index);
			}
		}
		return true;
	}

	/** @return index of the MSR that a register is, -1 if it is none that is only kept */
	private static int modelRegister(int name) {
		switch (name) {
			case MTRR_CAP:
				return 0xFE;
			case MTRR_DEF_TYPE:
				return 0x2FF;
			case DEBUG_CTL:
				return ModelRegisters.DEBUG_CONTROL;
			case MISC_ENABLE:
				return ModelRegisters.MISC_ENABLE;
			default:
				if (name >= MTRR_BASE && name < MTRR_BASE + MemoryTypeRegisters.VARIABLE) {
					return MSR_VARIABLE_MTRRS + 2 * (name - MTRR_BASE);
				}
				if (name >= MTRR_MASK && name < MTRR_MASK + MemoryTypeRegisters.VARIABLE) {
					return MSR_VARIABLE_MTRRS + 2 * (name - MTRR_MASK) + 1;
				}
				return name >= MTRR_FIXED && name < MTRR_FIXED + FIXED_MTRRS.length ? FIXED_MTRRS[name - MTRR_FIXED] : -1;
		}
	}

	HvStatus write(int name, long value) {
		switch (name) {
			case TSC -> platform.setTimeStampCounter(value);
			case EFER -> {
				if ((value & ~EFER_BITS) != 0) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				cpu.efer = value;
				processor.execution().pagingChanged();
			}
			case KERNEL_GS_BASE -> cpu.kernelGsBase = value;
			case APIC_BASE -> {
				if (!platform.apic().restoreBase(value)) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				processor.execution().pagingChanged();
			}
			case PAT -> {
				if (!validPat(value)) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				cpu.pat = value;
			}
			case SYSENTER_CS -> cpu.sysenterCs = value;
			case SYSENTER_EIP -> cpu.sysenterEip = value;
			case SYSENTER_ESP -> cpu.sysenterEsp = value;
			case STAR -> cpu.star = value;
			case LSTAR -> cpu.lstar = value;
			case CSTAR -> cpu.cstar = value;
			case SFMASK -> cpu.sfmask = value;
			case TSC_AUX -> {
				if (value >>> 32 != 0 || value != 0 && !cpu.features.timeStampWithProcessor()) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				cpu.tscAux = value;
			}
			case TSC_DEADLINE -> platform.apic().setTimeStampDeadline(value);
			default -> {
				int index = modelRegister(name);
				if (index < 0) {
					return HvStatus.INVALID_PARAMETER;
				}
				return RegisterBits.accepted(platform.model().write(index, value) || platform.model().read(index) == value);
			}
		}
		return HvStatus.SUCCESS;
	}

	private static boolean validPat(long value) {
		for (int i = 0; i < 8; i++) {
			long type = value >>> 8 * i & 0xFF;
			if (type > 7 || type == 2 || type == 3) {
				return false;
			}
		}
		return true;
	}
}
