package mshv.backend.emu.cpu;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.Arena;

import mshv.backend.emu.memory.PhysicalMemory;

/**
 * One processor's way from linear addresses to memory, for what the {@link Tlb} does not answer: checks, walks, devices, doorbells, and
 * pages that hold translated code.
 */
public final class Mmu {
	private final Cpu cpu;
	private final PhysicalMemory memory;
	private final CodeCache codeCache;
	private final Tlb tlb;
	private final AccessChecks checks;
	private final PhysicalAccess physical;
	private final PageWalk walk;

	private long linkGeneration;
	private long mappingGeneration;

	Mmu(Cpu cpu, PhysicalMemory memory, CodeCache codeCache, Arena arena) {
		this.cpu = cpu;
		this.memory = memory;
		this.codeCache = codeCache;
		tlb = new Tlb(cpu, arena);
		checks = new AccessChecks(cpu);
		physical = new PhysicalAccess(cpu, memory, codeCache);
		walk = new PageWalk(cpu, memory, physical);
	}

	/** Forgets every translation. */
	public void flush() {
		if (tlb.flush()) {
			walk.forget();
		}
		breakLinks();
	}

	/** Forgets the translations of one page, as INVLPG does. */
	public void flushPage(long address) {
		if (tlb.maybeLarge(address)) {
			flush();
			return;
		}
		tlb.flushPage(address);
		walk.forget();
		breakLinks();
	}

	/** @return a number that changes whenever a link between blocks may no longer hold */
	public long linkGeneration() {
		return linkGeneration;
	}

	/** @return a number that changes whenever the address of code may lead somewhere else */
	public long mappingGeneration() {
		return mappingGeneration;
	}

	/** Makes every link between blocks of code invalid. */
	public void breakLinks() {
		linkGeneration++;
		mappingGeneration++;
	}

	/** Makes every link between blocks doubtful: others may have written to the code, though it is where it was. */
	public void doubtCode() {
		linkGeneration++;
	}

	/** Drops the writable translations of a page that now holds translated code or has become read-only.
	 * @param host host address of the page */
	public void protect(long host) {
		tlb.protect(host);
	}

	/** Picks the tables for the processor's privilege and mode. */
	void selectTables() {
		if (checks.everyAccess()) {
			tlb.selectNone();
		} else {
			tlb.select();
		}
	}

	/** Until {@link #endSystemAccess}, accesses are implicit supervisor accesses (descriptor tables, TSS) whatever the CPL. */
	public void beginSystemAccess() {
		cpu.systemAccess = true;
		selectTables();
	}

	/** Ends what {@link #beginSystemAccess} began. */
	public void endSystemAccess() {
		cpu.systemAccess = false;
		selectTables();
	}

	/** Loads the PAE page-directory-pointer registers from CR3 (Intel SDM vol. 3, 4.4.1).
	 * @return false if an entry has a reserved bit set: the load that asked for it raises #GP, and the registers are unchanged */
	public boolean loadPdptr(long cr3) {
		return walk.loadPdptr(cr3);
	}

	// Data

	private long wrap(long address) {
		return cpu.mode == 64 ? address : address & 0xFFFFFFFFL;
	}

	private static boolean crosses(long address, int size) {
		return (address & 4095) + size > 4096;
	}

	/** Reads past the inline check: fills the table where it may, and reaches devices. @param size 1 to 8 bytes */
	long readSlow(long address, int size) {
		checks.check(address, size, false);
		if (crosses(address, size)) {
			int first = (int) (4096 - (address & 4095));
			long low = readPart(address, first);
			return low | readPart(wrap(address + first), size - first) << 8 * first;
		}
		return readPart(address, size);
	}

	private long readPart(long address, int size) {
		long gpa = walk.translate(address, AccessType.READ);
		if ((gpa & Tlb.PAGE) == cpu.platform.apicPage()) {
			return cpu.platform.readApic((int) gpa & 4095, size);
		}
		long entry = memory.entry(gpa >>> 12);
		if ((entry & PhysicalMemory.READ) == 0) {
			throw physical.exit(gpa, address, true, size, AccessType.READ, entry);
		}
		physical.noteRead(gpa);
		fill(address, gpa, withoutDoorbell(gpa, entry));
		return load((entry & PhysicalMemory.HOST) + (gpa & 4095), size);
	}

