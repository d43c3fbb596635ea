package mshv.backend.emu.cpu;

import static mshv.backend.emu.memory.RawMemory.RAW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.memory.PhysicalMemory;

class PageWalkTest {
	private static final int PAGES = 32;
	/** Paging structures from the top down, and the page that they lead to. */
	private static final long TOP = 0x1000, SECOND = 0x2000, THIRD = 0x3000, TABLE = 0x4000, PAGE = 0x5000;
	private static final long ADDRESS = 0x7F12_3456_7ABCL;
	private static final int PRESENT = 1, WRITABLE = 2, USER = 4, ACCESSED = 0x20, DIRTY = 0x40, LARGE = 0x80;
	private static final long NO_EXECUTE = 1L << 63;

	private final Arena arena = Arena.ofConfined();
	private final PhysicalMemory memory = new PhysicalMemory();
	private final long host = arena.allocate(PAGES * 4096L, 4096).address();
	private final Cpu cpu;
	private final PageWalk walk;

	PageWalkTest() {
		for (int page = 0; page < PAGES; page++) {
			memory.setEntry(page, host + page * 4096L | PhysicalMemory.READ | PhysicalMemory.WRITE | PhysicalMemory.EXECUTE);
		}
		NoCode noCode = new NoCode();
		cpu = new Cpu(memory, new BarePlatform(), noCode, arena);
		walk = new PageWalk(cpu, memory, new PhysicalAccess(cpu, memory, noCode));
		cpu.cr0 |= Cpu.CR0_PE | Cpu.CR0_PG | Cpu.CR0_WP;
		cpu.cr3 = TOP;
	}

	@AfterEach
	void close() {
		arena.close();
	}

	/** Four levels that map the page of {@link #ADDRESS}; the rights are those of the last entry. */
	private void fourLevels(long rights) {
		cpu.cr4 = Cpu.CR4_PAE;
		cpu.efer = Cpu.EFER_LME | Cpu.EFER_LMA | Cpu.EFER_NXE;
		put(TOP, 39, SECOND | PRESENT | WRITABLE | USER);
		put(SECOND, 30, THIRD | PRESENT | WRITABLE | USER);
		put(THIRD, 21, TABLE | PRESENT | WRITABLE | USER);
		put(TABLE, 12, PAGE | rights);
	}

	private long entry(long table, int shift) {
		return host + table + ((ADDRESS >>> shift & 511) << 3);
	}

	private void put(long table, int shift, long value) {
		RAW.putLong(entry(table, shift), value);
	}

	/** @return error code of the page fault that the translation raises */
	private int fault(long address, AccessType type) {
		GuestFault fault = assertThrows(GuestFault.class, () -> walk.translate(address, type));
		assertEquals(Vector.PF, fault.vector);
		assertEquals(address, cpu.cr2);
		return fault.errorCode;
	}

	@Test
	void withoutPagingAnAddressIsPhysical() {
		cpu.cr0 &= ~Cpu.CR0_PG;
		assertEquals(0x1234, walk.translate(0x1234, AccessType.READ));
		assertTrue(walk.writable && walk.dirty);
	}

	@Test
	void fourLevelsLeadToAPageAndAreMarkedAsAccessed() {
		fourLevels(PRESENT | WRITABLE);
		assertEquals(PAGE | 0xABC, walk.translate(ADDRESS, AccessType.READ));
		assertTrue(walk.writable);
		assertFalse(walk.dirty);
		assertFalse(walk.large);
		assertEquals(TABLE | PRESENT | WRITABLE | USER | ACCESSED, RAW.getLong(entry(THIRD, 21)));
		assertEquals(PAGE | PRESENT | WRITABLE | ACCESSED, RAW.getLong(entry(TABLE, 12)));
		assertEquals(PAGE | 0xABC, walk.translate(ADDRESS, AccessType.WRITE));
		assertTrue(walk.dirty);
		assertEquals(PAGE | PRESENT | WRITABLE | ACCESSED | DIRTY, RAW.getLong(entry(TABLE, 12)));
	}

	@Test
	void thePageTableIsRememberedUntilItIsForgotten() {
		fourLevels(PRESENT);
		walk.translate(ADDRESS, AccessType.READ);
		put(THIRD, 21, 0);
		assertEquals(PAGE | 0xABC, walk.translate(ADDRESS, AccessType.READ));
		walk.forget();
		assertEquals(0, fault(ADDRESS, AccessType.READ));
	}

	@Test
	void largePagesKeepMoreOfTheAddress() {
		fourLevels(PRESENT);
		put(THIRD, 21, 0x4000_0000L | PRESENT | LARGE);
		assertEquals(0x4000_0000L | ADDRESS & 0x1FFFFF, walk.translate(ADDRESS, AccessType.READ));
		assertTrue(walk.large);
		put(SECOND, 30, 0x4000_0000L | PRESENT | LARGE);
		assertEquals(0x4000_0000L | ADDRESS & 0x3FFFFFFF, walk.translate(ADDRESS, AccessType.READ));
	}

