package mshv.backend.emu.cpu;

import mshv.backend.emu.memory.AccessLog;
import mshv.backend.emu.memory.PhysicalMemory;

/** What an access of one processor to guest-physical memory brings with it: notes of it, news to who keeps translated code, and exits. */
final class PhysicalAccess {
	private final Cpu cpu;
	private final PhysicalMemory memory;
	private final CodeCache codeCache;

	PhysicalAccess(Cpu cpu, PhysicalMemory memory, CodeCache codeCache) {
		this.cpu = cpu;
		this.memory = memory;
		this.codeCache = codeCache;
	}

	void noteRead(long gpa) {
		AccessLog log = memory.accessLog();
		if (log != null) {
			log.read(gpa >>> 12);
		}
	}

	void noteWrite(long gpa) {
		AccessLog log = memory.accessLog();
		if (log != null) {
			log.written(gpa >>> 12);
		}
	}

	/** @return false if the first write to the page has still to be noted */
	boolean noted(long gpa) {
		AccessLog log = memory.accessLog();
		return log == null || log.isDirty(gpa >>> 12);
	}

	private boolean holdsCode(long gpa) {
		return (memory.entry(gpa >>> 12) & PhysicalMemory.CODE) != 0;
	}

	/** Before a store to a page with translated code: what it would change goes, which only the precise tier may do. */
	void writeCode(long gpa, int size) {
		if (codeCache.holds(gpa, size)) {
			if (!cpu.precise) {
				throw cpu.leaveFor(GuestFault.CODE_WRITE);
			}
			codeCache.invalidate(gpa, size);
		}
	}

	/** Before a write within a page that is no store of an instruction. */
	void beforeWrite(long gpa, int size) {
		if (holdsCode(gpa)) {
			writeCode(gpa, size);
		}
	}

	/** After the write that {@link #beforeWrite} announced. */
	void afterWrite(long gpa, int size) {
		noteWrite(gpa);
		if (holdsCode(gpa)) {
			codeCache.written(gpa, size);
		}
	}

	/** After a paging-structure entry was marked as accessed or dirty. */
	void entryMarked(long gpa) {
		noteWrite(gpa);
		if (holdsCode(gpa) && codeCache.holds(gpa & -8, 8)) {
			codeCache.invalidate(gpa & -8, 8);
			codeCache.written(gpa & -8, 8);
		}
	}

	/** Prepares the exit of an access that memory refuses.
	 * @param gvaValid the linear address is that of the access, not of one that its translation needed
	 * @param entry of the page in {@link PhysicalMemory}
	 * @return the fault to throw */
	GuestFault exit(long gpa, long gva, boolean gvaValid, int size, AccessType type, long entry) {
		Exit exit = cpu.exit;
		exit.gpa = gpa;
		exit.gva = gva;
		exit.gvaValid = gvaValid;
		exit.size = size;
		exit.write = type == AccessType.WRITE;
		exit.execute = type == AccessType.FETCH;
		exit.mapped = entry != 0;
		return cpu.leave(Exit.Kind.MEMORY);
	}
}
