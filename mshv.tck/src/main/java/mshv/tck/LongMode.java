package mshv.tck;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

import mshv.api.Register;
import mshv.api.RegisterValue;

/**
 * 64-bit mode made by hand: descriptor and page tables in guest memory, and the registers that use them. The first GiB and the local APIC
 * are mapped at their own addresses, the first 2 MiB of them page by page; pages of {@link #WINDOW} are mapped as a test wants them.
 */
public final class LongMode {
	/** Linear address of 512 pages that are not present until {@link #map} says where they lead. */
	public static final long WINDOW = 0x4000_0000L;
	/** Linear address of a gibibyte that is not present until {@link #mapHuge}. */
	public static final long HUGE = 0x8000_0000L;
	/** Bits of a page-table entry. */
	public static final long PRESENT = 1, WRITABLE = 2, USER = 4;
	/** Highest address of the stack, exclusive. */
	public static final long STACK = 0x18000;

	/** Selectors of 64-bit code and of data, for privilege level 0 and, with 3 added, for level 3. */
	public static final int CODE = 0x08, DATA = 0x10, USER_CODE = 0x28, USER_DATA = 0x30;

	private static final int TASK = 0x18;

	private static final long IDT = 0x20000;
	private static final long GDT = 0x21000;
	private static final long TSS = 0x21800;
	private static final long PML4 = 0x22000;
	private static final long DIRECTORY_POINTERS = 0x23000;
	private static final long FIRST_DIRECTORY = 0x24000;
	private static final long WINDOW_DIRECTORY = 0x25000;
	private static final long APIC_DIRECTORY = 0x26000;
	private static final long FIRST_TABLE = 0x27000;
	private static final long WINDOW_TABLE = 0x28000;
	private static final long HANDLERS = 0x30000;
	private static final long LARGE = 0x80;
	private static final long CACHE_DISABLED = 0x10;
	private static final int LARGE_SHIFT = 21;
	private static final int PAGE_SHIFT = 12;
	private static final int ENTRIES = 512;
	private static final long APIC_PAGE = 0xFEE0_0000L;

	private final MemorySegment ram;
	private long nextHandler = HANDLERS;

	/** Writes the tables. @param ram guest memory at guest-physical address 0, at least 256 KiB */
	LongMode(MemorySegment ram) {
		this.ram = ram;
		set(GDT + CODE, 0x00AF9B000000FFFFL);
		set(GDT + DATA, 0x00CF93000000FFFFL);
		set(GDT + TASK, TSS << 16 | 0x8B_00_0000_0067L);
		set(GDT + USER_CODE, 0x00AFFB000000FFFFL);
		set(GDT + USER_DATA, 0x00CFF3000000FFFFL);
		long table = PRESENT | WRITABLE | USER;
		// RSP0
		ram.set(JAVA_LONG_UNALIGNED, TSS + 4, STACK);
		set(PML4, DIRECTORY_POINTERS | table);
		set(DIRECTORY_POINTERS, FIRST_DIRECTORY | table);
		set(DIRECTORY_POINTERS + 8, WINDOW_DIRECTORY | table);
		set(DIRECTORY_POINTERS + 24, APIC_DIRECTORY | table);
		set(FIRST_DIRECTORY, FIRST_TABLE | table);
		for (long i = 1; i < ENTRIES; i++) {
			set(FIRST_DIRECTORY + 8 * i, i << LARGE_SHIFT | LARGE | PRESENT | WRITABLE);
		}
		for (long i = 0; i < ENTRIES; i++) {
			set(FIRST_TABLE + 8 * i, i << PAGE_SHIFT | PRESENT | WRITABLE);
		}
		set(WINDOW_DIRECTORY, WINDOW_TABLE | table);
		set(APIC_DIRECTORY + 8 * (APIC_PAGE >>> LARGE_SHIFT & ENTRIES - 1), APIC_PAGE | LARGE | PRESENT | WRITABLE | CACHE_DISABLED);
	}

	private void set(long address, long value) {
		ram.set(JAVA_LONG, address, value);
	}

	/** @return the registers of a processor in 64-bit mode, at privilege level 0 and with interrupts disabled, in an order in which they
	 *         can be set */
	static Map<Register, RegisterValue> registers() {
		Map<Register, RegisterValue> values = new LinkedHashMap<>();
		RegisterValue data = RegisterValue.segment(0, -1, DATA, 0xC093);
		values.put(Register.CS, RegisterValue.segment(0, -1, CODE, 0xA09B));
		values.put(Register.SS, data);
		values.put(Register.DS, data);
		values.put(Register.ES, data);
		values.put(Register.FS, data);
		values.put(Register.GS, data);
		values.put(Register.TR, RegisterValue.segment(TSS, 0x67, TASK, 0x008B));
		values.put(Register.GDTR, RegisterValue.table(GDT, USER_DATA + 7));
		values.put(Register.IDTR, RegisterValue.table(IDT, 0xFFF));
		// PE, MP, ET, NE, WP, PG
		values.put(Register.CR0, RegisterValue.of(0x8001_0033L));
		values.put(Register.CR3, RegisterValue.of(PML4));
		// PAE, OSFXSR, OSXMMEXCPT
		values.put(Register.CR4, RegisterValue.of(0x620));
		// LME, LMA
		values.put(Register.EFER, RegisterValue.of(0x500));
		values.put(Register.RSP, RegisterValue.of(STACK));
		values.put(Register.RFLAGS, RegisterValue.of(2));
		return values;
	}

	/** @return the segment registers of a processor at privilege level 3 */
	public static Map<Register, RegisterValue> userSegments() {
		return Map.of(Register.CS, RegisterValue.segment(0, -1, USER_CODE | 3, 0xA0FB),
			Register.SS, RegisterValue.segment(0, -1, USER_DATA | 3, 0xC0F3));
	}

	/** Maps a page of {@link #WINDOW}. @param page 0 to 511
	 * @param physical guest-physical address of a page
	 * @param flags {@link #PRESENT}, …
	 * @return its linear address */
	public long map(int page, long physical, long flags) {
		set(WINDOW_TABLE + 8L * page, physical | flags);
		return WINDOW + ((long) page << PAGE_SHIFT);
	}

	/** Maps {@link #HUGE} to address 0. @param flags of the entry */
	public void mapHuge(long flags) {
		set(DIRECTORY_POINTERS + 16, flags);
	}

	/** Maps one of the first 512 pages elsewhere or otherwise. */
	public void mapLow(int page, long physical, long flags) {
		set(FIRST_TABLE + 8L * page, physical | flags);
	}

	/** Installs an interrupt gate. @param code the handler, which ends with IRETQ; at most 256 bytes */
	public void handle(int vector, GuestCode code) {
		byte[] bytes = code.toBytes();
		MemorySegment.copy(MemorySegment.ofArray(bytes), 0, ram, nextHandler, bytes.length);
		long gate = IDT + 16L * vector;
		ram.set(JAVA_SHORT, gate, (short) nextHandler);
		ram.set(JAVA_SHORT, gate + 2, (short) CODE);
		ram.set(JAVA_SHORT, gate + 4, (short) 0x8E00);
		ram.set(JAVA_SHORT, gate + 6, (short) (nextHandler >> 16));
		ram.set(JAVA_INT, gate + 8, 0);
		nextHandler += 256;
	}
}
