package mshv.backend.emu.guest;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.backend.emu.memory.PhysicalMemory;

/** The hypercall page of a partition and the identity of its operating system (TLFS 3.13). Any thread. */
public final class HypercallPage {
	private static final long ENABLE = 1;
	private static final long LOCKED = 2;
	private static final long PAGE = ~0xFFFL;
	/** VMCALL; RET. */
	private static final int CODE = 0xC3C1010F;

	private final Overlays overlays;
	private final long host;
	private volatile long osId;
	private volatile long register;

	/** @param host host address of a page for the code, alive as long as the partition */
	public HypercallPage(Overlays overlays, long host) {
		this.overlays = overlays;
		this.host = host;
		RAW.fill(host, PhysicalMemory.PAGE_SIZE, (byte) 0xCC);
		RAW.putInt(host, CODE);
	}

	/** @return HV_X64_MSR_GUEST_OS_ID */
	public long osId() {
		return osId;
	}

	/** Writes HV_X64_MSR_GUEST_OS_ID; zero disables the page. */
	public synchronized void setOsId(long value) {
		osId = value;
		if (value == 0 && (register & LOCKED) == 0) {
			register &= ~ENABLE;
			overlays.remove(this);
		}
	}

	/** @return HV_X64_MSR_HYPERCALL */
	public long register() {
		return register;
	}

	/** @return true if the guest may make hypercalls */
	public boolean enabled() {
		return (register & ENABLE) != 0;
	}

	/** Writes HV_X64_MSR_HYPERCALL. Without an operating system's identity the page stays disabled; once locked nothing changes.
	 * @return false if a reserved bit is set or the page lies beyond physical memory */
	public synchronized boolean setRegister(long value) {
		if ((value & ~(PAGE | LOCKED | ENABLE)) != 0 || (value & PAGE & ~PhysicalMemory.ADDRESS_MASK) != 0) {
			return false;
		}
		if ((register & LOCKED) != 0) {
			return true;
		}
		long effective = osId == 0 ? value & ~(ENABLE | LOCKED) : value;
		register = effective;
		if ((effective & ENABLE) != 0) {
			overlays.install(this, effective >>> 12, host | PhysicalMemory.READ | PhysicalMemory.EXECUTE);
		} else {
			overlays.remove(this);
		}
		return true;
	}
}
