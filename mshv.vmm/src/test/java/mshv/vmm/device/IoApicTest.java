package mshv.vmm.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import mshv.api.MsiRoute;
import mshv.fake.FakeEvents;
import mshv.fake.FakePartition;

class IoApicTest {
	private static final int LEVEL = 0x8000;
	private static final int MASKED = 0x10000;

	private final FakePartition partition = new FakePartition();
	private final FakeEvents events = new FakeEvents();
	private final IoApic ioApic = new IoApic(partition, events);
	private final InterruptLine line = ioApic.line(4);

	private void write(int register, int value) {
		ioApic.write(0, 4, register);
		ioApic.write(0x10, 4, Integer.toUnsignedLong(value));
	}

	private long read(int register) {
		ioApic.write(0, 4, register);
		return ioApic.read(0x10, 4);
	}

	private long signals() {
		return events.made.getFirst().drain();
	}

	@Test
	void itHas24MaskedPins() {
		assertEquals(0x00170020, read(1));
		for (int pin = 0; pin < 24; pin++) {
			assertEquals(MASKED, read(0x10 + 2 * pin));
		}
		write(0, 0x05000000);
		assertEquals(0x05000000, read(0));
	}

	@Test
	void anUnmaskedEntryIsPublishedAsTheRouteOfItsPin() {
		write(0x19, 0x03000000);
		write(0x18, 0x0831);
		assertEquals(List.of(new MsiRoute(4, 0xFEE03004, 0, 0x31)), partition.routings.getLast());
		write(0x18, MASKED | 0x31);
		assertEquals(List.of(), partition.routings.getLast());
	}

	@Test
	void onlyChangesArePublished() {
		for (int pin = 0; pin < 24; pin++) {
			write(0x10 + 2 * pin, MASKED);
		}
		assertEquals(List.of(), partition.routings);
	}

	@Test
	void anEdgeIsSignalledOnceAndLostWhileMasked() {
		line.set(true);
		assertEquals(0, signals());
		write(0x18, 0x31);
		assertEquals(0, signals());
		line.set(false);
		line.set(true);
		line.set(true);
		assertEquals(1, signals());
	}

	@Test
	void aLevelIsSignalledAgainAfterEachEndOfInterruptWhileItLasts() {
		line.set(true);
		write(0x18, LEVEL | 0x31);
		assertEquals(1, signals());
		assertEquals(LEVEL | 0x4000 | 0x31, read(0x18));
		line.set(true);
		assertEquals(0, signals());
		ioApic.endOfInterrupt(0x32);
		assertEquals(0, signals());
		ioApic.endOfInterrupt(0x31);
		assertEquals(1, signals());
		line.set(false);
		ioApic.write(0x40, 4, 0x31);
		assertEquals(0, signals());
		assertEquals(LEVEL | 0x31, read(0x18));
	}

	@Test
	void aMaskedLevelIsSignalledWhenUnmasked() {
		write(0x18, MASKED | LEVEL | 0x31);
		line.set(true);
		assertEquals(0, signals());
		write(0x18, LEVEL | 0x31);
		assertEquals(1, signals());
	}

	@Test
	void theEventOfAPinIsBoundToTheGsiOfItsNumberAndClosedAtTheEnd() {
		assertEquals(events.made.getFirst(), partition.irqfds.get(4));
		ioApic.close();
		assertTrue(events.made.getFirst().closed);
	}
}
