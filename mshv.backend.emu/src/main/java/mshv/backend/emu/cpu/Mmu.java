package mshv.backend.emu.cpu;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.Arena;
import java.util.Arrays;

import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.memory.AccessLog;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * Translates linear addresses for one processor: page walks (Intel SDM vol. 3, chapter 4), and the tables of translations that the
 * inline checks of {@link Cpu} consult.
 * <p>
 * A table has {@value #ENTRIES} entries of 16 bytes, {tag, addend}, picked by the low bits of the page number. A tag is the page's
 * address with the current generation in its low 12 bits, so one compare covers page, validity and page crossing; the addend turns the
 * linear address into a host address. There is a pair of tables (readable, writable) for each kind of privilege. A page that must be
 * seen on every access (device, not mapped, dirty bit clear, holding translated code, with doorbells) has no entry.
 */
public final class Mmu {
	/** Mask of a linear address's page. */
	public static final long PAGE = -4096L;
	/** Entries of one table. */
	public static final int ENTRIES = 4096;
	/** Mask of an entry's byte offset in its table, applied to the address shifted right by 8. */
	public static final long INDEX = (ENTRIES - 1L) << 4;

	private static final long TABLE_BYTES = ENTRIES * 16L;
	private static final int SUPERVISOR = 0;
	private static final int USER = 1;
	private static final int SUPERVISOR_ANY = 2;
	private static final int SETS = 3;
	private static final long LAST_GENERATION = 0xFFE;

	private static final int FETCH_ENTRIES = 512;
	private static final int WALK_ENTRIES = 64;

	private static final int PRESENT = 1;
	private static final int WRITABLE = 2;
	private static final int USER_PAGE = 4;
	private static final int ACCESSED = 0x20;
	private static final int DIRTY = 0x40;
	private static final int LARGE = 0x80;
	private static final long NO_EXECUTE = 1L << 63;
	private static final long FRAME = 0x000FFFFFFFFFF000L;
	private static final long BEYOND_PHYSICAL = FRAME & ~PhysicalMemory.ADDRESS_MASK;

	private static final int ERROR_WRITE = 2;
	private static final int ERROR_USER = 4;
	private static final int ERROR_RESERVED = 8;
	private static final int ERROR_FETCH = 16;

	/** Why a walk is made. */
	private static final int READING = 0;
	private static final int WRITING = 1;
	private static final int FETCHING = 2;
	/** Result of a walk during which an entry was changed by others. */
	private static final long CHANGED = -1;

	private final Cpu cpu;
	private final PhysicalMemory memory;
	private final CodeCache codeCache;
	private final long tables;
	private final long missTable;

	private final long[] fetchTag = new long[2 * FETCH_ENTRIES];
	private final long[] fetchPage = new long[2 * FETCH_ENTRIES];
	private final long[] walkTag = new long[WALK_ENTRIES];
	private final long[] walkTable = new long[WALK_ENTRIES];
	private final long[] largePages = new long[16];

	private boolean systemAccess;
	private long linkGeneration;
	private long mappingGeneration;

	/** What the last walk found: rights of the page for the walk's privilege. */
	private boolean walkWritable;
	private boolean walkDirty;
	private boolean walkLarge;

	Mmu(Cpu cpu, PhysicalMemory memory, CodeCache codeCache, Arena arena) {
		this.cpu = cpu;
		this.memory = memory;
		this.codeCache = codeCache;
		tables = arena.allocate((2 * SETS + 1) * TABLE_BYTES, 4096).address();
		missTable = tables + 2 * SETS * TABLE_BYTES;
		clear();
	}

	private void clear() {
		RAW.fill(tables, (2 * SETS + 1) * TABLE_BYTES, (byte) -1);
		Arrays.fill(fetchTag, -1);
		Arrays.fill(walkTag, -1);
		cpu.generation = 1;
	}

	/** Forgets every translation. */
	public void flush() {
		if (cpu.generation == LAST_GENERATION) {
			clear();
		} else {
			cpu.generation++;
		}
		Arrays.fill(largePages, 0);
		breakLinks();
	}

	/** Forgets the translations of one page, as INVLPG does. */
	public void flushPage(long address) {
		long region = address >>> 21;
		if ((largePages[(int) (region >>> 6) & 15] >>> region & 1) != 0) {
			flush();
			return;
		}
		long offset = address >>> 8 & INDEX;
		for (int i = 0; i < 2 * SETS; i++) {
			RAW.putLong(tables + i * TABLE_BYTES + offset, -1);
		}
		int slot = (int) (address >>> 12) & FETCH_ENTRIES - 1;
		fetchTag[slot] = -1;
		fetchTag[slot + FETCH_ENTRIES] = -1;
		Arrays.fill(walkTag, -1);
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
		for (int set = 0; set < SETS; set++) {
			long table = writeTable(set);
			for (long e = table; e < table + TABLE_BYTES; e += 16) {
				long tag = RAW.getLong(e);
				if (tag != -1 && (tag & PAGE) + RAW.getLong(e + 8) == host) {
					RAW.putLong(e, -1);
				}
			}
		}
	}

	private long readTable(int set) {
		return tables + 2 * set * TABLE_BYTES;
	}

	private long writeTable(int set) {
		return tables + (2 * set + 1) * TABLE_BYTES;
	}

	/** Picks the tables for the processor's privilege and mode. */
	void selectTables() {
		int set = set();
		if (checksEveryAccess()) {
			cpu.readTable = missTable;
			cpu.writeTable = missTable;
		} else {
			cpu.readTable = readTable(set);
			cpu.writeTable = writeTable(set);
		}
	}

	private int set() {
		if (cpu.cpl == 3 && !systemAccess) {
			return USER;
		}
		return (cpu.systemFlags & Flag.AC) != 0 && !systemAccess ? SUPERVISOR_ANY : SUPERVISOR;
	}

	private boolean alignmentChecked() {
		return cpu.cpl == 3 && (cpu.systemFlags & Flag.AC) != 0 && (cpu.cr0 & Cpu.CR0_AM) != 0 && !systemAccess;
	}

	private boolean watchpoints() {
		long dr7 = cpu.dr[7];
		return (dr7 & 0xFF) != 0 && (dr7 & 0x33330000L) != 0;
	}

	private boolean checksEveryAccess() {
		return alignmentChecked() || watchpoints();
	}

	/** Until {@link #endSystemAccess}, accesses are implicit supervisor accesses (descriptor tables, TSS) whatever the CPL. */
	public void beginSystemAccess() {
		systemAccess = true;
		selectTables();
	}

	/** Ends what {@link #beginSystemAccess} began. */
	public void endSystemAccess() {
		systemAccess = false;
		selectTables();
	}

	// Data

	private void check(long address, int size, boolean write) {
		if (cpu.mode == 64 && address << 16 >> 16 != address) {
			GuestFault fault = cpu.raise(Vector.GP, 0);
			fault.nonCanonical = true;
			throw fault;
		}
		if (alignmentChecked() && size <= 8 && (address & size - 1) != 0) {
			throw cpu.raise(Vector.AC, 0);
		}
		if (watchpoints()) {
			watch(address, size, write);
		}
	}

	private void watch(long address, int size, boolean write) {
		long dr7 = cpu.dr[7];
		for (int i = 0; i < 4; i++) {
			int kind = (int) (dr7 >>> 16 + 4 * i) & 3;
			if ((dr7 >>> 2 * i & 3) == 0 || kind == 0 || kind == 2 || kind == 1 && !write) {
				continue;
			}
			int length = switch ((int) (dr7 >>> 18 + 4 * i) & 3) {
				case 0 -> 1;
				case 1 -> 2;
				case 2 -> 8;
				default -> 4;
			};
			long start = cpu.dr[i] & -length;
			if (address < start + length && start < address + size) {
				if (!cpu.precise) {
					// Only the precise tier traps right after the instruction
					cpu.fault.vector = GuestFault.CODE_WRITE;
					throw cpu.fault;
				}
				cpu.pendingDebug |= 1L << i;
				cpu.requestAttention(Cpu.ATTENTION_PRECISE);
			}
		}
	}

	private long wrap(long address) {
		return cpu.mode == 64 ? address : address & 0xFFFFFFFFL;
	}

	private static boolean crosses(long address, int size) {
		return (address & 4095) + size > 4096;
	}

	/** Reads past the inline check: fills the table where it may, and reaches devices. @param size 1 to 8 bytes */
	long readSlow(long address, int size) {
		check(address, size, false);
		if (crosses(address, size)) {
			int first = (int) (4096 - (address & 4095));
			long low = readPart(address, first);
			return low | readPart(wrap(address + first), size - first) << 8 * first;
		}
		return readPart(address, size);
	}

	private long readPart(long address, int size) {
		long gpa = translate(address, READING);
		if ((gpa & PAGE) == cpu.platform.apicPage()) {
			return cpu.platform.readApic((int) gpa & 4095, size);
		}
		long entry = memory.entry(gpa >>> 12);
		if ((entry & PhysicalMemory.READ) == 0) {
			throw memoryExit(gpa, address, true, size, READING, entry);
		}
		noteRead(gpa);
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
		check(address, size, true);
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
		long gpa = translate(address, WRITING);
		if ((gpa & PAGE) == cpu.platform.apicPage()) {
			cpu.platform.writeApic((int) gpa & 4095, size, value);
			return;
		}
		long entry = memory.entry(gpa >>> 12);
		if ((entry & PhysicalMemory.WRITE) == 0) {
			if (memory.doorbells().ring(gpa, size, value)) {
				return;
			}
			throw memoryExit(gpa, address, true, size, WRITING, entry);
		}
		boolean code = (entry & PhysicalMemory.CODE) != 0;
		if (code) {
			writeCode(gpa, size);
		}
		noteWrite(gpa);
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

	private void writeCode(long gpa, int size) {
		if (codeCache.holds(gpa, size)) {
			if (!cpu.precise) {
				throw cpu.leaveFor(GuestFault.CODE_WRITE);
			}
			codeCache.invalidate(gpa, size);
		}
	}

	/** To be called before something other than a store of an instruction writes to guest-physical memory on the processor's behalf: where
	 * there is translated code, that may have to be done in the precise tier. The range lies within a page. */
	public void beforeWrite(long gpa, int size) {
		if ((memory.entry(gpa >>> 12) & PhysicalMemory.CODE) != 0) {
			writeCode(gpa, size);
		}
	}

	/** To be called after a write that {@link #beforeWrite} announced. */
	public void afterWrite(long gpa, int size) {
		noteWrite(gpa);
		if ((memory.entry(gpa >>> 12) & PhysicalMemory.CODE) != 0) {
			codeCache.written(gpa, size);
		}
	}

	/** Raises what a store to the range would raise; stores nothing. */
	void probeWrite(long address, int size) {
		check(address, size, true);
		int first = (int) Math.min(size, 4096 - (address & 4095));
		probePart(address, first);
		if (first < size) {
			probePart(wrap(address + first), size - first);
		}
	}

	private void probePart(long address, int size) {
		long gpa = translate(address, WRITING);
		if ((gpa & PAGE) == cpu.platform.apicPage()) {
			return;
		}
		long entry = memory.entry(gpa >>> 12);
		if ((entry & PhysicalMemory.WRITE) == 0) {
			throw memoryExit(gpa, address, true, size, WRITING, entry);
		}
		if ((entry & PhysicalMemory.CODE) != 0 && !cpu.precise) {
			writeCode(gpa, size);
		}
	}

	/** @return host address of a range within one page of plain memory, or 0 */
	long hostSlow(long address, int size, boolean write) {
		check(address, size, write);
		if (crosses(address, size)) {
			return 0;
		}
		long gpa = translate(address, write ? WRITING : READING);
		if ((gpa & PAGE) == cpu.platform.apicPage() || write && memory.doorbells().covers(gpa >>> 12)) {
			return 0;
		}
		long entry = memory.entry(gpa >>> 12);
		if ((entry & (write ? PhysicalMemory.WRITE : PhysicalMemory.READ)) == 0) {
			throw memoryExit(gpa, address, true, size, write ? WRITING : READING, entry);
		}
		if (write && (entry & PhysicalMemory.CODE) != 0) {
			if (cpu.shared && !cpu.precise) {
				// Only there the write can be followed up
				throw cpu.leaveFor(GuestFault.CODE_WRITE);
			}
			writeCode(gpa, size);
			codeCache.willBeWritten(gpa, size);
		}
		if (write) {
			noteWrite(gpa);
		} else {
			noteRead(gpa);
		}
		fill(address, gpa, withoutDoorbell(gpa, entry));
		return (entry & PhysicalMemory.HOST) + (gpa & 4095);
	}

	private void noteRead(long gpa) {
		AccessLog log = memory.accessLog();
		if (log != null) {
			log.read(gpa >>> 12);
		}
	}

	private void noteWrite(long gpa) {
		AccessLog log = memory.accessLog();
		if (log != null) {
			log.written(gpa >>> 12);
		}
	}

	/** @return false if the first write to the page has still to be noted */
	private boolean noted(long gpa) {
		AccessLog log = memory.accessLog();
		return log == null || log.isDirty(gpa >>> 12);
	}

	/** A page with a doorbell is never written through a translation table: its writes are looked at. */
	private long withoutDoorbell(long gpa, long entry) {
		return memory.doorbells().covers(gpa >>> 12) ? entry & ~PhysicalMemory.WRITE : entry;
	}

	/** Enters the page of the last walk into the tables of the current privilege. */
	private void fill(long address, long gpa, long entry) {
		if (checksEveryAccess()) {
			return;
		}
		long tag = address & PAGE | cpu.generation;
		long offset = address >>> 8 & INDEX;
		long addend = (entry & PhysicalMemory.HOST) - (address & PAGE);
		if ((entry & PhysicalMemory.READ) != 0) {
			RAW.putLong(cpu.readTable + offset, tag);
			RAW.putLong(cpu.readTable + offset + 8, addend);
		}
		if (walkWritable && walkDirty && (entry & (PhysicalMemory.WRITE | PhysicalMemory.CODE)) == PhysicalMemory.WRITE && noted(gpa)
				&& (!cpu.shared || memory.claimWrite(gpa >>> 12, cpu.member))) {
			RAW.putLong(cpu.writeTable + offset, tag);
			RAW.putLong(cpu.writeTable + offset + 8, addend);
		}
		if (walkLarge) {
			rememberLarge(address);
		}
	}

	private void rememberLarge(long address) {
		long region = address >>> 21;
		largePages[(int) (region >>> 6) & 15] |= 1L << region;
	}

	// Instructions

	/** Translates the address of an instruction.
	 * @param address linear address
	 * @return guest-physical address of a page that may be executed; raises #PF, #GP or an exit otherwise */
	public long fetch(long address) {
		int slot = (int) (address >>> 12) & FETCH_ENTRIES - 1 | (cpu.cpl == 3 ? FETCH_ENTRIES : 0);
		if (fetchTag[slot] == (address & PAGE | cpu.generation)) {
			return fetchPage[slot] | address & 4095;
		}
		if (cpu.mode == 64 && address << 16 >> 16 != address) {
			throw cpu.raise(Vector.GP, 0);
		}
		long gpa = translate(address, FETCHING);
		long entry = memory.entry(gpa >>> 12);
		if ((entry & PhysicalMemory.EXECUTE) == 0 || (gpa & PAGE) == cpu.platform.apicPage()) {
			throw memoryExit(gpa, address, true, 1, FETCHING, entry);
		}
		noteRead(gpa);
		fetchTag[slot] = address & PAGE | cpu.generation;
		fetchPage[slot] = gpa & PAGE;
		if (walkLarge) {
			rememberLarge(address);
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

	// Walks

	private GuestFault memoryExit(long gpa, long gva, boolean gvaValid, int size, int why, long entry) {
		Exit exit = cpu.exit;
		exit.gpa = gpa;
		exit.gva = gva;
		exit.gvaValid = gvaValid;
		exit.size = size;
		exit.write = why == WRITING;
		exit.execute = why == FETCHING;
		exit.mapped = entry != 0;
		return cpu.leave(Exit.Kind.MEMORY);
	}

	private GuestFault pageFault(long address, int why, boolean user, int error) {
		int code = error | (why == WRITING ? ERROR_WRITE : 0) | (user ? ERROR_USER : 0);
		if (why == FETCHING && ((cpu.efer & Cpu.EFER_NXE) != 0 && (cpu.cr4 & Cpu.CR4_PAE) != 0 || (cpu.cr4 & Cpu.CR4_SMEP) != 0)) {
			code |= ERROR_FETCH;
		}
		cpu.cr2 = address;
		return cpu.raise(Vector.PF, code);
	}

	private long translate(long address, int why) {
		walkWritable = true;
		walkDirty = true;
		walkLarge = false;
		if ((cpu.cr0 & Cpu.CR0_PG) == 0) {
			return address & PhysicalMemory.ADDRESS_MASK;
		}
		boolean user = cpu.cpl == 3 && !systemAccess;
		if ((cpu.cr4 & Cpu.CR4_PAE) == 0) {
			return walk32(address, why, user);
		}
		return walk64(address, why, user);
	}

	/** Host address of a paging-structure entry. */
	private long entryHost(long gpa, long address) {
		long entry = memory.entry(gpa >>> 12);
		if ((entry & PhysicalMemory.READ) == 0) {
			throw memoryExit(gpa, address, false, 8, READING, entry);
		}
		noteRead(gpa);
		return (entry & PhysicalMemory.HOST) + (gpa & 4095);
	}

	/** Sets accessed or dirty in a 64-bit entry. @return false if it is not what was read any more: the walk begins anew */
	private boolean mark64(long gpa, long host, long entry, long bits) {
		if (!RAW.compareAndSetLong(host, entry, entry | bits)) {
			return false;
		}
		announce(gpa);
		return true;
	}

	private void announce(long gpa) {
		noteWrite(gpa);
		if ((memory.entry(gpa >>> 12) & PhysicalMemory.CODE) != 0 && codeCache.holds(gpa & -8, 8)) {
			codeCache.invalidate(gpa & -8, 8);
			codeCache.written(gpa & -8, 8);
		}
	}

	private long reserved64() {
		return (cpu.efer & Cpu.EFER_NXE) != 0 ? BEYOND_PHYSICAL : BEYOND_PHYSICAL | NO_EXECUTE;
	}

	private long walk64(long address, int why, boolean user) {
		long gpa;
		do {
			gpa = walk64Once(address, why, user);
		} while (gpa == CHANGED);
		return gpa;
	}

	/** @return guest-physical address, or {@link #CHANGED} */
	private long walk64Once(long address, int why, boolean user) {
		int level;
		long table;
		long rights = WRITABLE | USER_PAGE;
		int slot = (int) (address >>> 21) & WALK_ENTRIES - 1;
		if (walkTag[slot] == (address >>> 21 << 12 | cpu.generation)) {
			table = walkTable[slot] & FRAME;
			rights = walkTable[slot] & (WRITABLE | USER_PAGE | NO_EXECUTE);
			level = 1;
		} else if ((cpu.efer & Cpu.EFER_LMA) != 0) {
			table = cpu.cr3 & FRAME;
			level = 4;
		} else {
			long pointer = cpu.pdptr[(int) (address >>> 30) & 3];
			if ((pointer & PRESENT) == 0) {
				throw pageFault(address, why, user, 0);
			}
			table = pointer & FRAME;
			level = 2;
		}
		for (;;) {
			int shift = 3 + 9 * level;
			long gpa = table + ((address >>> shift & 511) << 3);
			long host = entryHost(gpa & PhysicalMemory.ADDRESS_MASK, address);
			long entry = RAW.getLong(host);
			if ((entry & PRESENT) == 0) {
				throw pageFault(address, why, user, 0);
			}
			boolean leaf = level == 1 || (entry & LARGE) != 0 && level <= 3;
			long reserved = reserved64();
			if (level == 4 || level == 3 && !cpu.features.gigabytePages()) {
				reserved |= LARGE;
			} else if (leaf && level > 1) {
				reserved |= (1L << shift) - 1 & ~0x1FFFL;
			}
			if ((entry & reserved) != 0) {
				throw pageFault(address, why, user, PRESENT | ERROR_RESERVED);
			}
			rights = rights & (entry | ~(long) (WRITABLE | USER_PAGE)) | entry & NO_EXECUTE;
			if (leaf) {
				checkRights(address, why, user, rights);
				long bits = why == WRITING ? ACCESSED | DIRTY : ACCESSED;
				if ((entry & bits) != bits && !mark64(gpa, host, entry, bits)) {
					return CHANGED;
				}
				walkDirty = (entry & DIRTY) != 0 || why == WRITING;
				walkLarge = level > 1;
				long mask = (1L << shift) - 1;
				return entry & FRAME & ~mask | address & mask;
			}
			if ((entry & ACCESSED) == 0 && !mark64(gpa, host, entry, ACCESSED)) {
				return CHANGED;
			}
			table = entry & FRAME;
			level--;
			if (level == 1) {
				walkTag[slot] = address >>> 21 << 12 | cpu.generation;
				walkTable[slot] = table | rights;
			}
		}
	}

	private void checkRights(long address, int why, boolean user, long rights) {
		boolean userPage = (rights & USER_PAGE) != 0;
		boolean writable = (rights & WRITABLE) != 0;
		boolean refused;
		if (user) {
			refused = !userPage || why == WRITING && !writable;
			walkWritable = writable;
		} else {
			walkWritable = writable || (cpu.cr0 & Cpu.CR0_WP) == 0;
			refused = why == WRITING && !walkWritable;
			if (userPage) {
				if (why == FETCHING) {
					refused |= (cpu.cr4 & Cpu.CR4_SMEP) != 0;
				} else if ((cpu.cr4 & Cpu.CR4_SMAP) != 0) {
					refused |= systemAccess || (cpu.systemFlags & Flag.AC) == 0;
				}
			}
		}
		if (why == FETCHING && (rights & NO_EXECUTE) != 0) {
			refused = true;
		}
		if (refused) {
			throw pageFault(address, why, user, PRESENT);
		}
	}

	private long walk32(long address, int why, boolean user) {
		long gpa;
		do {
			gpa = walk32Once(address, why, user);
		} while (gpa == CHANGED);
		return gpa;
	}

	/** @return guest-physical address, or {@link #CHANGED} */
	private long walk32Once(long address, int why, boolean user) {
		long directoryGpa = (cpu.cr3 & 0xFFFFF000L) + (address >>> 20 & 0xFFC);
		long directoryHost = entryHost(directoryGpa, address);
		int directory = RAW.getInt(directoryHost);
		if ((directory & PRESENT) == 0) {
			throw pageFault(address, why, user, 0);
		}
		if ((directory & LARGE) != 0 && (cpu.cr4 & Cpu.CR4_PSE) != 0) {
			if ((directory & 1 << 21) != 0) {
				throw pageFault(address, why, user, PRESENT | ERROR_RESERVED);
			}
			checkRights(address, why, user, directory & (WRITABLE | USER_PAGE));
			if (!mark32(directoryGpa, directoryHost, directory, why)) {
				return CHANGED;
			}
			walkLarge = true;
			long high = (directory & 0x1FE000L) << 19;
			return (high | directory & 0xFFC00000L | address & 0x3FFFFF) & PhysicalMemory.ADDRESS_MASK;
		}
		long tableGpa = (directory & 0xFFFFF000L) + (address >>> 10 & 0xFFC);
		long tableHost = entryHost(tableGpa, address);
		int entry = RAW.getInt(tableHost);
		if ((entry & PRESENT) == 0) {
			throw pageFault(address, why, user, 0);
		}
		checkRights(address, why, user, directory & entry & (WRITABLE | USER_PAGE));
		if ((directory & ACCESSED) == 0 && !mark32(directoryGpa, directoryHost, directory, READING)
				|| !mark32(tableGpa, tableHost, entry, why)) {
			return CHANGED;
		}
		return entry & 0xFFFFF000L | address & 4095;
	}

	/** @return false if the entry is not what was read any more: the walk begins anew */
	private boolean mark32(long gpa, long host, int entry, int why) {
		int bits = why == WRITING ? ACCESSED | DIRTY : ACCESSED;
		walkDirty = (entry & DIRTY) != 0 || why == WRITING;
		if ((entry & bits) == bits) {
			return true;
		}
		if (!RAW.compareAndSetInt(host, entry, entry | bits)) {
			return false;
		}
		announce(gpa);
		return true;
	}

	/** Loads the PAE page-directory-pointer registers from CR3 (Intel SDM vol. 3, 4.4.1).
	 * @return false if an entry has a reserved bit set: the load that asked for it raises #GP, and the registers are unchanged */
	public boolean loadPdptr(long cr3) {
		long[] loaded = new long[4];
		for (int i = 0; i < 4; i++) {
			long host = entryHost((cr3 & 0xFFFFFFE0L) + 8 * i, cr3);
			loaded[i] = RAW.getLong(host);
			if ((loaded[i] & PRESENT) != 0 && (loaded[i] & (BEYOND_PHYSICAL | NO_EXECUTE | 0x1E6)) != 0) {
				return false;
			}
		}
		System.arraycopy(loaded, 0, cpu.pdptr, 0, 4);
		return true;
	}
}
