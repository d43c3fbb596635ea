package mshv.backend.emu.cpu;

import static mshv.backend.emu.memory.RawMemory.RAW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.memory.PhysicalMemory;

class TlbTest {
	private static final long ADDRESS = 0x7F12_3456_7000L;
	private static final long HOST = 0x7000_0000_0000L;

	private final Arena arena = Arena.ofConfined();
	private final Cpu cpu = new Cpu(new PhysicalMemory(), new BarePlatform(), new NoCode(), arena);
	private final Tlb tlb = new Tlb(cpu, arena);

	TlbTest() {
		tlb.select();
	}

	@AfterEach
	void close() {
		arena.close();
	}

	/** @return host address of a byte by the inline check, 0 where it misses */
	private long look(long table, long address) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		return RAW.getLong(entry) == (address & Tlb.PAGE | cpu.generation) ? address + RAW.getLong(entry + 8) : 0;
	}

	@Test
	void whatWasEnteredIsFoundUntilTheFlush() {
		tlb.addReadable(ADDRESS + 0x123, HOST);
		assertEquals(HOST + 0x456, look(cpu.readTable, ADDRESS + 0x456));
		assertEquals(0, look(cpu.readTable, ADDRESS + 0x1000));
		assertEquals(0, look(cpu.writeTable, ADDRESS));
		assertFalse(tlb.flush());
		assertEquals(0, look(cpu.readTable, ADDRESS));
	}

	@Test
	void eachPrivilegeHasItsOwnTables() {
		tlb.addReadable(ADDRESS, HOST);
		cpu.cpl = 3;
		tlb.select();
		assertEquals(0, look(cpu.readTable, ADDRESS));
		cpu.systemAccess = true;
		tlb.select();
		assertEquals(HOST, look(cpu.readTable, ADDRESS));
		cpu.systemAccess = false;
		cpu.cpl = 0;
		cpu.systemFlags |= Flag.AC;
		tlb.select();
		assertEquals(0, look(cpu.readTable, ADDRESS));
		tlb.selectNone();
		assertEquals(cpu.readTable, cpu.writeTable);
	}

	@Test
	void onePageIsForgottenInAllTables() {
		tlb.addReadable(ADDRESS, HOST);
		tlb.addReadable(ADDRESS + 0x1000, HOST);
		tlb.addWritable(ADDRESS, HOST);
		tlb.addFetch(ADDRESS, 0x5000);
		assertEquals(0x5010, tlb.fetch(ADDRESS + 0x10));
		tlb.flushPage(ADDRESS);
		assertEquals(0, look(cpu.readTable, ADDRESS));
		assertEquals(0, look(cpu.writeTable, ADDRESS));
		assertEquals(-1, tlb.fetch(ADDRESS));
		assertEquals(HOST, look(cpu.readTable, ADDRESS + 0x1000));
	}

	@Test
	void aProtectedHostPageCanOnlyBeRead() {
		tlb.addReadable(ADDRESS, HOST);
		tlb.addWritable(ADDRESS, HOST);
		tlb.addWritable(ADDRESS + 0x1000, HOST + 0x1000);
		tlb.protect(HOST);
		assertEquals(0, look(cpu.writeTable, ADDRESS));
		assertEquals(HOST, look(cpu.readTable, ADDRESS));
		assertEquals(HOST + 0x1000, look(cpu.writeTable, ADDRESS + 0x1000));
	}

	@Test
	void anOldTranslationDoesNotComeBackWhenGenerationsBeginAnew() {
		tlb.addReadable(ADDRESS, HOST);
		tlb.addFetch(ADDRESS, 0x5000);
		int flushes = 1;
		while (!tlb.flush()) {
			flushes++;
		}
		assertTrue(flushes > 4000);
		assertEquals(1, cpu.generation);
		assertEquals(0, look(cpu.readTable, ADDRESS));
		assertEquals(-1, tlb.fetch(ADDRESS));
	}

	@Test
	void largePagesAreRememberedUntilTheFlush() {
		assertFalse(tlb.maybeLarge(ADDRESS));
		tlb.rememberLarge(ADDRESS);
		assertTrue(tlb.maybeLarge(ADDRESS & -1L << 21));
		tlb.flush();
		assertFalse(tlb.maybeLarge(ADDRESS));
	}
}
