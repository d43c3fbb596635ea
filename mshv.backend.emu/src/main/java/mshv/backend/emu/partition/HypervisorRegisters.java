package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.backend.emu.guest.GuestInterface;
import mshv.backend.emu.guest.SyntheticMsrs;

/** Names 0x00000000 to 0x0000FFFF: the activity of a processor, what the hypervisor says of itself, and the crash registers. */
final class HypervisorRegisters {
	private static final int EMULATION_HINTS = 0x2, INTERNAL_ACTIVITY_STATE = 0x4, HYPERVISOR_VERSION = 0x100, HYPERVISOR_INFO = 0x200,
		GUEST_CRASH = 0x210, CLOCK_FREQUENCY = 0x240, INTERRUPT_CLOCK_FREQUENCY = 0x241;

	/** Leaves that are registers as well. */
	private static final int FIRST_INFO_LEAF = 0x40000003, LAST_INFO_LEAF = 0x4000000A;

	private final VirtualProcessor processor;
	private final ProcessorPlatform platform;
	private final RegisterBits bits;

	HypervisorRegisters(VirtualProcessor processor, ProcessorPlatform platform, RegisterBits bits) {
		this.processor = processor;
		this.platform = platform;
		this.bits = bits;
	}

	boolean read(int name) {
		switch (name) {
			case EMULATION_HINTS -> bits.low = 0;
			case INTERNAL_ACTIVITY_STATE -> bits.low = processor.activity().register();
			case HYPERVISOR_VERSION -> readLeaf(0x40000002);
			case CLOCK_FREQUENCY -> bits.low = platform.guest().clock().frequency();
			case INTERRUPT_CLOCK_FREQUENCY -> bits.low = GuestInterface.TIMER_FREQUENCY;
			default -> {
				if (isCrashRegister(name)) {
					return bits.set(platform.synthetic().read(SyntheticMsrs.CRASH_P0 + name - GUEST_CRASH));
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
		bits.low = result[0] & 0xFFFFFFFFL | (long) result[1] << 32;
		bits.high = result[2] & 0xFFFFFFFFL | (long) result[3] << 32;
	}

	HvStatus write(int name, long value) {
		if (name == INTERNAL_ACTIVITY_STATE) {
			return RegisterBits.accepted(processor.activity().setRegister(value));
		}
		int parameters = SyntheticMsrs.CRASH_CTL - SyntheticMsrs.CRASH_P0;
		return name >= GUEST_CRASH && name < GUEST_CRASH + parameters
			? RegisterBits.accepted(platform.synthetic().write(SyntheticMsrs.CRASH_P0 + name - GUEST_CRASH, value))
			: HvStatus.INVALID_PARAMETER;
	}
}
