package mshv.vmm.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

class PortDevicesTest {
	private final PortBus bus = new PortBus();
	private final List<String> events = new ArrayList<>();

	private void connectPower() {
		new PowerPorts(() -> events.add("off"), () -> events.add("reset")).connect(bus);
	}

	@Test
	void portsWithoutADeviceReadAllOnes() {
		bus.write(0x80, 1, 5);
		assertEquals(0xFF, bus.read(0x80, 1));
		assertEquals(0xFFFF, bus.read(0xCFC, 2));
		assertEquals(-1, bus.read(0xCF8, 4));
		assertEquals(-1, bus.read(0xFFFF, 4));
	}

	@Test
	void theSynicTestPortSignalsSourcesWithAFlagOfTheirOwn() {
		new SynicTestPort((vpIndex, sint, flag) -> events.add(vpIndex + " " + sint + " " + flag)).connect(bus);
		bus.write(0x3000, 4, 3 << 16 | 2 << 8 | 15);
		bus.write(0x3000, 4, 3 << 16 | 16);
		bus.write(0x3000, 4, 1 << 16 | 2 << 8 | 15);
		bus.write(0x3000, 4, 3 << 16 | 1);
		assertEquals(List.of("2 15 1", "0 1 2"), events);
	}

	@Test
	void aPortHasOneDevice() {
		connectPower();
		assertThrows(IllegalArgumentException.class, this::connectPower);
	}

	@Test
	void wideAccessesReachNarrowDevicesInBytes() {
		new TestPorts(null, value -> events.add("exit " + value)).connect(bus);
		bus.write(0xE0, 4, 0x12345678);
		assertEquals(0x12345678, bus.read(0xE0, 4));
		assertEquals(0x3456, bus.read(0xE1, 2));
		bus.write(0xE2, 1, 0xAB);
		assertEquals(0x12AB5678, bus.read(0xE0, 4));
		assertEquals(0xFFFF12AB, bus.read(0xE2, 4));
		bus.write(0xF4, 4, 63);
		assertEquals(List.of("exit 63"), events);
	}

	@Test
	void theSleepControlRegisterTurnsTheMachineOffInS5Only() {
		connectPower();
		bus.write(PowerPorts.SLEEP_CONTROL, 1, 5 << 2);
		bus.write(PowerPorts.SLEEP_CONTROL, 1, 3 << 2 | 0x20);
		assertEquals(List.of(), events);
		bus.write(PowerPorts.SLEEP_CONTROL, 1, 5 << 2 | 0x20);
		assertEquals(List.of("off"), events);
	}

	@Test
	void thereAreFourWaysToResetTheMachine() {
		connectPower();
		bus.write(0xCF9, 1, 2);
		assertEquals(List.of(), events);
		bus.write(0xCF9, 1, 6);
		bus.write(0x92, 1, 2);
		bus.write(0x92, 1, 3);
		bus.write(0x64, 1, 0xD1);
		bus.write(0x64, 1, 0xFE);
		assertEquals(List.of("reset", "reset", "reset"), events);
		assertEquals(0xFF, bus.read(0x64, 1));
	}

	@Test
	void theClockTellsTheTimeInBcd() {
		bus.add(new RealTimeClock(() -> Instant.parse("2026-11-22T16:15:09Z")), RealTimeClock.PORT, 2);
		int[][] expected = {{0, 0x09}, {2, 0x15}, {4, 0x16}, {6, 1}, {7, 0x22}, {8, 0x11}, {9, 0x26}, {0x32, 0x20}, {0x0A, 0x26}, {0x0B, 2},
			{0x0D, 0x80}, {0x0F, 0}};
		for (int[] register : expected) {
			bus.write(0x70, 1, register[0] | 0x80);
			assertEquals(register[1], bus.read(0x71, 1), () -> "register " + register[0]);
		}
	}

	@Test
	void theInterruptMasksReadBack() {
		new LegacyPic(vector -> events.add("vector " + vector)).connect(bus);
		bus.write(0x21, 1, 0xFB);
		bus.write(0xA1, 1, 0x7F);
		bus.write(0x20, 1, 0x20);
		assertEquals(0xFB, bus.read(0x21, 1));
		assertEquals(0x7F, bus.read(0xA1, 1));
		assertEquals(0, bus.read(0x20, 1));
	}

	@Test
	void anEdgeOfAnUnmaskedLegacyLineInterruptsWithItsVector() {
		LegacyPic pic = new LegacyPic(vector -> events.add("vector " + Integer.toHexString(vector)));
		pic.connect(bus);
		InterruptLine[] lines = {level -> pic.set(0, level), level -> pic.set(11, level)};
		new TestPorts(null, _ -> {}, lines).connect(bus);
		bus.write(0x2001, 4, 1);
		bus.write(0x2001, 4, 1);
		bus.write(0x2001, 4, 0);
		bus.write(0x2000, 1, 1);
		assertEquals(List.of("vector 73", "vector 8"), events);
		for (int port : new int[] {0x20, 0xA0}) {
			bus.write(port, 1, 0x11);
			bus.write(port + 1, 1, port == 0x20 ? 0x30 : 0x38);
			bus.write(port + 1, 1, 4);
			bus.write(port + 1, 1, 1);
		}
		bus.write(0x2001, 4, 1);
		assertEquals("vector 3b", events.getLast());
		bus.write(0x2001, 4, 0);
		bus.write(0x21, 1, 4);
		bus.write(0x2001, 4, 1);
		assertEquals(3, events.size());
	}

	@Test
	void deviceMemoryKeepsWhatIsWrittenAndTheRestOfItsSpaceReadsAllOnes() {
		MmioBus memory = new MmioBus();
		memory.add(new DeviceMemory(16), 0xFF000000L, 16);
		memory.write(0xFF000001L, 8, 0x1122334455667788L);
		assertEquals(0x1122334455667788L, memory.read(0xFF000001L, 8));
		assertEquals(0x5566, memory.read(0xFF000003L, 2));
		assertEquals(0xFFFFFFFFL, memory.read(0xFF00000EL, 4));
		memory.write(0xFF000010L, 1, 0);
		assertEquals(0xFF, memory.read(0xFF000010L, 1));
		assertThrows(IllegalArgumentException.class, () -> memory.add(new DeviceMemory(1), 0xFF00000FL, 1));
	}
}
