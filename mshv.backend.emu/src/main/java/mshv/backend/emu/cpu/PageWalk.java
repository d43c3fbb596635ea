package mshv.backend.emu.cpu;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.util.Arrays;

import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.memory.PhysicalMemory;

/** Walks the paging structures of one processor in its three modes of paging (Intel SDM vol. 3, chapter 4). */
final class PageWalk {
	private static final int CACHE_ENTRIES = 64;

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

	/** Result of a walk during which an entry was changed by others. */
	private static final long CHANGED = -1;

	private final Cpu cpu;
	private final PhysicalMemory memory;
	private final PhysicalAccess physical;

	/** Page tables that walks of four and three levels ended in, with the rights down to them. */
	private final long[] cacheTag = new long[CACHE_ENTRIES];
	private final long[] cacheTable = new long[CACHE_ENTRIES];

	/** What the last walk found: the page may be written with the walk's privilege. */
	boolean writable;
	/** The last walk's page has its dirty bit set. */
	boolean dirty;
	/** The last walk ended in a large page. */
	boolean large;

	PageWalk(Cpu cpu, PhysicalMemory memory, PhysicalAccess physical) {
		this.cpu = cpu;
		this.memory = memory;
		this.physical = physical;
		forget();
	}

	/** Forgets what walks remembered of earlier ones. */
	void forget() {
		Arrays.fill(cacheTag, -1);
	}

	private GuestFault pageFault(long address, AccessType type, boolean user, int error) {
		int code = error | (type == AccessType.WRITE ? ERROR_WRITE : 0) | (user ? ERROR_USER : 0);
		if (type == AccessType.FETCH && ((cpu.efer & Cpu.EFER_NXE) != 0 && (cpu.cr4 & Cpu.CR4_PAE) != 0 || (cpu.cr4 & Cpu.CR4_SMEP) != 0)) {
			code |= ERROR_FETCH;
		}
		cpu.cr2 = address;
		return cpu.raise(Vector.PF, code);
	}

	/** @return guest-physical address of a linear one; raises #PF, or an exit for paging structures that cannot be reached */
	long translate(long address, AccessType type) {
		writable = true;
		dirty = true;
		large = false;
		if ((cpu.cr0 & Cpu.CR0_PG) == 0) {
			return address & PhysicalMemory.ADDRESS_MASK;
		}
		boolean user = cpu.userAccess();
		if ((cpu.cr4 & Cpu.CR4_PAE) == 0) {
			return walk32(address, type, user);
		}
		return walk64(address, type, user);
	}

	/** Host address of a paging-structure entry. */
	private long entryHost(long gpa, long address) {
		long entry = memory.entry(gpa >>> 12);
		if ((entry & PhysicalMemory.READ) == 0) {
			throw physical.exit(gpa, address, false, 8, AccessType.READ, entry);
		}
		physical.noteRead(gpa);
		return (entry & PhysicalMemory.HOST) + (gpa & 4095);
	}

	/** Sets accessed or dirty in a 64-bit entry. @return false if it is not what was read any more: the walk begins anew */
	private boolean mark64(long gpa, long host, long entry, long bits) {
		if (!RAW.compareAndSetLong(host, entry, entry | bits)) {
			return false;
		}
		physical.entryMarked(gpa);
		return true;
	}

	private long reserved64() {
		return (cpu.efer & Cpu.EFER_NXE) != 0 ? BEYOND_PHYSICAL : BEYOND_PHYSICAL | NO_EXECUTE;
	}

	private long walk64(long address, AccessType type, boolean user) {
		long gpa;
		do {
			gpa = walk64Once(address, type, user);
		} while (gpa == CHANGED);
		return gpa;
	}

	/** @return guest-physical address, or {@link #CHANGED} */
	private long walk64Once(long address, AccessType type, boolean user) {
		int level;
		long table;
		long rights = WRITABLE | USER_PAGE;
		int slot = (int) (address >>> 21) & CACHE_ENTRIES - 1;
		if (cacheTag[slot] == (address >>> 21 << 12 | cpu.generation)) {
			table = cacheTable[slot] & FRAME;
			rights = cacheTable[slot] & (WRITABLE | USER_PAGE | NO_EXECUTE);
			level = 1;
		} else if ((cpu.efer & Cpu.EFER_LMA) != 0) {
			table = cpu.cr3 & FRAME;
			level = 4;
		} else {
			long pointer = cpu.pdptr[(int) (address >>> 30) & 3];
			if ((pointer & PRESENT) == 0) {
				throw pageFault(address, type, user, 0);
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
				throw pageFault(address, type, user, 0);
			}
			boolean leaf = level == 1 || (entry & LARGE) != 0 && level <= 3;
			long reserved = reserved64();
			if (level == 4 || level == 3 && !cpu.features.gigabytePages()) {
				reserved |= LARGE;
			} else if (leaf && level > 1) {
				reserved |= (1L << shift) - 1 & ~0x1FFFL;
			}
			if ((entry & reserved) != 0) {
				throw pageFault(address, type, user, PRESENT | ERROR_RESERVED);
			}
			rights = rights & (entry | ~(long) (WRITABLE | USER_PAGE)) | entry & NO_EXECUTE;
			if (leaf) {
				checkRights(address, type, user, rights);
				long bits = type == AccessType.WRITE ? ACCESSED | DIRTY : ACCESSED;
				if ((entry & bits) != bits && !mark64(gpa, host, entry, bits)) {
					return CHANGED;
				}
				dirty = (entry & DIRTY) != 0 || type == AccessType.WRITE;
				large = level > 1;
				long mask = (1L << shift) - 1;
				return entry & FRAME & ~mask | address & mask;
			}
			if ((entry & ACCESSED) == 0 && !mark64(gpa, host, entry, ACCESSED)) {
				return CHANGED;
			}
			table = entry & FRAME;
			level--;
			if (level == 1) {
				cacheTag[slot] = address >>> 21 << 12 | cpu.generation;
				cacheTable[slot] = table | rights;
			}
		}
	}

