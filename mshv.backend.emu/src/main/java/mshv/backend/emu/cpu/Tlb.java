package mshv.backend.emu.cpu;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.Arena;
import java.util.Arrays;

import mshv.backend.emu.isa.Flag;

/**
 * The translations that one processor remembers: the tables that the inline checks of {@link Cpu} consult, and those of instructions.
 * <p>
 * A table has {@value #ENTRIES} entries of 16 bytes, {tag, addend}, picked by the low bits of the page number. A tag is the page's
 * address with the current generation in its low 12 bits, so one compare covers page, validity and page crossing; the addend turns the
 * linear address into a host address. There is a pair of tables (readable, writable) for each kind of privilege. A page that must be
 * seen on every access (device, not mapped, dirty bit clear, holding translated code, with doorbells) has no entry.
 */
public final class Tlb {
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

	private final Cpu cpu;
	private final long tables;
	private final long missTable;
	private final long[] fetchTag = new long[2 * FETCH_ENTRIES];
	private final long[] fetchPage = new long[2 * FETCH_ENTRIES];
	/** A bit for each of 1024 regions of 2 MiB that may hold part of a large page. */
	private final long[] largePages = new long[16];

	Tlb(Cpu cpu, Arena arena) {
		this.cpu = cpu;
		tables = arena.allocate((2 * SETS + 1) * TABLE_BYTES, 4096).address();
		missTable = tables + 2 * SETS * TABLE_BYTES;
		clear();
	}

	private void clear() {
		RAW.fill(tables, (2 * SETS + 1) * TABLE_BYTES, (byte) -1);
		Arrays.fill(fetchTag, -1);
		cpu.generation = 1;
	}

	/** Forgets every translation. @return true if the numbers of generations begin anew: others that use them have to forget too */
	boolean flush() {
		Arrays.fill(largePages, 0);
		if (cpu.generation == LAST_GENERATION) {
			clear();
			return true;
		}
		cpu.generation++;
		return false;
	}

	/** Forgets the translations of one small page. */
	void flushPage(long address) {
		long offset = address >>> 8 & INDEX;
		for (int i = 0; i < 2 * SETS; i++) {
			RAW.putLong(tables + i * TABLE_BYTES + offset, -1);
		}
		int slot = (int) (address >>> 12) & FETCH_ENTRIES - 1;
		fetchTag[slot] = -1;
		fetchTag[slot + FETCH_ENTRIES] = -1;
	}

	/** Notes that an address is translated by a large page. */
	void rememberLarge(long address) {
		long region = address >>> 21;
		largePages[(int) (region >>> 6) & 15] |= 1L << region;
	}

	/** @return true if an address may be translated by a large page */
	boolean maybeLarge(long address) {
		long region = address >>> 21;
		return (largePages[(int) (region >>> 6) & 15] >>> region & 1) != 0;
	}

	/** Drops the writable translations of a page. @param host host address of the page */
	void protect(long host) {
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

	/** Picks the tables for the processor's privilege. */
	void select() {
		int set = set();
		cpu.readTable = readTable(set);
		cpu.writeTable = writeTable(set);
	}

	/** Picks a table without entries: every access misses. */
	void selectNone() {
		cpu.readTable = missTable;
		cpu.writeTable = missTable;
	}

	private int set() {
		if (cpu.userAccess()) {
			return USER;
		}
		return (cpu.systemFlags & Flag.AC) != 0 && !cpu.systemAccess ? SUPERVISOR_ANY : SUPERVISOR;
	}

	/** Enters a page into the selected table of readable pages. @param host host address of the page */
	void addReadable(long address, long host) {
		add(cpu.readTable, address, host);
	}

	/** Enters a page into the selected table of writable pages. @param host host address of the page */
	void addWritable(long address, long host) {
		add(cpu.writeTable, address, host);
	}

	private void add(long table, long address, long host) {
		long entry = table + (address >>> 8 & INDEX);
		RAW.putLong(entry, address & PAGE | cpu.generation);
		RAW.putLong(entry + 8, host - (address & PAGE));
	}

	/** @return guest-physical address of an instruction whose page was entered for the present privilege, else -1 */
	long fetch(long address) {
		int slot = fetchSlot(address);
		return fetchTag[slot] == (address & PAGE | cpu.generation) ? fetchPage[slot] | address & 4095 : -1;
	}

	/** Enters a page of instructions. */
	void addFetch(long address, long gpa) {
		int slot = fetchSlot(address);
		fetchTag[slot] = address & PAGE | cpu.generation;
		fetchPage[slot] = gpa & PAGE;
	}

	private int fetchSlot(long address) {
		return (int) (address >>> 12) & FETCH_ENTRIES - 1 | (cpu.cpl == 3 ? FETCH_ENTRIES : 0);
	}
}
