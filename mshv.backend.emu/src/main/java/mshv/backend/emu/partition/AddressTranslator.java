package mshv.backend.emu.partition;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.api.Translation;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.memory.AccessLog;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * Translates guest-virtual addresses for the root (TLFS, HvTranslateVirtualAddress): walks the guest's page tables as the processor would,
 * but raises nothing and, unless asked to, changes nothing. The processor stands.
 */
final class AddressTranslator {
	/** Control flags of the hypercall. */
	static final long READ = 1, WRITE = 2, EXECUTE = 4, PRIVILEGE_EXEMPT = 8, SET_PAGE_TABLE_BITS = 0x10, TLB_FLUSH_INHIBIT = 0x20,
		SUPERVISOR = 0x40, USER = 0x80, ENFORCE_SMAP = 0x100, OVERRIDE_SMAP = 0x200;
	/** All control flags that are known; the shadow-stack flag belongs to a feature that the processor lacks. */
	static final long FLAGS = READ | WRITE | EXECUTE | PRIVILEGE_EXEMPT | SET_PAGE_TABLE_BITS | TLB_FLUSH_INHIBIT | SUPERVISOR | USER
		| ENFORCE_SMAP | OVERRIDE_SMAP;

	private static final long PRESENT = 1, WRITABLE = 2, USER_PAGE = 4, ACCESSED = 0x20, DIRTY = 0x40, LARGE = 0x80,
		NO_EXECUTE = 1L << 63;
	private static final long FRAME = 0x000FFFFFFFFFF000L;

	private final Cpu cpu;
	private final PhysicalMemory memory;
	private long flags;
	/** Result of the last translation. */
	private long address;

	AddressTranslator(Cpu cpu, PhysicalMemory memory) {
		this.cpu = cpu;
		this.memory = memory;
	}

	/** @return guest-physical address that the last successful translation found */
	long address() {
		return address;
	}

	/** Translates an address. @param linear linear address
	 * @param flags control flags of the hypercall */
	Translation.Result translate(long linear, long flags) {
		this.flags = flags;
		Translation.Result result = walk(linear);
		return result == Translation.Result.SUCCESS ? checkPage() : result;
	}

	private Translation.Result walk(long linear) {
		if ((cpu.cr0 & Cpu.CR0_PG) == 0) {
			address = linear & PhysicalMemory.ADDRESS_MASK;
			return Translation.Result.SUCCESS;
		}
		if ((cpu.cr4 & Cpu.CR4_PAE) == 0) {
			return walk32(linear & 0xFFFFFFFFL);
		}
		if ((cpu.efer & Cpu.EFER_LMA) != 0) {
			if (linear << 16 >> 16 != linear) {
				return Translation.Result.PAGE_NOT_PRESENT;
			}
			return walk64(linear, cpu.cr3 & FRAME, 4);
		}
		long pointer = cpu.pdptr[(int) (linear >>> 30) & 3];
		return (pointer & PRESENT) == 0 ? Translation.Result.PAGE_NOT_PRESENT : walk64(linear & 0xFFFFFFFFL, pointer & FRAME, 2);
	}

	private Translation.Result walk64(long linear, long root, int levels) {
		long table = root;
		long rights = WRITABLE | USER_PAGE;
		for (int level = levels;; level--) {
			int shift = 3 + 9 * level;
			long entryAddress = table + ((linear >>> shift & 511) << 3);
			long host = host(entryAddress);
			if (host == 0) {
				return Translation.Result.GPA_UNMAPPED;
			}
			long entry = RAW.getLong(host);
			if ((entry & PRESENT) == 0) {
				return Translation.Result.PAGE_NOT_PRESENT;
			}
			boolean leaf = level == 1 || (entry & LARGE) != 0 && level <= 3;
			if ((entry & reserved(level, leaf, shift)) != 0) {
				return Translation.Result.INVALID_PAGE_TABLE_FLAGS;
			}
			rights = rights & (entry | ~(WRITABLE | USER_PAGE)) | entry & NO_EXECUTE;
			if (leaf && !allowed(rights)) {
				return Translation.Result.PRIVILEGE_VIOLATION;
			}
			mark(entryAddress, host, entry, leaf, false);
			if (leaf) {
				long mask = (1L << shift) - 1;
				address = entry & FRAME & ~mask | linear & mask;
				return Translation.Result.SUCCESS;
			}
			table = entry & FRAME;
		}
	}

	private long reserved(int level, boolean leaf, int shift) {
		long reserved = FRAME & ~PhysicalMemory.ADDRESS_MASK;
		if ((cpu.efer & Cpu.EFER_NXE) == 0) {
			reserved |= NO_EXECUTE;
		}
		if (level == 4 || level == 3 && !cpu.features.gigabytePages()) {
			reserved |= LARGE;
		} else if (leaf && level > 1) {
			reserved |= (1L << shift) - 1 & ~0x1FFFL;
		}
		return reserved;
	}