	private void checkRights(long address, AccessType type, boolean user, long rights) {
		boolean userPage = (rights & USER_PAGE) != 0;
		boolean allowed = (rights & WRITABLE) != 0;
		boolean refused;
		if (user) {
			refused = !userPage || type == AccessType.WRITE && !allowed;
			writable = allowed;
		} else {
			writable = allowed || (cpu.cr0 & Cpu.CR0_WP) == 0;
			refused = type == AccessType.WRITE && !writable;
			if (userPage) {
				if (type == AccessType.FETCH) {
					refused |= (cpu.cr4 & Cpu.CR4_SMEP) != 0;
				} else if ((cpu.cr4 & Cpu.CR4_SMAP) != 0) {
					refused |= cpu.systemAccess || (cpu.systemFlags & Flag.AC) == 0;
				}
			}
		}
		if (type == AccessType.FETCH && (rights & NO_EXECUTE) != 0) {
			refused = true;
		}
		if (refused) {
			throw pageFault(address, type, user, PRESENT);
		}
	}

	private long walk32(long address, AccessType type, boolean user) {
		long gpa;
		do {
			gpa = walk32Once(address, type, user);
		} while (gpa == CHANGED);
		return gpa;
	}

	/** @return guest-physical address, or {@link #CHANGED} */
	private long walk32Once(long address, AccessType type, boolean user) {
		long directoryGpa = (cpu.cr3 & 0xFFFFF000L) + (address >>> 20 & 0xFFC);
		long directoryHost = entryHost(directoryGpa, address);
		int directory = RAW.getInt(directoryHost);
		if ((directory & PRESENT) == 0) {
			throw pageFault(address, type, user, 0);
		}
		if ((directory & LARGE) != 0 && (cpu.cr4 & Cpu.CR4_PSE) != 0) {
			if ((directory & 1 << 21) != 0) {
				throw pageFault(address, type, user, PRESENT | ERROR_RESERVED);
			}
			checkRights(address, type, user, directory & (WRITABLE | USER_PAGE));
			if (!mark32(directoryGpa, directoryHost, directory, type)) {
				return CHANGED;
			}
			large = true;
			long high = (directory & 0x1FE000L) << 19;
			return (high | directory & 0xFFC00000L | address & 0x3FFFFF) & PhysicalMemory.ADDRESS_MASK;
		}
		long tableGpa = (directory & 0xFFFFF000L) + (address >>> 10 & 0xFFC);
		long tableHost = entryHost(tableGpa, address);
		int entry = RAW.getInt(tableHost);
		if ((entry & PRESENT) == 0) {
			throw pageFault(address, type, user, 0);
		}
		checkRights(address, type, user, directory & entry & (WRITABLE | USER_PAGE));
		if ((directory & ACCESSED) == 0 && !mark32(directoryGpa, directoryHost, directory, AccessType.READ)
				|| !mark32(tableGpa, tableHost, entry, type)) {
			return CHANGED;
		}
		return entry & 0xFFFFF000L | address & 4095;
	}

	/** @return false if the entry is not what was read any more: the walk begins anew */
	private boolean mark32(long gpa, long host, int entry, AccessType type) {
		int bits = type == AccessType.WRITE ? ACCESSED | DIRTY : ACCESSED;
		dirty = (entry & DIRTY) != 0 || type == AccessType.WRITE;
		if ((entry & bits) == bits) {
			return true;
		}
		if (!RAW.compareAndSetInt(host, entry, entry | bits)) {
			return false;
		}
		physical.entryMarked(gpa);
		return true;
	}

	/** Loads the PAE page-directory-pointer registers from CR3 (Intel SDM vol. 3, 4.4.1).
	 * @return false if an entry has a reserved bit set: the load that asked for it raises #GP, and the registers are unchanged */
	boolean loadPdptr(long cr3) {
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
