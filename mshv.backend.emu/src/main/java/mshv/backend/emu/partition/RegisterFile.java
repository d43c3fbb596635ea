package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.backend.emu.cpu.Cpu;

/**
 * The registers of a processor by their HV_REGISTER_NAME, while the processor stands; all but those that other threads may write.
 * <p>
 * A value that the register can never have is refused; whether control registers, flags and segments fit together is looked at when the
 * processor runs next ({@link ContextLoader}), because they are written one by one. The upper half of a name says of which kind it is.
 */
final class RegisterFile {
	private static final int GENERAL = 0x20000, RIP = 0x20010, RFLAGS = 0x20011, DR0 = 0x50000, DR6 = 0x50004, DR7 = 0x50005;
	private static final long RFLAGS_BITS = 0x3F7FD7;

	private final VirtualProcessor processor;
	private final Cpu cpu;
	private final RegisterBits bits = new RegisterBits();
	private final HypervisorRegisters hypervisor;
	private final EventRegisters events;
	private final VectorRegisters vectors;
	private final ControlRegisters control;
	private final SegmentRegisters segments;
	private final MsrRegisters msrs;
	private final SyntheticRegisters synthetic;

	RegisterFile(VirtualProcessor processor, Cpu cpu, ProcessorPlatform platform) {
		this.processor = processor;
		this.cpu = cpu;
		hypervisor = new HypervisorRegisters(processor, platform, bits);
		events = new EventRegisters(processor, cpu, platform.notifications(), bits);
		vectors = new VectorRegisters(cpu, bits);
		control = new ControlRegisters(processor, cpu, platform, bits);
		segments = new SegmentRegisters(processor, cpu, bits);
		msrs = new MsrRegisters(processor, cpu, platform, bits);
		synthetic = new SyntheticRegisters(platform, bits);
	}

	/** @return bits 0-63 of the register read last */
	long low() {
		return bits.low;
	}

	/** @return bits 64-127 of the register read last */
	long high() {
		return bits.high;
	}

	/** @return XCR0 */
	long xfem() {
		return control.xfem();
	}

	/** @return INTERRUPT_STATE */
	long interruptState() {
		return events.interruptState();
	}

	/** Reads a register. @return false if there is none with this name */
	boolean read(int name) {
		bits.low = 0;
		bits.high = 0;
		boolean known = switch (name >>> 16) {
			case 0 -> hypervisor.read(name);
			case 1 -> events.read(name);
			case 2 -> readGeneral(name);
			case 3 -> vectors.read(name);
			case 4 -> control.read(name);
			case 5 -> name <= DR7 && bits.set(cpu.dr[debugRegister(name)]);
			case 6, 7 -> segments.read(name);
			case 8 -> msrs.read(name);
			case 9 -> synthetic.readSynthetic(name);
			case 0xA, 0xB -> synthetic.readSynic(name);
			default -> false;
		};
		return known || AbsentRegisters.has(name);
	}

	/** Writes a register; one that cannot be written takes the value that it has.
	 * @return SUCCESS, INVALID_PARAMETER if there is none with this name, INVALID_REGISTER_VALUE if it cannot have this value */
	HvStatus write(int name, long low, long high) {
		HvStatus status = switch (name >>> 16) {
			case 0 -> hypervisor.write(name, low);
			case 1 -> events.write(name, low, high);
			case 2 -> writeGeneral(name, low);
			case 3 -> vectors.write(name, low, high);
			case 4 -> control.write(name, low);
			case 5 -> name <= DR7 ? writeDebug(debugRegister(name), low) : HvStatus.INVALID_PARAMETER;
			case 6, 7 -> segments.write(name, low, high);
			case 8 -> msrs.write(name, low);
			case 9 -> synthetic.writeSynthetic(name, low);
			case 0xA, 0xB -> synthetic.writeSynic(name, low);
			default -> HvStatus.INVALID_PARAMETER;
		};
		boolean readOnly = status == HvStatus.INVALID_PARAMETER && name != EventRegisters.DELIVERABILITY_NOTIFICATIONS && read(name);
		return readOnly ? RegisterBits.accepted(bits.low == low && bits.high == high) : status;
	}

	private boolean readGeneral(int name) {
		if (name < RIP) {
			return bits.set(cpu.r[name - GENERAL]);
		}
		return name == RIP ? bits.set(cpu.rip) : name == RFLAGS && bits.set(cpu.rflags());
	}

	private HvStatus writeGeneral(int name, long value) {
		if (name < RIP) {
			cpu.r[name - GENERAL] = value;
		} else if (name == RIP) {
			processor.execution().moveTo(value);
		} else if (name == RFLAGS) {
			if ((value & ~RFLAGS_BITS) != 0) {
				return HvStatus.INVALID_REGISTER_VALUE;
			}
			cpu.setRflags(value);
			processor.execution().contextChanged();
		} else {
			return HvStatus.INVALID_PARAMETER;
		}
		return HvStatus.SUCCESS;
	}

	private static int debugRegister(int name) {
		return name < DR6 ? name - DR0 : name - DR6 + 6;
	}

	private HvStatus writeDebug(int register, long value) {
		if (register >= 6 && value >>> 32 != 0) {
			return HvStatus.INVALID_REGISTER_VALUE;
		}
		cpu.dr[register] = register == 7 ? value | 0x400 : register == 6 ? value | 0xFFFF0FF0L : value;
		processor.execution().contextChanged();
		return HvStatus.SUCCESS;
	}
}
