package mshv.vmm.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import mshv.api.MsiRoute;
import mshv.api.Partition;
import mshv.api.event.Event;
import mshv.api.event.EventFactory;

/**
 * An I/O APIC with 24 pins (Intel 82093AA with the EOI register of later versions), owned by the VMM: each redirection entry is
 * published as the MSI route of the gsi that has the pin's number, and each pin that is wired has an event bound to that gsi. Safe for
 * use by many threads.
 */
public final class IoApic implements MmioDevice, AutoCloseable {
	/** Guest-physical address. */
	public static final long ADDRESS = 0xFEC00000L;
	/** Size in bytes. */
	public static final int SIZE = 0x1000;
	/** Number of pins. */
	public static final int PINS = 24;

	private static final int VERSION = 0x20;
	private static final long MASKED = 1 << 16;
	private static final long LEVEL = 1 << 15;
	private static final long REMOTE_IRR = 1 << 14;
	/** Delivery status and remote IRR cannot be written. */
	private static final long READ_ONLY = REMOTE_IRR | 1 << 12;
	private static final long WRITABLE = 0xFF000000_0001FFFFL & ~READ_ONLY;
	private static final int MESSAGE_ADDRESS = 0xFEE00000;

	private final Partition partition;
	private final EventFactory events;
	private final long[] entries = new long[PINS];
	private final boolean[] asserted = new boolean[PINS];
	private final Event[] pins = new Event[PINS];
	private List<MsiRoute> published = List.of();
	private int select;
	private int id;

	/** @param partition gets the routes @param events makes the events of the pins */
	public IoApic(Partition partition, EventFactory events) {
		this.partition = partition;
		this.events = events;
		Arrays.fill(entries, MASKED);
	}

	/** Wires a pin. @param pin 0 to 23, once each @return the wire to it */
	public synchronized InterruptLine line(int pin) {
		Event event = events.create();
		pins[pin] = event;
		partition.assignIrqfd(event, pin);
		return level -> set(pin, level);
	}

	private synchronized void set(int pin, boolean level) {
		boolean rises = level && !asserted[pin];
		asserted[pin] = level;
		if ((entries[pin] & LEVEL) != 0) {
			raiseLevel(pin);
		} else if (rises && (entries[pin] & MASKED) == 0) {
			pins[pin].signal();
		}
	}

	/** A level-triggered pin asks for service once, until the guest has ended it. */
	private void raiseLevel(int pin) {
		if (asserted[pin] && (entries[pin] & (MASKED | REMOTE_IRR | LEVEL)) == LEVEL) {
			entries[pin] |= REMOTE_IRR;
			pins[pin].signal();
		}
	}

	/** The guest ended the service of a level-triggered interrupt. @param vector 0 to 255 */
	public synchronized void endOfInterrupt(int vector) {
		for (int pin = 0; pin < PINS; pin++) {
			if ((entries[pin] & (LEVEL | REMOTE_IRR)) == (LEVEL | REMOTE_IRR) && (entries[pin] & 0xFF) == vector) {
				entries[pin] &= ~REMOTE_IRR;
				raiseLevel(pin);
			}
		}
	}

	@Override
	public synchronized long read(long offset, int size) {
		return switch ((int) offset & ~3) {
			case 0x00 -> select;
			case 0x10 -> readRegister();
			default -> 0;
		};
	}

	@Override
	public synchronized void write(long offset, int size, long value) {
		switch ((int) offset) {
			case 0x00 -> select = (int) value & 0xFF;
			case 0x10 -> writeRegister(value & 0xFFFFFFFFL);
			case 0x40 -> endOfInterrupt((int) value & 0xFF);
			default -> {
				// Reserved
			}
		}
	}

	private long readRegister() {
		int pin = select - 0x10 >> 1;
		if (select >= 0x10 && pin < PINS) {
			return (select & 1) == 0 ? entries[pin] & 0xFFFFFFFFL : entries[pin] >>> 32;
		}
		return switch (select) {
			case 0, 2 -> (long) id << 24;
			case 1 -> PINS - 1 << 16 | VERSION;
			default -> 0;
		};
	}

	private void writeRegister(long value) {
		int pin = select - 0x10 >> 1;
		if (select >= 0x10 && pin < PINS) {
			long old = entries[pin];
			long wanted = (select & 1) == 0 ? old & ~0xFFFFFFFFL | value : old & 0xFFFFFFFFL | value << 32;
			entries[pin] = wanted & WRITABLE | old & READ_ONLY;
			if ((entries[pin] & LEVEL) == 0) {
				entries[pin] &= ~REMOTE_IRR;
			}
			publish();
			if (pins[pin] != null) {
				raiseLevel(pin);
			}
		} else if (select == 0) {
			id = (int) (value >> 24) & 0xF;
		}
	}

	private void publish() {
		List<MsiRoute> routes = new ArrayList<>();
		for (int pin = 0; pin < PINS; pin++) {
			long entry = entries[pin];
			if ((entry & MASKED) == 0) {
				int destination = (int) (entry >>> 56);
				int logical = (int) (entry >> 11) & 1;
				routes.add(new MsiRoute(pin, MESSAGE_ADDRESS | destination << 12 | logical << 2, 0, (int) entry & 0x87FF));
			}
		}
		// A guest masks all pins one by one at boot: only what changes the table is worth a call
		if (!routes.equals(published)) {
			partition.setMsiRouting(routes);
			published = routes;
		}
	}

	/** Ends the events of the pins. The partition should be closed first. */
	@Override
	public synchronized void close() {
		for (Event event : pins) {
			if (event != null) {
				event.close();
			}
		}
	}
}