	private static long load(long host, int size) {
		switch (size) {
			case 1:
				return RAW.getByte(host) & 0xFF;
			case 2:
				return RAW.getShort(host) & 0xFFFF;
			case 4:
				return RAW.getInt(host) & 0xFFFFFFFFL;
			case 8:
				return RAW.getLong(host);
			default:
				long value = 0;
				for (int i = size - 1; i >= 0; i--) {
					value = value << 8 | RAW.getByte(host + i) & 0xFF;
				}
				return value;
		}
	}

	private static void store(long host, int size, long value) {
		switch (size) {
			case 1 -> RAW.putByte(host, (byte) value);
			case 2 -> RAW.putShort(host, (short) value);
			case 4 -> RAW.putInt(host, (int) value);
			case 8 -> RAW.putLong(host, value);
			default -> {
				for (int i = 0; i < size; i++) {
					RAW.putByte(host + i, (byte) (value >>> 8 * i));
				}
			}
		}
	}

	/** Writes past the inline check. @param size 1 to 8 bytes */
	void writeSlow(long address, int size, long value) {
		checks.check(address, size, true);
		if (crosses(address, size)) {
			int first = (int) (4096 - (address & 4095));
			long second = wrap(address + first);
			probePart(address, first);
			probePart(second, size - first);
			writePart(address, first, value);
			writePart(second, size - first, value >>> 8 * first);
		} else {
			writePart(address, size, value);
		}
	}

	private void writePart(long address, int size, long value) {
		long gpa = walk.translate(address, AccessType.WRITE);
		if ((gpa & Tlb.PAGE) == cpu.platform.apicPage()) {
			cpu.platform.writeApic((int) gpa & 4095, size, value);
			return;
		}
		long entry = memory.entry(gpa >>> 12);
		if ((entry & PhysicalMemory.WRITE) == 0) {
			if (memory.doorbells().ring(gpa, size, value)) {
				return;
			}
			throw physical.exit(gpa, address, true, size, AccessType.WRITE, entry);
		}
		boolean code = (entry & PhysicalMemory.CODE) != 0;
		if (code) {
			physical.writeCode(gpa, size);
		}
		physical.noteWrite(gpa);
		boolean doorbell = memory.doorbells().covers(gpa >>> 12);
		if (!code && !doorbell) {
			fill(address, gpa, entry);
		}
		store((entry & PhysicalMemory.HOST) + (gpa & 4095), size, value);
		if (code) {
			codeCache.written(gpa, size);
		}
		if (doorbell) {
			memory.doorbells().ring(gpa, size, value);
		}
	}

	/** To be called before something other than a store of an instruction writes to guest-physical memory on the processor's behalf: where
	 * there is translated code, that may have to be done in the precise tier. The range lies within a page. */
	public void beforeWrite(long gpa, int size) {
		physical.beforeWrite(gpa, size);
	}

	/** To be called after a write that {@link #beforeWrite} announced. */
	public void afterWrite(long gpa, int size) {
		physical.afterWrite(gpa, size);
	}

	/** Raises what an access raises before its address is translated, and notes the watchpoints that it meets: for who leaves the access
	 * itself to others. */
	public void announce(long address, int size, boolean write) {
		checks.check(address, size, write);
	}

	/** Raises what a store to the range would raise; stores nothing. */
	void probeWrite(long address, int size) {
		checks.check(address, size, true);
		int first = (int) Math.min(size, 4096 - (address & 4095));
		probePart(address, first);
		if (first < size) {
			probePart(wrap(address + first), size - first);
		}
	}

