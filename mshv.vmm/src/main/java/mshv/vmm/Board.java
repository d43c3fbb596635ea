package mshv.vmm;

import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.function.IntConsumer;

import mshv.api.HypervisorException;
import mshv.api.InterruptRequest;
import mshv.api.Partition;
import mshv.api.VirtualProcessor;
import mshv.api.event.EventFactory;
import mshv.vmm.acpi.AcpiTables;
import mshv.vmm.cpu.LinearMemory;
import mshv.vmm.cpu.PortExits;
import mshv.vmm.cpu.RegisterFile;
import mshv.vmm.device.DeviceMemory;
import mshv.vmm.device.InterruptLine;
import mshv.vmm.device.IoApic;
import mshv.vmm.device.LegacyPic;
import mshv.vmm.device.MmioBus;
import mshv.vmm.device.PortBus;
import mshv.vmm.device.PowerPorts;
import mshv.vmm.device.RealTimeClock;
import mshv.vmm.device.SynicTestPort;
import mshv.vmm.device.TestPorts;
import mshv.vmm.device.Uart16550;
import mshv.vmm.memory.GuestRam;
import mshv.vmm.mmio.MmioExits;

/** The devices of a machine, wired. Processors access their memory under the monitor of the board. */
final class Board implements AutoCloseable {
	private static final System.Logger LOG = System.getLogger(Board.class.getName());

	private static final int BOOTSTRAP_PROCESSOR = 0;
	private static final int SERIAL_PORT = 0x3F8;
	private static final int SERIAL_INTERRUPT = 4;
	private static final long TEST_MEMORY = 0xFF000000L;
	private static final int TEST_MEMORY_SIZE = 1 << 16;

	private final IoApic ioApic;
	private final GuestRam ram;
	private final PortBus ports = new PortBus();
	private final MmioBus memory = new MmioBus();
	/** Set when the guest ends the machine. */
	private volatile Outcome ending;

	Board(Partition partition, GuestRam ram, EventFactory events, SerialConsole console, boolean testDevices) {
		this.ram = ram;
		ioApic = new IoApic(partition, events);
		memory.add(ioApic, IoApic.ADDRESS, IoApic.SIZE);
		Uart16550 uart = new Uart16550(console.line(), ioApic.line(SERIAL_INTERRUPT));
		console.onInput(uart::inputReady);
		ports.add(uart, SERIAL_PORT, 8);
		LegacyPic pic = new LegacyPic(vector -> partition.assertInterrupt(
			new InterruptRequest(InterruptRequest.Type.EXTINT, vector, BOOTSTRAP_PROCESSOR, false, false)));
		pic.connect(ports);
		ports.add(new RealTimeClock(InstantSource.system()), RealTimeClock.PORT, 2);
		new PowerPorts(() -> end(new Outcome.PowerOff()), () -> end(new Outcome.Reset())).connect(ports);
		if (testDevices) {
			// Programs that print to both ports would be seen double
			IntConsumer debug = value -> {
				if (!uart.inUse()) {
					console.line().transmit(value);
				}
			};
			new TestPorts(debug, value -> end(new Outcome.Exit(value)), testLines(pic)).connect(ports);
			new SynicTestPort((vpIndex, sint, flag) -> signal(partition, vpIndex, sint, flag)).connect(ports);
			memory.add(new DeviceMemory(TEST_MEMORY_SIZE), TEST_MEMORY, TEST_MEMORY_SIZE);
		}
	}

	/** Signals a synthetic interrupt source; one that the guest has not enabled is not signalled. */
	private static void signal(Partition partition, int vpIndex, int sint, int flag) {
		try {
			partition.signalEventDirect(vpIndex, sint, flag);
		} catch (HypervisorException e) {
			LOG.log(Level.DEBUG, "the guest's test port", e);
		}
	}

	/** @return what the ACPI tables tell of these devices */
	static AcpiTables.Platform platform(int processors) {
		return new AcpiTables.Platform(processors, (int) IoApic.ADDRESS, SERIAL_PORT, SERIAL_INTERRUPT, PowerPorts.SLEEP_CONTROL,
			PowerPorts.SLEEP_TYPE_OFF, PowerPorts.RESET_CONTROL, PowerPorts.RESET_VALUE, RealTimeClock.PORT, RealTimeClock.CENTURY);
	}

	/** Each line goes to both interrupt controllers; the guest masks the one that it does not use. */
	private InterruptLine[] testLines(LegacyPic pic) {
		InterruptLine[] lines = new InterruptLine[IoApic.PINS];
		for (int i = 0; i < lines.length; i++) {
			int number = i;
			InterruptLine pin = i == SERIAL_INTERRUPT ? _ -> {} : ioApic.line(i);
			lines[i] = level -> {
				pin.set(level);
				if (number < LegacyPic.LINES) {
					pic.set(number, level);
				}
			};
		}
		return lines;
	}

	/** Ends the machine; the first end counts. */
	synchronized void end(Outcome outcome) {
		if (ending == null) {
			ending = outcome;
		}
	}

	/** @return how the machine has ended, null if it has not */
	Outcome ending() {
		return ending;
	}

	/** A processor has ended a level-triggered interrupt. */
	void endOfInterrupt(int vector) {
		ioApic.endOfInterrupt(vector);
	}

	/** @return what handles the exits of a processor */
	ProcessorExits exits(VirtualProcessor processor) {
		RegisterFile registers = new RegisterFile(processor);
		LinearMemory linear = new LinearMemory(processor, ram, memory);
		return new ProcessorExits(this, new PortExits(ports, registers, linear), new MmioExits(registers, linear));
	}

	/** Ends the interrupt lines. The partition should be closed first. */
	@Override
	public void close() {
		ioApic.close();
	}
}
