package mshv.vmm.device;

/**
 * The port at 0x3000 by which test programs of the synthetic interrupt controller have an interrupt source signalled: bits 0 to 7 are the
 * number of the source, 8 to 15 the processor, 16 to 23 say what to do. Sources need not be created or destroyed here.
 */
public final class SynicTestPort implements PortDevice {
	/** Signals a source. */
	@FunctionalInterface
	public interface Signal {
		/** Sets an event flag. @param flag 0 to 2047 */
		void send(int vpIndex, int sint, int flag);
	}

	private static final int PORT = 0x3000;
	private static final int SET_SINT = 3;
	private static final int SINTS = 16, FLAGS = 2048;

	private final Signal signal;
	private int flag;

	/** @param signal signals a source */
	public SynicTestPort(Signal signal) {
		this.signal = signal;
	}

	/** Puts the port on the bus. */
	public void connect(PortBus bus) {
		bus.add(this, PORT, 4);
	}

	@Override
	public int width() {
		return 4;
	}

	@Override
	public int read(int port, int size) {
		return 0;
	}

	/** A flag interrupts only if it was clear, and programs do not clear them: each time it is another one. */
	@Override
	public synchronized void write(int port, int size, int value) {
		int sint = value & 0xFF;
		if ((value >> 16 & 0xFF) == SET_SINT && sint < SINTS) {
			flag = (flag + 1) % FLAGS;
			signal.send(value >> 8 & 0xFF, sint, flag);
		}
	}
}
