package mshv.vmm.device;

/**
 * A 16550A UART (National Semiconductor PC16550D) at eight ports. Transmission takes no time; the line carries only data, and the
 * far end is always there. Received bytes come from the {@link SerialLine} as the FIFO has room, so nothing is lost. Safe for use by
 * many threads.
 */
public final class Uart16550 implements PortDevice {
	private static final int FIFO_SIZE = 16;
	/** Number of the register. */
	private static final int LINE_STATUS = 5;
	/** Line control: divisor latch access. */
	private static final int LCR_DLAB = 0x80;
	private static final int IER_RECEIVED = 1;
	private static final int IER_TRANSMITTER = 2;
	private static final int IER_LINE_STATUS = 4;
	private static final int IER_MODEM_STATUS = 8;
	private static final int LSR_DATA_READY = 1;
	private static final int LSR_OVERRUN = 2;
	private static final int LSR_TRANSMITTER_EMPTY = 0x60;
	private static final int MCR_LOOP = 0x10;
	/** Modem status: clear to send, data set ready, carrier detected. */
	private static final int MSR_CONNECTED = 0xB0;
	private static final int MSR_RING = 0x40;
	private static final int FCR_ENABLE = 1;
	private static final int[] TRIGGER_LEVELS = {1, 4, 8, 14};

	private final SerialLine line;
	private final InterruptLine interrupt;
	private final byte[] fifo = new byte[FIFO_SIZE];
	private int fifoStart;
	private int fifoCount;
	private boolean overrun;
	private boolean transmitterInterrupt;
	private int divisor = 1;
	private int interruptEnable;
	private int fifoControl;
	private int lineControl;
	private int modemControl;
	private int modemStatus = MSR_CONNECTED;
	private int scratch;
	private boolean asserted;
	private boolean inUse;
	/** As the last change left it. Guests ask for it before each byte that they send, so without the lock. */
	private volatile int lineStatus = LSR_TRANSMITTER_EMPTY;

	/** @param line the far end @param interrupt told of each change of the interrupt output */
	public Uart16550(SerialLine line, InterruptLine interrupt) {
		this.line = line;
		this.interrupt = interrupt;
	}

	/** @return whether the guest has written to it */
	public synchronized boolean inUse() {
		return inUse;
	}

	/** Says that the line has bytes for the guest. */
	public synchronized void inputReady() {
		fill();
		update();
	}

	@Override
	public int read(int port, int size) {
		int status = lineStatus;
		// Only an overrun is changed by being read
		return (port & 7) == LINE_STATUS && (status & LSR_OVERRUN) == 0 ? status : read(port & 7);
	}

	private synchronized int read(int register) {
		int value = switch (register) {
			case 0 -> (lineControl & LCR_DLAB) != 0 ? divisor & 0xFF : receive();
			case 1 -> (lineControl & LCR_DLAB) != 0 ? divisor >> 8 : interruptEnable;
			case 2 -> identify();
			case 3 -> lineControl;
			case 4 -> modemControl;
			case LINE_STATUS -> takeLineStatus();
			case 6 -> {
				int status = modemStatus;
				modemStatus &= 0xF0;
				yield status;
			}
			default -> scratch;
		};
		update();
		return value;
	}

	@Override
	public synchronized void write(int port, int size, int value) {
		inUse = true;
		switch (port & 7) {
			case 0 -> {
				if ((lineControl & LCR_DLAB) != 0) {
					divisor = divisor & 0xFF00 | value;
				} else {
					transmit(value);
				}
			}
			case 1 -> {
				if ((lineControl & LCR_DLAB) != 0) {
					divisor = divisor & 0xFF | value << 8;
				} else {
					// Enabling the interrupt of an empty transmitter raises it at once; drivers test for that
					if ((value & IER_TRANSMITTER) == 0) {
						transmitterInterrupt = false;
					} else if ((interruptEnable & IER_TRANSMITTER) == 0) {
						transmitterInterrupt = true;
					}
					interruptEnable = value & 0x0F;
				}
			}
			case 2 -> {
				if ((value & 2) != 0 || ((value ^ fifoControl) & FCR_ENABLE) != 0) {
					fifoCount = 0;
				}
				fifoControl = (value & FCR_ENABLE) == 0 ? 0 : value & 0xC9;
				fill();
			}
			case 3 -> lineControl = value;
			case 4 -> {
				modemControl = value & 0x1F;
				setModemStatus((modemControl & MCR_LOOP) == 0 ? MSR_CONNECTED : loopedStatus());
				fill();
			}
			case LINE_STATUS, 6 -> {
				// Line and modem status are for reading; writing is for factory tests
			}
			default -> scratch = value;
		}
		update();
	}