	@Test
	void aReservedBitIsAFault() {
		fourLevels(PRESENT);
		put(TOP, 39, SECOND | PRESENT | LARGE);
		assertEquals(9, fault(ADDRESS, AccessType.READ));
		put(TOP, 39, SECOND | PRESENT);
		put(THIRD, 21, 0x4000_0000L | PRESENT | LARGE | 1 << 13);
		assertEquals(9, fault(ADDRESS, AccessType.READ));
		put(THIRD, 21, TABLE | PRESENT);
		cpu.efer &= ~Cpu.EFER_NXE;
		put(TABLE, 12, PAGE | PRESENT | NO_EXECUTE);
		assertEquals(9, fault(ADDRESS, AccessType.READ));
	}

	@Test
	void userModeNeedsAUserPageAndTheRightToWrite() {
		fourLevels(PRESENT | WRITABLE);
		cpu.cpl = 3;
		assertEquals(5, fault(ADDRESS, AccessType.READ));
		cpu.systemAccess = true;
		assertEquals(PAGE | 0xABC, walk.translate(ADDRESS, AccessType.READ), "an implicit supervisor access");
		cpu.systemAccess = false;
		put(TABLE, 12, PAGE | PRESENT | USER);
		assertEquals(PAGE | 0xABC, walk.translate(ADDRESS, AccessType.READ));
		assertFalse(walk.writable);
		assertEquals(7, fault(ADDRESS, AccessType.WRITE));
	}

	@Test
	void theSupervisorMayWriteReadOnlyPagesUnlessWriteProtected() {
		fourLevels(PRESENT);
		assertEquals(3, fault(ADDRESS, AccessType.WRITE));
		cpu.cr0 &= ~Cpu.CR0_WP;
		assertEquals(PAGE | 0xABC, walk.translate(ADDRESS, AccessType.WRITE));
	}

	@Test
	void theSupervisorIsKeptFromUserPagesWhereItIsToldSo() {
		fourLevels(PRESENT | WRITABLE | USER);
		cpu.cr4 |= Cpu.CR4_SMEP | Cpu.CR4_SMAP;
		assertEquals(17, fault(ADDRESS, AccessType.FETCH));
		assertEquals(1, fault(ADDRESS, AccessType.READ));
		cpu.systemFlags |= Flag.AC;
		assertEquals(PAGE | 0xABC, walk.translate(ADDRESS, AccessType.READ));
		cpu.systemAccess = true;
		assertEquals(1, fault(ADDRESS, AccessType.READ), "AC does not count for implicit accesses");
	}

	@Test
	void noExecuteOnAnyLevelKeepsFetchesOut() {
		fourLevels(PRESENT);
		put(SECOND, 30, THIRD | PRESENT | NO_EXECUTE);
		assertEquals(17, fault(ADDRESS, AccessType.FETCH));
		assertEquals(PAGE | 0xABC, walk.translate(ADDRESS, AccessType.READ));
	}

	@Test
	void pagingOf32BitsHasTwoLevels() {
		RAW.putInt(host + TOP + 4, (int) TABLE | PRESENT | WRITABLE);
		RAW.putInt(host + TABLE + 8, (int) PAGE | PRESENT);
		assertEquals(PAGE | 0x123, walk.translate(0x402123, AccessType.READ));
		assertFalse(walk.writable);
		assertEquals(PAGE | PRESENT | ACCESSED, RAW.getInt(host + TABLE + 8));
		assertEquals(3, fault(0x402123, AccessType.WRITE));
		assertEquals(0, fault(0x403000, AccessType.FETCH), "without NXE and SMEP a fetch is not told");
		cpu.cr4 = Cpu.CR4_PSE;
		RAW.putInt(host + TOP + 8, 0x0180_0000 | 1 << 13 | PRESENT | LARGE);
		assertEquals(0x1_01800123L, walk.translate(0x800123, AccessType.READ));
		assertTrue(walk.large);
		RAW.putInt(host + TOP + 8, 1 << 21 | PRESENT | LARGE);
		assertEquals(9, fault(0x800123, AccessType.READ));
	}

	@Test
	void paeHasFourPointersThatAreLoadedAtOnce() {
		cpu.cr4 = Cpu.CR4_PAE;
		RAW.putLong(host + TOP + 8, THIRD | PRESENT);
		RAW.putLong(host + THIRD, TABLE | PRESENT | WRITABLE);
		RAW.putLong(host + TABLE, PAGE | PRESENT | WRITABLE);
		assertEquals(0, fault(0x40000000L, AccessType.READ), "not loaded yet");
		assertTrue(walk.loadPdptr(TOP));
		assertEquals(PAGE | 0x10, walk.translate(0x40000010L, AccessType.WRITE));
		RAW.putLong(host + TOP, PRESENT | WRITABLE);
		assertFalse(walk.loadPdptr(TOP), "a reserved bit");
		assertEquals(THIRD | PRESENT, cpu.pdptr[1]);
	}

	@Test
	void aPagingStructureOutsideMemoryIsAnExit() {
		fourLevels(PRESENT);
		put(SECOND, 30, 0x100000 | PRESENT);
		GuestFault fault = assertThrows(GuestFault.class, () -> walk.translate(ADDRESS, AccessType.WRITE));
		assertEquals(GuestFault.EXIT, fault.vector);
		assertSame(Exit.Kind.MEMORY, cpu.exit.kind);
		assertEquals(0x100000 | (ADDRESS >>> 21 & 511) << 3, cpu.exit.gpa);
		assertFalse(cpu.exit.gvaValid);
		assertFalse(cpu.exit.write);
	}
}
