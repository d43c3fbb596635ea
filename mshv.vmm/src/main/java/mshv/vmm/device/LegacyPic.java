package mshv.vmm.device;

import java.util.function.IntConsumer;

/**
 * A pair of 8259A interrupt controllers as far as guests of this machine use them: masks, and vectors for edges of unmasked lines. Set up
 * as a BIOS leaves it. There is no in-service state: a line interrupts at each edge, whether the last one was ended or not.
 */
public final class LegacyPic implements PortDevice {
	/** First of the two ports of the first controller. */
	public static final int MASTER = 0x20;
	/** First of the two ports of the second controller. */
	public static final int SLAVE = 0xA0;
	/** Number of lines. */
	public static final int LINES = 16;

	private static final int CASCADE = 2;
	private static final int INITIALIZE = 0x10;
	private static final int NEEDS_ICW4 = 1;

	private final IntConsumer interrupt;
	private final Controller master = new Controller(0x08);
	private final Controller slave = new Controller(0x70);
	private final boolean[] levels = new boolean[LINES];

	private static final class Controller {
		private int base;
		private int mask;
		/** Initialization words still to come. */
		private int words;
		private boolean expectsVector;

		Controller(int base) {
			this.base = base;
		}

		void write(boolean data, int value) {
			if (!data) {
				if ((value & INITIALIZE) != 0) {
					words = (value & NEEDS_ICW4) != 0 ? 3 : 2;
					expectsVector = true;
					mask = 0;
				}
			} else if (words > 0) {
				if (expectsVector) {
					base = value & 0xF8;
					expectsVector = false;
				}
				words--;
			} else {
				mask = value;
			}
		}

		boolean masks(int line) {
			return (mask >> line & 1) != 0;
		}
	}

	/** @param interrupt takes the vector of each external interrupt for the processor */
	public LegacyPic(IntConsumer interrupt) {
		this.interrupt = interrupt;
	}

	/** Puts the ports on the bus. */
	public void connect(PortBus bus) {
		bus.add(this, MASTER, 2);
		bus.add(this, SLAVE, 2);
	}

	/** @param line 0 to 15 @param level the line's level from now on */
	public synchronized void set(int line, boolean level) {
		boolean rises = level && !levels[line];
		levels[line] = level;
		if (!rises) {
			return;
		}
		if (line < 8) {
			if (!master.masks(line)) {
				interrupt.accept(master.base + line);
			}
		} else if (!slave.masks(line - 8) && !master.masks(CASCADE)) {
			interrupt.accept(slave.base + line - 8);
		}
	}

	@Override
	public synchronized int read(int port, int size) {
		return (port & 1) == 0 ? 0 : controller(port).mask;
	}

	@Override
	public synchronized void write(int port, int size, int value) {
		controller(port).write((port & 1) != 0, value);
	}

	private Controller controller(int port) {
		return (port & 0x80) == 0 ? master : slave;
	}
}
