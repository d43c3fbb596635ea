package mshv.vmm.device;

/**
 * Where a guest turns the machine off or resets it: the sleep registers of hardware-reduced ACPI (ACPI 6.4, 4.8.3.7), the reset control
 * register, system control port A, and the command by which a keyboard controller pulses the reset line.
 */
public final class PowerPorts implements PortDevice {
	/** Sleep control register; the sleep status register is the next port. */
	public static final int SLEEP_CONTROL = 0x600;
	/** Sleep type of S5. */
	public static final int SLEEP_TYPE_OFF = 5;
	/** Reset control register, also ACPI's reset register. */
	public static final int RESET_CONTROL = 0xCF9;
	/** Value that resets the machine. */
	public static final int RESET_VALUE = 6;

	private static final int SYSTEM_CONTROL_A = 0x92;
	private static final int KEYBOARD_COMMAND = 0x64;

	private final Runnable powerOff;
	private final Runnable reset;
	private int resetControl;
	private int systemControl = 2;

	/** @param powerOff called when the guest turns the machine off @param reset called when it asks for a reset */
	public PowerPorts(Runnable powerOff, Runnable reset) {
		this.powerOff = powerOff;
		this.reset = reset;
	}

	/** Puts the ports on the bus. */
	public void connect(PortBus bus) {
		bus.add(this, SLEEP_CONTROL, 2);
		bus.add(this, RESET_CONTROL, 1);
		bus.add(this, SYSTEM_CONTROL_A, 1);
		bus.add(this, KEYBOARD_COMMAND, 1);
	}

	@Override
	public synchronized int read(int port, int size) {
		return switch (port) {
			case RESET_CONTROL -> resetControl;
			case SYSTEM_CONTROL_A -> systemControl;
			// No keyboard controller: nobody drives the bus
			case KEYBOARD_COMMAND -> 0xFF;
			default -> 0;
		};
	}

	@Override
	public synchronized void write(int port, int size, int value) {
		switch (port) {
			case SLEEP_CONTROL -> {
				boolean enable = (value & 0x20) != 0;
				if (enable && (value >> 2 & 7) == SLEEP_TYPE_OFF) {
					powerOff.run();
				}
			}
			case RESET_CONTROL -> {
				resetControl = value & 2;
				if ((value & 4) != 0) {
					reset.run();
				}
			}
			case SYSTEM_CONTROL_A -> {
				systemControl = value & 2;
				if ((value & 1) != 0) {
					reset.run();
				}
			}
			case KEYBOARD_COMMAND -> {
				if (value == 0xFE) {
					reset.run();
				}
			}
			default -> {
				// Sleep status: only a sleeping machine has something to clear there
			}
		}
	}
}
