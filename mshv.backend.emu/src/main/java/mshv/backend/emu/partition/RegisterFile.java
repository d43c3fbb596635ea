package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FpuState;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.guest.GuestInterface;
import mshv.backend.emu.guest.MemoryTypeRegisters;
import mshv.backend.emu.guest.ModelRegisters;
import mshv.backend.emu.guest.SyntheticMsrs;
import mshv.backend.emu.memory.PhysicalMemory;
import mshv.backend.emu.synic.SynicMsrs;

/**
 * The registers of a processor by their HV_REGISTER_NAME, while the processor stands; all but those that other threads may write.
 * <p>
 * A value that the register can never have is refused; whether control registers, flags and segments fit together is looked at when the
 * processor runs next ({@link ContextLoader}), because they are written one by one.
 */
final class RegisterFile {
	private static final int INTERNAL_ACTIVITY_STATE = 0x4, HYPERVISOR_VERSION = 0x100, HYPERVISOR_INFO = 0x200, CLOCK_FREQUENCY = 0x240,
		INTERRUPT_CLOCK_FREQUENCY = 0x241, GUEST_CRASH = 0x210, EMULATION_HINTS = 0x2, PENDING_INTERRUPTION = 0x10002, INTERRUPT_STATE = 0x10003,
		PENDING_EVENT0 = 0x10004, PENDING_EVENT1 = 0x10005, DELIVERABILITY_NOTIFICATIONS = 0x10006, GENERAL = 0x20000, RIP = 0x20010,
		RFLAGS = 0x20011, XMM = 0x30000, FP = 0x30010, FP_CONTROL_STATUS = 0x30018, XMM_CONTROL_STATUS = 0x30019, CR0 = 0x40000,
		CR2 = 0x40001, CR3 = 0x40002, CR4 = 0x40003, CR8 = 0x40004, XFEM = 0x40005, INTERMEDIATE_CR0 = 0x41000, INTERMEDIATE_CR3 = 0x41002,
		INTERMEDIATE_CR4 = 0x41003, INTERMEDIATE_CR8 = 0x41004, DR0 = 0x50000, DR6 = 0x50004, DR7 = 0x50005, SEGMENTS = 0x60000,
		IDTR = 0x70000, GDTR = 0x70001, TSC = 0x80000, EFER = 0x80001, KERNEL_GS_BASE = 0x80002, APIC_BASE = 0x80003, PAT = 0x80004,
		SYSENTER_CS = 0x80005, SYSENTER_EIP = 0x80006, SYSENTER_ESP = 0x80007, STAR = 0x80008, LSTAR = 0x80009, CSTAR = 0x8000A,
		SFMASK = 0x8000B, INITIAL_APIC_ID = 0x8000C, MTRR_CAP = 0x8000D, MTRR_DEF_TYPE = 0x8000E, MTRR_BASE = 0x80010, MTRR_MASK = 0x80040,
		MTRR_FIXED = 0x80070, TSC_AUX = 0x8007B, DEBUG_CTL = 0x8007D, TSC_DEADLINE = 0x80095, MISC_ENABLE = 0x800A0, APIC_ID = 0x84802,
		APIC_VERSION = 0x84803;

