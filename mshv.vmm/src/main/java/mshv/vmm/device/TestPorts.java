package mshv.vmm.device;

import java.util.function.IntConsumer;

/**
 * Ports of test programs: a console at 0xE9, an exit at 0xF4, four latches from 0xE0 on that read back what was written, and from 0x2000 on
 * a port for each of 24 interrupt lines, which is asserted while the value written is not 0.
 */
public final class TestPorts {
	private static final int CONSOLE = 0xE9;
	private static final int EXIT = 0xF4;
	private static final int LINES = 0x2000;
	private static final int LATCH = 0xE0;
	private static final int LATCH_SIZE = 4;

	private final IntConsumer console;
	private final IntConsumer exit;
	private final InterruptLine[] lines;

	/** @param console takes each byte that is written to the console port @param exit takes the value written to the exit port
	 * @param lines interrupt lines, by number */
	public TestPorts(IntConsumer console, IntConsumer exit, InterruptLine... lines) {
		this.console = console;
		this.exit = exit;
		this.lines = lines.clone();
	}

	/** Puts the ports on the bus. */
	public void connect(PortBus bus) {
		bus.add(new Console(console), CONSOLE, 1);
		bus.add(new Exit(exit), EXIT, 4);
		bus.add(new Latch(), LATCH, LATCH_SIZE);
		bus.add(new Lines(lines), LINES, lines.length);
	}

	private record Console(IntConsumer console) implements PortDevice {
		/** A guest detects the port by its own number. */
		@Override
		public int read(int port, int size) {
			return CONSOLE;
		}

		@Override
		public void write(int port, int size, int value) {
			console.accept(value);
		}
	}

	private record Exit(IntConsumer exit) implements PortDevice {
		@Override
		public int width() {
			return 4;
		}

		@Override
		public int read(int port, int size) {
			return 0;
		}

		@Override
		public void write(int port, int size, int value) {
			exit.accept(value);
		}
	}

	private record Lines(InterruptLine[] lines) implements PortDevice {
		@Override
		public int width() {
			return 4;
		}

		@Override
		public int read(int port, int size) {
			return 0;
		}

		@Override
		public void write(int port, int size, int value) {
			lines[port - LINES].set(value != 0);
		}
	}

	private static final class Latch implements PortDevice {
		private final int[] bytes = new int[LATCH_SIZE];

		@Override
		public synchronized int read(int port, int size) {
			return bytes[port - LATCH];
		}

		@Override
		public synchronized void write(int port, int size, int value) {
			bytes[port - LATCH] = value;
		}
	}
}
