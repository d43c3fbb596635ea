package mshv.backend.emu.apic;

import static mshv.backend.emu.apic.ApicBench.DFR;
import static mshv.backend.emu.apic.ApicBench.ICR;
import static mshv.backend.emu.apic.ApicBench.ICR_HIGH;
import static mshv.backend.emu.apic.ApicBench.LDR;
import static mshv.backend.emu.apic.ApicBench.TPR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InterruptCommandTest {
	private final ApicBench bench = new ApicBench();

	@AfterEach
	void close() {
		bench.close();
	}

	@Test
	void interProcessorInterruptsReachTheirDestinations() {
		bench.apic().writePage(ICR_HIGH, 4, 2 << 24);
		bench.apic().writePage(ICR, 4, 0x41);
		assertEquals(0x41, bench.apics[2].acknowledge());
		assertEquals(-1, bench.apics[1].acknowledge());
		bench.apic().writePage(ICR, 4, 0x42 | 3 << 18);
		assertEquals(-1, bench.apics[0].acknowledge());
		assertEquals(0x42, bench.apics[1].acknowledge());
		assertEquals(0x42, bench.apics[3].acknowledge());
		bench.apic().writePage(ICR, 4, 0x43 | 1 << 18);
		assertEquals(0x43, bench.apics[0].acknowledge());
		bench.apic().writePage(ICR_HIGH, 4, 0xFF << 24);
		bench.apic().writePage(ICR, 4, 0x52);
		assertEquals(0x52, bench.apics[0].acknowledge());
		assertEquals(0x52, bench.apics[1].acknowledge());
	}

	@Test
	void flatLogicalDestinationsAreSets() {
		for (int i = 0; i < 4; i++) {
			bench.apics[i].writePage(LDR, 4, 1L << 24 + i);
		}
		bench.apic().writePage(ICR_HIGH, 4, 0xAL << 24);
		bench.apic().writePage(ICR, 4, 0x41 | 0x800);
		assertEquals(-1, bench.apics[0].acknowledge());
		assertEquals(0x41, bench.apics[1].acknowledge());
		assertEquals(-1, bench.apics[2].acknowledge());
		assertEquals(0x41, bench.apics[3].acknowledge());
	}

	@Test
	void clusterLogicalDestinationsNeedTheCluster() {
		for (int i = 0; i < 4; i++) {
			bench.apics[i].writePage(DFR, 4, 0x0FFFFFFF);
			bench.apics[i].writePage(LDR, 4, (i / 2L << 4 | 1 << i % 2) << 24);
		}
		bench.bus.send(DeliveryMode.FIXED, 0x41, false, 0x13, true);
		assertEquals(-1, bench.apics[0].acknowledge());
		assertEquals(-1, bench.apics[1].acknowledge());
		assertEquals(0x41, bench.apics[2].acknowledge());
		assertEquals(0x41, bench.apics[3].acknowledge());
	}

	@Test
	void theLowestPriorityGetsTheInterrupt() {
		bench.apics[0].writePage(TPR, 4, 0x50);
		bench.apics[1].writePage(TPR, 4, 0x20);
		bench.apics[2].writePage(TPR, 4, 0x10);
		bench.apics[3].writePage(TPR, 4, 0x30);
		bench.bus.send(DeliveryMode.LOWEST_PRIORITY, 0x61, false, 0xFF, false);
		assertEquals(0x61, bench.apics[2].acknowledge());
		assertEquals(-1, bench.apics[1].acknowledge());
	}

	@Test
	void initAndStartupReachTheProcessor() {
		bench.apic().writePage(ICR_HIGH, 4, 1 << 24);
		bench.apic().writePage(ICR, 4, 0x4500);
		assertEquals(1, bench.owners[1].inits);
		bench.apic().writePage(ICR, 4, 0x8500);
		assertEquals(1, bench.owners[1].inits, "de-assertion does nothing");
		bench.apic().writePage(ICR, 4, 0x469A);
		assertEquals(0x9A, bench.owners[1].startup);
	}

	@Test
	void x2apicInterruptsAddressWideDestinations() {
		for (LocalApic apic : bench.apics) {
			assertTrue(apic.setBase(apic.base() | LocalApic.BASE_X2APIC));
		}
		assertTrue(bench.apic().writeRegister(0x30, 3L << 32 | 0x41));
		assertEquals(0x41, bench.apics[3].acknowledge());
		assertTrue(bench.apic().writeRegister(0x30, 0x6L << 32 | 0x842));
		assertEquals(0x42, bench.apics[1].acknowledge());
		assertEquals(0x42, bench.apics[2].acknowledge());
		assertTrue(bench.apic().writeRegister(0x30, 0xFFFFFFFFL << 32 | 0x53));
		assertEquals(0x53, bench.apics[0].acknowledge());
		assertTrue(bench.apic().writeRegister(0x30, 0xFFL << 32 | 0x64));
		assertEquals(-1, bench.apics[0].acknowledge(), "255 is an id like others");
	}

	@Test
	void x2apicLogicalDestinationsAreClustersOfSixteen() {
		LocalApic[] second = new LocalApic[3];
		for (int i = 0; i < second.length; i++) {
			second[i] = new LocalApic(16 + i, true, true, false, bench.bus, new FakeOwner(), bench.clock, bench.timers, WakeUp.Keeper.NONE);
			second[i].writePage(ApicBench.SVR, 4, 0x1FF);
			bench.bus.attach(second[i]);
			assertTrue(second[i].setBase(second[i].base() | LocalApic.BASE_X2APIC));
			assertEquals(1 << 16 | 1 << i, second[i].readRegister(0x0D));
		}
		for (LocalApic apic : bench.apics) {
			assertTrue(apic.setBase(apic.base() | LocalApic.BASE_X2APIC));
		}
		// Logical, cluster 1, the second and the third
		assertTrue(bench.apic().writeRegister(0x30, 0x1_0006L << 32 | 0x851));
		assertEquals(-1, second[0].acknowledge());
		assertEquals(0x51, second[1].acknowledge());
		assertEquals(0x51, second[2].acknowledge());
		for (LocalApic apic : bench.apics) {
			assertEquals(-1, apic.acknowledge(), "another cluster");
		}
		assertTrue(bench.apic().writeRegister(0x30, 0x2_0006L << 32 | 0x861));
		assertTrue(bench.apic().writeRegister(0x30, 0x1_0000L << 32 | 0x861));
		assertEquals(-1, second[1].acknowledge(), "nobody");
		// Lowest priority
		second[1].setTaskPriority(0x40);
		second[2].setTaskPriority(0x20);
		second[1].endOfInterrupt();
		second[2].endOfInterrupt();
		assertTrue(bench.apic().writeRegister(0x30, 0x1_0006L << 32 | 0x971));
		assertEquals(-1, second[1].acknowledge());
		assertEquals(0x71, second[2].acknowledge());
		assertTrue(bench.apic().writeRegister(0x30, 0xFFFFFFFFL << 32 | 0x881));
		assertEquals(0x81, second[0].acknowledge());
		assertEquals(0x81, bench.apics[3].acknowledge());
	}
}
