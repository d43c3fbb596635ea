package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.guest.SyntheticMsrs;
import mshv.backend.emu.synic.SynicMsrs;

/** Names 0x00090000 to 0x000BFFFF: the synthetic MSRs, with the SynIC and its timers. */
final class SyntheticRegisters {
	private final ProcessorPlatform platform;
	private final RegisterBits bits;

	SyntheticRegisters(ProcessorPlatform platform, RegisterBits bits) {
		this.platform = platform;
		this.bits = bits;
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

	boolean readSynthetic(int name) {
		int index = syntheticMsr(name);
		return index >= 0 && bits.set(platform.synthetic().read(index));
	}

	private static int synicMsr(int name) {
		return name >>> 16 == 0xA ? SynicMsrs.synicRegister(name & 0xFFFF) : SynicMsrs.timerRegister(name & 0xFFFF);
	}

	boolean readSynic(int name) {
		int index = synicMsr(name);
		return index >= 0 && bits.set(platform.synic().read(index));
	}

	HvStatus writeSynic(int name, long value) {
		int index = synicMsr(name);
		return index < 0 || index == SyntheticMsr.SVERSION ? HvStatus.INVALID_PARAMETER
			: RegisterBits.accepted(platform.synic().write(index, value));
	}

	HvStatus writeSynthetic(int name, long value) {
		switch (name) {
			case 0x90001, 0x90002, 0x90011, 0x90012, 0x90013, 0x90017 -> {
				return RegisterBits.accepted(platform.synthetic().write(syntheticMsr(name), value));
			}
			default -> {
				return HvStatus.INVALID_PARAMETER;
			}
		}
	}
}