	private void transmit(int value) {
		// The interrupt output drops while the byte is in the transmitter: without that an edge would be missed
		transmitterInterrupt = false;
		update();
		if ((modemControl & MCR_LOOP) == 0) {
			line.transmit(value);
		} else if (fifoCount < capacity()) {
			append(value);
		} else {
			overrun = true;
		}
		transmitterInterrupt = (interruptEnable & IER_TRANSMITTER) != 0;
	}

	private int receive() {
		if (fifoCount == 0) {
			return 0;
		}
		int value = fifo[fifoStart] & 0xFF;
		fifoStart = (fifoStart + 1) % FIFO_SIZE;
		fifoCount--;
		fill();
		return value;
	}

	private void fill() {
		while (fifoCount < capacity() && (modemControl & MCR_LOOP) == 0) {
			int value = line.receive();
			if (value < 0) {
				return;
			}
			append(value);
		}
	}

	private void append(int value) {
		fifo[(fifoStart + fifoCount++) % FIFO_SIZE] = (byte) value;
	}

	private int capacity() {
		return (fifoControl & FCR_ENABLE) != 0 ? FIFO_SIZE : 1;
	}

	private int takeLineStatus() {
		int status = lineStatus;
		overrun = false;
		return status;
	}

	/** In loopback the modem control outputs are the modem status inputs: DTR is DSR, RTS is CTS, OUT1 is RI, OUT2 is DCD. */
	private int loopedStatus() {
		return (modemControl & 1) << 5 | (modemControl & 2) << 3 | (modemControl & 4) << 4 | (modemControl & 8) << 4;
	}

	private void setModemStatus(int status) {
		int changed = (status ^ modemStatus) & 0xF0;
		// A ring indicator reports only its trailing edge
		if ((changed & MSR_RING) != 0 && (status & MSR_RING) != 0) {
			changed &= ~MSR_RING;
		}
		modemStatus = status | modemStatus & 0x0F | changed >> 4;
	}

	/** Interrupt identification without the FIFO bits; 1 if none is pending. */
	private int pending() {
		if ((interruptEnable & IER_LINE_STATUS) != 0 && overrun) {
			return 6;
		}
		if ((interruptEnable & IER_RECEIVED) != 0 && fifoCount > 0) {
			// No time passes on the line: a FIFO below its trigger level has timed out already
			return fifoCount >= trigger() ? 4 : 0xC;
		}
		if ((interruptEnable & IER_TRANSMITTER) != 0 && transmitterInterrupt) {
			return 2;
		}
		if ((interruptEnable & IER_MODEM_STATUS) != 0 && (modemStatus & 0x0F) != 0) {
			return 0;
		}
		return 1;
	}

	private int trigger() {
		return (fifoControl & FCR_ENABLE) != 0 ? TRIGGER_LEVELS[fifoControl >> 6] : 1;
	}

	private int identify() {
		int pending = pending();
		if (pending == 2) {
			transmitterInterrupt = false;
		}
		return pending | ((fifoControl & FCR_ENABLE) != 0 ? 0xC0 : 0);
	}

	private void update() {
		int status = LSR_TRANSMITTER_EMPTY | (fifoCount > 0 ? LSR_DATA_READY : 0) | (overrun ? LSR_OVERRUN : 0);
		if (status != lineStatus) {
			lineStatus = status;
		}
		boolean now = pending() != 1;
		if (now != asserted) {
			asserted = now;
			interrupt.set(now);
		}
	}
}
