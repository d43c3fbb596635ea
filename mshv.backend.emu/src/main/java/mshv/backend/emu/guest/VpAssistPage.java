package mshv.backend.emu.guest;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.backend.emu.apic.LocalApic;
import mshv.backend.emu.memory.PhysicalMemory;

/** The VP assist page of a processor (TLFS 10.3.5); only its APIC assist field is in use. On the processor's thread or while it stands. */
final class VpAssistPage {
	private static final long ENABLE = 1;
	private static final long PAGE = ~0xFFFL;

	private final Overlays overlays;
	private final LocalApic apic;
	private final long host;
	private long register;

	VpAssistPage(Overlays overlays, LocalApic apic, long host) {
		this.overlays = overlays;
		this.apic = apic;
		this.host = host;
	}

	long register() {
		return register;
	}

	boolean setRegister(long value) {
		if ((value & PAGE & ~PhysicalMemory.ADDRESS_MASK) != 0) {
			return false;
		}
		if ((value & ENABLE) != 0) {
			if ((register & ENABLE) == 0) {
				RAW.fill(host, PhysicalMemory.PAGE_SIZE, (byte) 0);
				apic.setAssistPage(host);
			}
			overlays.install(this, value >>> 12, host | PhysicalMemory.READ | PhysicalMemory.WRITE);
		} else {
			apic.setAssistPage(0);
			overlays.remove(this);
		}
		register = value;
		return true;
	}

	void close() {
		overlays.remove(this);
	}
}
