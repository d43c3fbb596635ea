package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.memory.PhysicalMemory;

/** Names 0x00040000 to 0x0004FFFF: control registers and XCR0. */
final class ControlRegisters {
	private static final int CR0 = 0x40000, CR2 = 0x40001, CR3 = 0x40002, CR4 = 0x40003, CR8 = 0x40004, XFEM = 0x40005,
		INTERMEDIATE_CR0 = 0x41000, INTERMEDIATE_CR3 = 0x41002, INTERMEDIATE_CR4 = 0x41003, INTERMEDIATE_CR8 = 0x41004;

	private static final long CR0_BITS = Cpu.CR0_PE | Cpu.CR0_MP | Cpu.CR0_EM | Cpu.CR0_TS | Cpu.CR0_ET | Cpu.CR0_NE | Cpu.CR0_WP
		| Cpu.CR0_AM | Cpu.CR0_NW | Cpu.CR0_CD | Cpu.CR0_PG;
	private static final long X87_STATE = 1;

	private final VirtualProcessor processor;
	private final Cpu cpu;
	private final ProcessorPlatform platform;
	private final RegisterBits bits;
	private long xfem = X87_STATE;

	ControlRegisters(VirtualProcessor processor, Cpu cpu, ProcessorPlatform platform, RegisterBits bits) {
		this.processor = processor;
		this.cpu = cpu;
		this.platform = platform;
		this.bits = bits;
	}

	/** @return XCR0 */
	long xfem() {
		return xfem;
	}

	boolean read(int name) {
		switch (name) {
			case CR0, INTERMEDIATE_CR0 -> bits.low = cpu.cr0;
			case CR2 -> bits.low = cpu.cr2;
			case CR3, INTERMEDIATE_CR3 -> bits.low = cpu.cr3;
			case CR4, INTERMEDIATE_CR4 -> bits.low = cpu.cr4;
			case CR8, INTERMEDIATE_CR8 -> bits.low = platform.taskPriority();
			case XFEM -> bits.low = xfem;
			default -> {
				return false;
			}
		}
		return true;
	}

	HvStatus write(int name, long value) {
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
		processor.execution().pagingChanged();
		return HvStatus.SUCCESS;
	}
}