	private Translation.Result walk32(long linear) {
		long directoryAddress = (cpu.cr3 & 0xFFFFF000L) + (linear >>> 20 & 0xFFC);
		long directoryHost = host(directoryAddress);
		if (directoryHost == 0) {
			return Translation.Result.GPA_UNMAPPED;
		}
		long directory = RAW.getInt(directoryHost) & 0xFFFFFFFFL;
		if ((directory & PRESENT) == 0) {
			return Translation.Result.PAGE_NOT_PRESENT;
		}
		if ((directory & LARGE) != 0 && (cpu.cr4 & Cpu.CR4_PSE) != 0) {
			if ((directory & 1 << 21) != 0) {
				return Translation.Result.INVALID_PAGE_TABLE_FLAGS;
			}
			if (!allowed(directory)) {
				return Translation.Result.PRIVILEGE_VIOLATION;
			}
			mark(directoryAddress, directoryHost, directory, true, true);
			address = ((directory & 0x1FE000) << 19 | directory & 0xFFC00000L | linear & 0x3FFFFF) & PhysicalMemory.ADDRESS_MASK;
			return Translation.Result.SUCCESS;
		}
		long tableAddress = (directory & 0xFFFFF000L) + (linear >>> 10 & 0xFFC);
		long tableHost = host(tableAddress);
		if (tableHost == 0) {
			return Translation.Result.GPA_UNMAPPED;
		}
		long entry = RAW.getInt(tableHost) & 0xFFFFFFFFL;
		if ((entry & PRESENT) == 0) {
			return Translation.Result.PAGE_NOT_PRESENT;
		}
		if (!allowed(directory & entry)) {
			return Translation.Result.PRIVILEGE_VIOLATION;
		}
		mark(directoryAddress, directoryHost, directory, false, true);
		mark(tableAddress, tableHost, entry, true, true);
		address = entry & 0xFFFFF000L | linear & 4095;
		return Translation.Result.SUCCESS;
	}

	private long host(long gpa) {
		long entry = memory.entry((gpa & PhysicalMemory.ADDRESS_MASK) >>> PhysicalMemory.PAGE_SHIFT);
		return (entry & PhysicalMemory.READ) == 0 ? 0 : (entry & PhysicalMemory.HOST) + (gpa & 4095);
	}

	/** Sets accessed and dirty bits, as the processor would: that is a write to the page of the table. */
	private void mark(long gpa, long host, long entry, boolean leaf, boolean narrow) {
		if ((flags & SET_PAGE_TABLE_BITS) == 0) {
			return;
		}
		long marked = entry | (leaf && (flags & WRITE) != 0 ? ACCESSED | DIRTY : ACCESSED);
		if (marked == entry) {
			return;
		}
		if (narrow) {
			RAW.compareAndSetInt(host, (int) entry, (int) marked);
		} else {
			RAW.compareAndSetLong(host, entry, marked);
		}
		AccessLog log = memory.accessLog();
		if (log != null) {
			log.written((gpa & PhysicalMemory.ADDRESS_MASK) >>> PhysicalMemory.PAGE_SHIFT);
		}
	}

	private boolean allowed(long rights) {
		if ((flags & PRIVILEGE_EXEMPT) != 0) {
			return true;
		}
		boolean user = (flags & USER) != 0 || (flags & SUPERVISOR) == 0 && cpu.cpl == 3;
		boolean userPage = (rights & USER_PAGE) != 0;
		boolean writable = (rights & WRITABLE) != 0;
		if ((flags & EXECUTE) != 0 && (rights & NO_EXECUTE) != 0) {
			return false;
		}
		if (user) {
			return userPage && (writable || (flags & WRITE) == 0);
		}
		if ((flags & WRITE) != 0 && !writable && (cpu.cr0 & Cpu.CR0_WP) != 0) {
			return false;
		}
		if (!userPage) {
			return true;
		}
		if ((flags & EXECUTE) != 0 && (cpu.cr4 & Cpu.CR4_SMEP) != 0) {
			return false;
		}
		boolean smap = (flags & (READ | WRITE)) != 0 && (cpu.cr4 & Cpu.CR4_SMAP) != 0 && (flags & OVERRIDE_SMAP) == 0;
		return !smap || (flags & ENFORCE_SMAP) == 0 && (cpu.systemFlags & Flag.AC) != 0;
	}

	private Translation.Result checkPage() {
		if ((flags & (READ | WRITE | EXECUTE)) == 0) {
			return Translation.Result.SUCCESS;
		}
		long entry = memory.entry(address >>> PhysicalMemory.PAGE_SHIFT);
		if (entry == 0) {
			return Translation.Result.GPA_UNMAPPED;
		}
		if ((flags & (READ | EXECUTE)) != 0 && (entry & PhysicalMemory.READ) == 0) {
			return Translation.Result.GPA_NO_READ_ACCESS;
		}
		if ((flags & WRITE) != 0 && (entry & PhysicalMemory.WRITE) == 0) {
			return Translation.Result.GPA_NO_WRITE_ACCESS;
		}
		return Translation.Result.SUCCESS;
	}

	/** Reads code without side effects. @param linear linear address @param bytes filled from the start
	 * @return how many bytes could be read */
	int readCode(long linear, byte[] bytes) {
		int read = 0;
		while (read < bytes.length) {
			long at = cpu.mode == 64 ? linear + read : linear + read & 0xFFFFFFFFL;
			if (translate(at, PRIVILEGE_EXEMPT) != Translation.Result.SUCCESS) {
				break;
			}
			long entry = memory.entry(address >>> PhysicalMemory.PAGE_SHIFT);
			if ((entry & PhysicalMemory.READ) == 0) {
				break;
			}
			int count = (int) Math.min(bytes.length - read, 4096 - (address & 4095));
			RAW.copyOut((entry & PhysicalMemory.HOST) + (address & 4095), bytes, read, count);
			read += count;
		}
		return read;
	}
}