	/** Leaves that are registers as well. */
	private static final int FIRST_INFO_LEAF = 0x40000003, LAST_INFO_LEAF = 0x4000000A;
	private static final long CR0_BITS = Cpu.CR0_PE | Cpu.CR0_MP | Cpu.CR0_EM | Cpu.CR0_TS | Cpu.CR0_ET | Cpu.CR0_NE | Cpu.CR0_WP
		| Cpu.CR0_AM | Cpu.CR0_NW | Cpu.CR0_CD | Cpu.CR0_PG;
	private static final long EFER_BITS = Cpu.EFER_SCE | Cpu.EFER_LME | Cpu.EFER_LMA | Cpu.EFER_NXE;
	private static final long X87_STATE = 1;
	private static final long RFLAGS_BITS = 0x3F7FD7;
	private static final long ATTRIBUTE_BITS = 0xF0FF;
	private static final int[] FIXED_MTRRS = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F};
	private static final int MSR_VARIABLE_MTRRS = 0x200;

	private final VirtualProcessor processor;
	private final Cpu cpu;
	private final ProcessorPlatform platform;
	private long xfem = 1;

	/** Value of the register read last. */
	private long low;
	private long high;

	RegisterFile(VirtualProcessor processor, Cpu cpu, ProcessorPlatform platform) {
		this.processor = processor;
		this.cpu = cpu;
		this.platform = platform;
	}

	/** @return bits 0-63 of the register read last */
	long low() {
		return low;
	}

	/** @return bits 64-127 of the register read last */
	long high() {
		return high;
	}

	/** @return XCR0 */
	long xfem() {
		return xfem;
	}

	// Reading

	/** Reads a register. @return false if there is none with this name */
	boolean read(int name) {
		low = 0;
		high = 0;
		boolean known = switch (name >>> 16) {
			case 0 -> readProcessor(name);
			case 1 -> readEvents(name);
			case 2 -> readGeneral(name);
			case 3 -> readVector(name);
			case 4 -> readControl(name);
			case 5 -> name <= DR7 && value(cpu.dr[debugRegister(name)]);
			case 6 -> name < SEGMENTS + 8 && readSegment(cpu.segments[name - SEGMENTS]);
			case 7 -> name <= GDTR && (name == IDTR ? table(cpu.idtBase, cpu.idtLimit) : table(cpu.gdtBase, cpu.gdtLimit));
			case 8 -> readMsr(name);
			case 9 -> readSynthetic(name);
			case 0xA, 0xB -> readSynic(name);
			default -> false;
		};
		return known || AbsentRegisters.has(name);
	}

	private boolean value(long value) {
		low = value;
		return true;
	}

	private boolean table(long base, int limit) {
		low = (limit & 0xFFFFL) << 48;
		high = base;
		return true;
	}

	private boolean readSegment(Segment segment) {
		low = segment.base;
		high = attributesOf(segment);
		return true;
	}

	/** @return limit, selector and attributes as in the upper half of HV_X64_SEGMENT_REGISTER */
	static long attributesOf(Segment segment) {
		return segment.limit & 0xFFFFFFFFL | (segment.selector & 0xFFFFL) << 32 | (long) segment.attributes << 48;
	}

	private static int debugRegister(int name) {
		return name < DR6 ? name - DR0 : name - DR6 + 6;
	}

	private boolean readProcessor(int name) {
		switch (name) {
			case EMULATION_HINTS -> low = 0;
			case INTERNAL_ACTIVITY_STATE -> low = processor.activity();
			case HYPERVISOR_VERSION -> readLeaf(0x40000002);
			case CLOCK_FREQUENCY -> low = platform.guest().clock().frequency();
			case INTERRUPT_CLOCK_FREQUENCY -> low = GuestInterface.TIMER_FREQUENCY;
			default -> {
				if (isCrashRegister(name)) {
					return value(platform.synthetic().read(SyntheticMsrs.CRASH_P0 + name - GUEST_CRASH));
				}
				if (name < HYPERVISOR_INFO || name > HYPERVISOR_INFO + LAST_INFO_LEAF - FIRST_INFO_LEAF) {
					return false;
				}
				readLeaf(name - HYPERVISOR_INFO + FIRST_INFO_LEAF);
			}
		}
		return true;
	}

	private static boolean isCrashRegister(int name) {
		return name >= GUEST_CRASH && name <= GUEST_CRASH + SyntheticMsrs.CRASH_CTL - SyntheticMsrs.CRASH_P0;
	}

	private void readLeaf(int leaf) {
		int[] result = new int[4];
		platform.defaultCpuid(leaf, 0, result);
		low = result[0] & 0xFFFFFFFFL | (long) result[1] << 32;
		high = result[2] & 0xFFFFFFFFL | (long) result[3] << 32;
	}

	private boolean readEvents(int name) {
		switch (name) {
			case PENDING_INTERRUPTION -> low = processor.pendingInterruption();
			case INTERRUPT_STATE -> low = interruptState();
			case PENDING_EVENT0, PENDING_EVENT1 -> low = 0;
			case DELIVERABILITY_NOTIFICATIONS -> low = platform.notifications().register();
			default -> {
				return false;
			}
		}
		return true;
	}

	/** @return INTERRUPT_STATE */
	long interruptState() {
		return (cpu.interruptShadow() ? 1 : 0) | (cpu.nmiMasked ? 2 : 0);
	}

	private boolean readGeneral(int name) {
		if (name < RIP) {
			return value(cpu.r[name - GENERAL]);
		}
		return name == RIP ? value(cpu.rip) : name == RFLAGS && value(cpu.rflags());
	}

	private boolean readVector(int name) {
		if (name < FP) {
			low = cpu.xmm[2 * (name - XMM)];
			high = cpu.xmm[2 * (name - XMM) + 1];
		} else if (name < FP_CONTROL_STATUS) {
			int register = cpu.fpu.top() + name - FP & 7;
			low = cpu.fpu.significand[register];
			high = cpu.fpu.signExponent[register] & 0xFFFF;
		} else if (name == FP_CONTROL_STATUS) {
			FpuState fpu = cpu.fpu;
			low = fpu.control & 0xFFFFL | (fpu.status & 0xFFFFL) << 16 | (fpu.valid & 0xFFL) << 32 | (fpu.lastOpcode & 0x7FFL) << 48;
			high = XsaveArea.instructionPointer(cpu);
		} else if (name == XMM_CONTROL_STATUS) {
			low = XsaveArea.operandPointer(cpu);
			high = cpu.mxcsr & 0xFFFFFFFFL | (long) XsaveArea.MXCSR_MASK << 32;
		} else {
			return false;
		}
		return true;
	}

	private boolean readControl(int name) {
		switch (name) {
			case CR0, INTERMEDIATE_CR0 -> low = cpu.cr0;
			case CR2 -> low = cpu.cr2;
			case CR3, INTERMEDIATE_CR3 -> low = cpu.cr3;
			case CR4, INTERMEDIATE_CR4 -> low = cpu.cr4;
			case CR8, INTERMEDIATE_CR8 -> low = platform.taskPriority();
			case XFEM -> low = xfem;
			default -> {
				return false;
			}
		}
		return true;
	}

	private boolean readMsr(int name) {
		switch (name) {
			case TSC -> low = platform.timeStampCounter();
			case EFER -> low = cpu.efer;
			case KERNEL_GS_BASE -> low = cpu.kernelGsBase;
			case APIC_BASE -> low = platform.apic().base();
			case PAT -> low = cpu.pat;
			case SYSENTER_CS -> low = cpu.sysenterCs;
			case SYSENTER_EIP -> low = cpu.sysenterEip;
			case SYSENTER_ESP -> low = cpu.sysenterEsp;
			case STAR -> low = cpu.star;
			case LSTAR -> low = cpu.lstar;
			case CSTAR -> low = cpu.cstar;
			case SFMASK -> low = cpu.sfmask;
			case INITIAL_APIC_ID -> low = processor.index();
			case TSC_AUX -> low = cpu.tscAux;
			case TSC_DEADLINE -> low = platform.apic().timeStampDeadline();
			case APIC_ID -> low = platform.apic().id();
			case APIC_VERSION -> low = platform.apic().version();
			default -> {
				int index = modelRegister(name);
				if (index < 0) {
					return false;
				}
				low = platform.model().read(index);
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

	private static int syntheticMsr(int name) {
		return switch (name) {
			case 0x90000 -> SyntheticMsrs.VP_RUNTIME;
			case 0x90001 -> SyntheticMsrs.HYPERCALL;
			case 0x90002 -> SyntheticMsrs.GUEST_OS_ID;
			case 0x90003 -> SyntheticMsrs.VP_INDEX;
			case 0x90004 -> SyntheticMsrs.TIME_REF_COUNT;
			case 0x90011 -> SyntheticMsrs.ICR;
			case 0x90012 -> SyntheticMsrs.TPR;
			case 0x90013 -> SyntheticMsrs.VP_ASSIST_PAGE;
			case 0x90017 -> SyntheticMsrs.REFERENCE_TSC;
			default -> -1;
		};
	}

	private boolean readSynthetic(int name) {
		int index = syntheticMsr(name);
		return index >= 0 && value(platform.synthetic().read(index));
	}

	private static int synicMsr(int name) {
		return name >>> 16 == 0xA ? SynicMsrs.synicRegister(name & 0xFFFF) : SynicMsrs.timerRegister(name & 0xFFFF);
	}

	private boolean readSynic(int name) {
		int index = synicMsr(name);
		return index >= 0 && value(platform.synic().read(index));
	}

	private HvStatus writeSynic(int name, long value) {
		int index = synicMsr(name);
		return index < 0 || index == SyntheticMsr.SVERSION ? HvStatus.INVALID_PARAMETER : accepted(platform.synic().write(index, value));
	}

	// Writing

	/** Writes a register; one that cannot be written takes the value that it has.
	 * @return SUCCESS, INVALID_PARAMETER if there is none with this name, INVALID_REGISTER_VALUE if it cannot have this value */
	HvStatus write(int name, long low, long high) {
		HvStatus status = switch (name >>> 16) {
			case 0 -> writeProcessor(name, low);
			case 1 -> writeEvents(name, low, high);
			case 2 -> writeGeneral(name, low);
			case 3 -> writeVector(name, low, high);
			case 4 -> writeControl(name, low);
			case 5 -> name <= DR7 ? writeDebug(debugRegister(name), low) : HvStatus.INVALID_PARAMETER;
			case 6 -> name < SEGMENTS + 8 ? writeSegment(cpu.segments[name - SEGMENTS], low, high) : HvStatus.INVALID_PARAMETER;
			case 7 -> name <= GDTR ? writeTable(name, low, high) : HvStatus.INVALID_PARAMETER;
			case 8 -> writeMsr(name, low);
			case 9 -> writeSynthetic(name, low);
			case 0xA, 0xB -> writeSynic(name, low);
			default -> HvStatus.INVALID_PARAMETER;
		};
		boolean readOnly = status == HvStatus.INVALID_PARAMETER && name != DELIVERABILITY_NOTIFICATIONS && read(name);
		return readOnly ? accepted(this.low == low && this.high == high) : status;
	}

	private static HvStatus accepted(boolean accepted) {
		return accepted ? HvStatus.SUCCESS : HvStatus.INVALID_REGISTER_VALUE;
	}

	private HvStatus writeProcessor(int name, long value) {
		if (name == INTERNAL_ACTIVITY_STATE) {
			return accepted(processor.setActivity(value));
		}
		int parameters = SyntheticMsrs.CRASH_CTL - SyntheticMsrs.CRASH_P0;
		return name >= GUEST_CRASH && name < GUEST_CRASH + parameters
			? accepted(platform.synthetic().write(SyntheticMsrs.CRASH_P0 + name - GUEST_CRASH, value)) : HvStatus.INVALID_PARAMETER;
	}

	private HvStatus writeEvents(int name, long low, long high) {
		switch (name) {
			case PENDING_INTERRUPTION -> {
				return accepted(processor.setPendingInterruption(low));
			}
			case INTERRUPT_STATE -> {
				if ((low & ~3L) != 0) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				if ((low & 1) == 0) {
					cpu.endShadow();
				} else if (!cpu.interruptShadow()) {
					cpu.shadowedRip = cpu.rip;
					cpu.stackShadow = false;
				}
				cpu.nmiMasked = (low & 2) != 0;
				cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
				return HvStatus.SUCCESS;
			}
			case PENDING_EVENT0 -> {
				return writePendingEvent(low, high);
			}
			case PENDING_EVENT1 -> {
				return accepted(low == 0 && high == 0);
			}
			case DELIVERABILITY_NOTIFICATIONS -> {
				return platform.notifications().setRegister(low) ? HvStatus.SUCCESS : HvStatus.INVALID_PARAMETER;
			}
			default -> {
				return HvStatus.INVALID_PARAMETER;
			}
		}
	}

	/** An exception to raise: it becomes the pending interruption. */
	private HvStatus writePendingEvent(long low, long high) {
		if ((low & 1) == 0) {
			return accepted(low == 0 && high == 0);
		}
		if ((low & 0xFEFEL) != 0) {
			return HvStatus.INVALID_REGISTER_VALUE;
		}
		long vector = low >>> 16 & 0xFFFF;
		long errorCode = (low >>> 8 & 1) << 4;
		if (!processor.setPendingInterruption(1 | PendingInterruption.EXCEPTION << 1 | errorCode | vector << 16 | low >>> 32 << 32)) {
			return HvStatus.INVALID_REGISTER_VALUE;
		}
		if (vector == Vector.PF) {
			cpu.cr2 = high;
		}
		return HvStatus.SUCCESS;
	}

	private HvStatus writeGeneral(int name, long value) {
		if (name < RIP) {
			cpu.r[name - GENERAL] = value;
		} else if (name == RIP) {
			processor.moveTo(value);
		} else if (name == RFLAGS) {
			if ((value & ~RFLAGS_BITS) != 0) {
				return HvStatus.INVALID_REGISTER_VALUE;
			}
			cpu.setRflags(value);
			processor.contextChanged();
		} else {
			return HvStatus.INVALID_PARAMETER;
		}
		return HvStatus.SUCCESS;
	}

	private HvStatus writeVector(int name, long low, long high) {
		if (name < FP) {
			cpu.xmm[2 * (name - XMM)] = low;
			cpu.xmm[2 * (name - XMM) + 1] = high;
		} else if (name < FP_CONTROL_STATUS) {
			int register = cpu.fpu.top() + name - FP & 7;
			cpu.fpu.significand[register] = low;
			cpu.fpu.signExponent[register] = (int) high & 0xFFFF;
		} else if (name == FP_CONTROL_STATUS) {
			writeFpControl(low, high);
		} else if (name == XMM_CONTROL_STATUS) {
			if ((high & 0xFFFFFFFFL & ~XsaveArea.MXCSR_MASK) != 0) {
				return HvStatus.INVALID_REGISTER_VALUE;
			}
			XsaveArea.setOperandPointer(cpu, low);
			cpu.setMxcsr((int) high);
		} else {
			return HvStatus.INVALID_PARAMETER;
		}
		return HvStatus.SUCCESS;
	}

	/** ST(i) stay the same registers when TOP changes: they are numbered from it. */
	private void writeFpControl(long low, long high) {
		FpuState fpu = cpu.fpu;
		int before = fpu.top();
		fpu.control = (int) low & 0xFFFF;
		fpu.status = (int) (low >>> 16) & 0xFFFF;
		fpu.valid = (int) (low >>> 32) & 0xFF;
		fpu.lastOpcode = (int) (low >>> 48) & 0x7FF;
		XsaveArea.setInstructionPointer(cpu, high);
		int shift = fpu.top() - before & 7;
		if (shift != 0) {
			long[] significand = fpu.significand.clone();
			int[] signExponent = fpu.signExponent.clone();
			for (int i = 0; i < 8; i++) {
				fpu.significand[i + shift & 7] = significand[i];
				fpu.signExponent[i + shift & 7] = signExponent[i];
			}
		}
	}

	private HvStatus writeControl(int name, long value) {
		switch (name) {
			case CR0, INTERMEDIATE_CR0 -> {
				if ((value & ~CR0_BITS) != 0) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				cpu.cr0 = value | Cpu.CR0_ET;
			}
			case CR2 -> {
				cpu.cr2 = value;
				return HvStatus.SUCCESS;
			}
			case CR3, INTERMEDIATE_CR3 -> {
				if ((value & ~PhysicalMemory.ADDRESS_MASK) != 0) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				cpu.cr3 = value;
			}
			case CR4, INTERMEDIATE_CR4 -> {
				if ((value & ~cpu.features.cr4()) != 0) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				cpu.cr4 = value;
			}
			case CR8, INTERMEDIATE_CR8 -> {
				if ((value & ~15L) != 0) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				platform.setTaskPriority((int) value);
				return HvStatus.SUCCESS;
			}
			case XFEM -> {
				long states = platform.guest().features().xsave() ? Properties.XSAVE_STATES : X87_STATE;
				if ((value & 1) == 0 || (value & ~states) != 0) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				xfem = value;
				return HvStatus.SUCCESS;
			}
			default -> {
				return HvStatus.INVALID_PARAMETER;
			}
		}
		processor.pagingChanged();
		return HvStatus.SUCCESS;
	}

	private HvStatus writeDebug(int register, long value) {
		if (register >= 6 && value >>> 32 != 0) {
			return HvStatus.INVALID_REGISTER_VALUE;
		}
		cpu.dr[register] = register == 7 ? value | 0x400 : register == 6 ? value | 0xFFFF0FF0L : value;
		processor.contextChanged();
		return HvStatus.SUCCESS;
	}

	private HvStatus writeSegment(Segment segment, long low, long high) {
		if ((high >>> 48 & ~ATTRIBUTE_BITS) != 0) {
			return HvStatus.INVALID_REGISTER_VALUE;
		}
		setSegment(segment, low, high);
		processor.contextChanged();
		return HvStatus.SUCCESS;
	}

	/** Sets a segment register from the two halves of HV_X64_SEGMENT_REGISTER; reserved attributes are dropped. */
	static void setSegment(Segment segment, long low, long high) {
		segment.set((int) (high >>> 32) & 0xFFFF, low, high & 0xFFFFFFFFL, (int) (high >>> 48 & ATTRIBUTE_BITS));
	}

	private HvStatus writeTable(int name, long low, long high) {
		int limit = (int) (low >>> 48);
		if (name == IDTR) {
			cpu.idtBase = high;
			cpu.idtLimit = limit;
		} else {
			cpu.gdtBase = high;
			cpu.gdtLimit = limit;
		}
		return HvStatus.SUCCESS;
	}

	private HvStatus writeMsr(int name, long value) {
		switch (name) {
			case TSC -> platform.setTimeStampCounter(value);
			case EFER -> {
				if ((value & ~EFER_BITS) != 0) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				cpu.efer = value;
				processor.pagingChanged();
			}
			case KERNEL_GS_BASE -> cpu.kernelGsBase = value;
			case APIC_BASE -> {
				if (!platform.apic().restoreBase(value)) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				processor.pagingChanged();
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
				return accepted(platform.model().write(index, value) || platform.model().read(index) == value);
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

	private HvStatus writeSynthetic(int name, long value) {
		switch (name) {
			case 0x90001, 0x90002, 0x90011, 0x90012, 0x90013, 0x90017 -> {
				return accepted(platform.synthetic().write(syntheticMsr(name), value));
			}
			default -> {
				return HvStatus.INVALID_PARAMETER;
			}
		}
	}
}
