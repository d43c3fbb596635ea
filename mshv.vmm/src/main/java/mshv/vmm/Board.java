package mshv.vmm;

import java.time.InstantSource;
import java.util.function.IntConsumer;

import mshv.api.Intercept;
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
import mshv.vmm.device.TestPorts;
import mshv.vmm.device.Uart16550;
import mshv.vmm.memory.GuestRam;
import mshv.vmm.mmio.EmulationException;
import mshv.vmm.mmio.MmioExits;

/** The devices of a machine, wired, and what handles the exits of its processor. Used by the thread that runs the processor. */
final class Board implements AutoCloseable {
	private static final int SERIAL_PORT = 0x3F8;
	private static final int SERIAL_INTERRUPT = 4;
	private static final long TEST_MEMORY = 0xFF000000L;
	private static final int TEST_MEMORY_SIZE = 1 << 16;

	private final IoApic ioApic;
	private final PortExits portExits;
	private final MmioExits mmioExits;
	/** Set by a device when the guest ends the machine. */
	private Outcome ending;

	Board(Partition partition, VirtualProcessor processor, GuestRam ram, EventFactory events, SerialConsole console, boolean testDevices) {
		PortBus ports = new PortBus();
		MmioBus memory = new MmioBus();
		ioApic = new IoApic(partition, events);
		memory.add(ioApic, IoApic.ADDRESS, IoApic.SIZE);
		Uart16550 uart = new Uart16550(console.line(), ioApic.line(SERIAL_INTERRUPT));
		console.onInput(uart::inputReady);
		ports.add(uart, SERIAL_PORT, 8);
		LegacyPic pic = new LegacyPic(vector -> partition.assertInterrupt(
			new InterruptRequest(InterruptRequest.Type.EXTINT, vector, processor.index(), false, false)));
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
			memory.add(new DeviceMemory(TEST_MEMORY_SIZE), TEST_MEMORY, TEST_MEMORY_SIZE);
		}
		RegisterFile registers = new RegisterFile(processor);
		LinearMemory linear = new LinearMemory(processor, ram, memory);
		portExits = new PortExits(ports, registers, linear);
		mmioExits = new MmioExits(registers, linear);
	}

	/** @return what the ACPI tables tell of these devices */
	static AcpiTables.Platform platform(int processors) {
		return new AcpiTables.Platform(processors, (int) IoApic.ADDRESS, SERIAL_PORT, SERIAL_INTERRUPT, PowerPorts.SLEEP_CONTROL,
			PowerPorts.SLEEP_TYPE_OFF, PowerPorts.RESET_CONTROL, PowerPorts.RESET_VALUE, RealTimeClock.CENTURY);
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

	private void end(Outcome outcome) {
		if (ending == null) {
			ending = outcome;
		}
	}

	/** Does what the processor needs to go on.
	 * @return how the machine has ended, or null if it goes on */
	Outcome handle(Intercept intercept) {
		if (intercept instanceof Intercept.IoPort access) {
			// By far the most frequent
			portExits.handle(access);
			return ending;
		}
		switch (intercept) {
			case Intercept.Memory access -> {
				try {
					mmioExits.handle(access);
				} catch (EmulationException e) {
					end(new Outcome.Failed(e.getMessage()));
				}
			}
			case Intercept.ApicEoi eoi -> ioApic.endOfInterrupt(eoi.vector());
			case Intercept.Halt halt -> end(new Outcome.Halted(halt.header().rip()));
			case Intercept.UnrecoverableException triple -> end(new Outcome.TripleFault(triple.header().rip()));
			case Intercept.Interrupted _ -> {
				// The loop looks why
			}
			case Intercept.IoPort access -> portExits.handle(access);
			case Intercept.Msr msr -> end(unexpected("MSR 0x%x".formatted(msr.msr()), msr.header()));
			case Intercept.Cpuid cpuid -> end(unexpected("CPUID leaf 0x%x".formatted((int) cpuid.rax()), cpuid.header()));
			case Intercept.Exception exception -> end(unexpected("exception " + exception.vector(), exception.header()));
			case Intercept.Other other -> end(new Outcome.Failed("intercept message 0x%x, which this machine does not expect"
				.formatted(other.messageType())));
		}
		return ending;
	}

	private static Outcome unexpected(String what, Intercept.Header header) {
		return new Outcome.Failed("intercept of %s at 0x%x, which this machine did not ask for".formatted(what, header.rip()));
	}

	/** Ends the interrupt lines. The partition should be closed first. */
	@Override
	public void close() {
		ioApic.close();
	}
}
