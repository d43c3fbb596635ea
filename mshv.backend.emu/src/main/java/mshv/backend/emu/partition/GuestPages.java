package mshv.backend.emu.partition;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.api.GpaAccess.Result;
import mshv.backend.emu.memory.AccessLog;
import mshv.backend.emu.memory.PhysicalMemory;

/** Accesses of the root to guest memory as a processor sees it, overlays included. The processor stands. */
final class GuestPages {
	private static final int PAGE_OFFSET = PhysicalMemory.PAGE_SIZE - 1;

	private final PhysicalMemory memory;

	GuestPages(PhysicalMemory memory) {
		this.memory = memory;
	}

	/** @param apicPage guest-physical address of the processor's APIC page, -1 if there is none
	 * @param gpa guest-physical address; the bytes lie within its page
	 * @param to host address */
	Result read(long apicPage, long gpa, int size, long to) {
		if ((gpa & -PhysicalMemory.PAGE_SIZE) == apicPage) {
			return Result.ILLEGAL_OVERLAY_ACCESS;
		}
		long entry = memory.entry(gpa >>> PhysicalMemory.PAGE_SHIFT);
		if (entry == 0) {
			return Result.UNMAPPED;
		}
		if ((entry & PhysicalMemory.READ) == 0) {
			return Result.READ_INTERCEPT;
		}
		RAW.copy((entry & PhysicalMemory.HOST) + (gpa & PAGE_OFFSET), to, size);
		AccessLog log = memory.accessLog();
		if (log != null) {
			log.read(gpa >>> PhysicalMemory.PAGE_SHIFT);
		}
		return Result.SUCCESS;
	}

	/** As {@link #read}. @param overlaid whether the hypervisor has laid a page there
	 * @param from host address */
	Result write(long apicPage, long gpa, int size, boolean overlaid, long from) {
		if ((gpa & -PhysicalMemory.PAGE_SIZE) == apicPage) {
			return Result.ILLEGAL_OVERLAY_ACCESS;
		}
		long entry = memory.entry(gpa >>> PhysicalMemory.PAGE_SHIFT);
		if (entry == 0) {
			return Result.UNMAPPED;
		}
		if ((entry & PhysicalMemory.WRITE) == 0) {
			return overlaid ? Result.ILLEGAL_OVERLAY_ACCESS : Result.WRITE_INTERCEPT;
		}
		RAW.copy(from, (entry & PhysicalMemory.HOST) + (gpa & PAGE_OFFSET), size);
		AccessLog log = memory.accessLog();
		if (log != null) {
			log.written(gpa >>> PhysicalMemory.PAGE_SHIFT);
		}
		return Result.SUCCESS;
	}
}
