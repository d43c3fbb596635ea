package mshv.backend.emu.apic;

import static mshv.backend.emu.apic.ApicBench.DFR;
import static mshv.backend.emu.apic.ApicBench.DIVIDE;
import static mshv.backend.emu.apic.ApicBench.EOI;
import static mshv.backend.emu.apic.ApicBench.ID;
import static mshv.backend.emu.apic.ApicBench.INITIAL_COUNT;
import static mshv.backend.emu.apic.ApicBench.LDR;
import static mshv.backend.emu.apic.ApicBench.LVT_LINT0;
import static mshv.backend.emu.apic.ApicBench.LVT_TIMER;
import static mshv.backend.emu.apic.ApicBench.TPR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RegisterAccessTest {
	private final ApicBench bench = new ApicBench();

	@AfterEach
	void close() {
		bench.close();
	}

	@Test
	void x2apicRegistersRefuseReservedBits() {
		assertTrue(bench.apic().setBase(bench.apic().base() | LocalApic.BASE_X2APIC));
		assertEquals(0, bench.apic().readRegister(0x02));
		assertEquals(1, bench.apic().readRegister(0x0D), "logical id follows from the id");
		assertEquals(-1, bench.apic().readRegister(0x0E), "no DFR");
		assertEquals(-1, bench.apic().readRegister(0x0B), "EOI is write only");
		assertFalse(bench.apic().writeRegister(0x0B, 1));
		assertFalse(bench.apic().writeRegister(0x08, 0x100));
		assertFalse(bench.apic().writeRegister(0x0D, 1));
		assertFalse(bench.apic().writeRegister(0x32, 1L << 32));
		assertFalse(bench.apic().writeRegister(0x30, 1 << 13));
		assertTrue(bench.apic().writeRegister(0x3F, 0x77));
		assertEquals(0x77, bench.apic().acknowledge());
		assertTrue(bench.apic().writeRegister(0x0B, 0));
	}

	@Test
	void onlyAlignedDoubleWordsAreRegisters() {
		bench.apic().writePage(TPR, 1, 0x20);
		bench.apic().writePage(TPR + 4, 4, 0x20);
		assertEquals(0, bench.apic().readPage(TPR, 4));
		assertEquals(0, bench.apic().readPage(ID + 8, 4));
		bench.apics[3].writePage(TPR, 4, 0x20);
		assertEquals(3, bench.apics[3].readPage(ID + 3, 1));
	}

	@Test
	void theStateComesBackFromItsPage() {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment page = arena.allocate(4096, 4096);
			MemorySegment again = arena.allocate(4096, 4096);
			bench.apic().writePage(TPR, 4, 0x20);
			bench.apic().writePage(LDR, 4, 0x5000000);
			bench.apic().writePage(LVT_TIMER, 4, 0x20040);
			bench.apic().writePage(LVT_LINT0, 4, 0x700);
			bench.apic().writePage(DIVIDE, 4, 0xB);
			bench.apic().writePage(INITIAL_COUNT, 4, 1000);
			bench.apic().receive(DeliveryMode.FIXED, 0x51, true);
			bench.apic().acknowledge();
			bench.apic().receive(DeliveryMode.FIXED, 0x41, false);
			bench.clock.now += 250;
			ApicState.save(bench.apic(), page.address());
			assertEquals(750, page.get(ValueLayout.JAVA_INT, 164));
			ApicState.restore(bench.apics[1], page.address());
			ApicState.save(bench.apics[1], again.address());
			assertEquals(-1, page.mismatch(again));
			assertEquals(-1, bench.apics[1].acknowledge());
			bench.apics[1].endOfInterrupt();
			assertEquals(List.of(0x51), bench.owners[1].ended);
			assertEquals(0x41, bench.apics[1].acknowledge());
		}
	}
}