	private void probePart(long address, int size) {
		long gpa = walk.translate(address, AccessType.WRITE);
		if ((gpa & Tlb.PAGE) == cpu.platform.apicPage()) {
			return;
		}
		long entry = memory.entry(gpa >>> 12);
		if ((entry & PhysicalMemory.WRITE) == 0) {
			throw physical.exit(gpa, address, true, size, AccessType.WRITE, entry);
		}
		if ((entry & PhysicalMemory.CODE) != 0 && !cpu.precise) {
			physical.writeCode(gpa, size);
		}
	}

	/** @return host address of a range within one page of plain memory, or 0 */
	long hostSlow(long address, int size, boolean write) {
		checks.check(address, size, write);
		if (crosses(address, size)) {
			return 0;
		}
		long gpa = walk.translate(address, write ? AccessType.WRITE : AccessType.READ);
		if ((gpa & Tlb.PAGE) == cpu.platform.apicPage() || write && memory.doorbells().covers(gpa >>> 12)) {
			return 0;
		}
		long entry = memory.entry(gpa >>> 12);
		if ((entry & (write ? PhysicalMemory.WRITE : PhysicalMemory.READ)) == 0) {
			throw physical.exit(gpa, address, true, size, write ? AccessType.WRITE : AccessType.READ, entry);
		}
		if (write && (entry & PhysicalMemory.CODE) != 0) {
			if (cpu.shared && !cpu.precise) {
				// Only there the write can be followed up
				throw cpu.leaveFor(GuestFault.CODE_WRITE);
			}
			physical.writeCode(gpa, size);
			codeCache.willBeWritten(gpa, size);
		}
		if (write) {
			physical.noteWrite(gpa);
		} else {
			physical.noteRead(gpa);
		}
		fill(address, gpa, withoutDoorbell(gpa, entry));
		return (entry & PhysicalMemory.HOST) + (gpa & 4095);
	}

	/** A page with a doorbell is never written through a translation table: its writes are looked at. */
	private long withoutDoorbell(long gpa, long entry) {
		return memory.doorbells().covers(gpa >>> 12) ? entry & ~PhysicalMemory.WRITE : entry;
	}

	/** Enters the page of the last walk into the tables of the current privilege. */
	private void fill(long address, long gpa, long entry) {
		if (checks.everyAccess()) {
			return;
		}
		long host = entry & PhysicalMemory.HOST;
		if ((entry & PhysicalMemory.READ) != 0) {
			tlb.addReadable(address, host);
		}
		if (walk.writable && walk.dirty && (entry & (PhysicalMemory.WRITE | PhysicalMemory.CODE)) == PhysicalMemory.WRITE
				&& physical.noted(gpa) && (!cpu.shared || memory.claimWrite(gpa >>> 12, cpu.member))) {
			tlb.addWritable(address, host);
		}
		if (walk.large) {
			tlb.rememberLarge(address);
		}
	}

	// Instructions

	/** Translates the address of an instruction.
	 * @param address linear address
	 * @return guest-physical address of a page that may be executed; raises #PF, #GP or an exit otherwise */
	public long fetch(long address) {
		long known = tlb.fetch(address);
		if (known >= 0) {
			return known;
		}
		if (cpu.mode == 64 && address << 16 >> 16 != address) {
			throw cpu.raise(Vector.GP, 0);
		}
		long gpa = walk.translate(address, AccessType.FETCH);
		long entry = memory.entry(gpa >>> 12);
		if ((entry & PhysicalMemory.EXECUTE) == 0 || (gpa & Tlb.PAGE) == cpu.platform.apicPage()) {
			throw physical.exit(gpa, address, true, 1, AccessType.FETCH, entry);
		}
		physical.noteRead(gpa);
		tlb.addFetch(address, gpa);
		if (walk.large) {
			tlb.rememberLarge(address);
		}
		return gpa;
	}

	/** @return true if the instruction at a linear address may be fetched and is at a guest-physical one; nothing is raised */
	public boolean leadsTo(long address, long gpa) {
		long cr2 = cpu.cr2;
		try {
			return fetch(address) == gpa;
		} catch (GuestFault fault) {
			cpu.cr2 = cr2;
			cpu.exit.kind = Exit.Kind.NONE;
			return false;
		}
	}
}
