package mshv.run.client;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvUserIoeventfd;
import mshv.api.abi.MshvUserIrqfd;
import mshv.api.abi.RegisterAssociation;

/** One program of many: it may be killed at any moment, or sees others being killed. */
public final class CrowdClient {
	/** inc byte [0x2000]; mov al,[0x2000]; out 1,al; jmp back. */
	private static final int[] COUNTS = {0xFE, 0x06, 0x00, 0x20, 0xA0, 0x00, 0x20, 0xE6, 0x01, 0xEB, 0xF5};
	/** jmp to itself. */
	private static final int[] LOOPS = {0xEB, 0xFE};
	private static final int EINTR = -4;
	private static final int AFTER_OUT = Machine.CODE + 9;

	private CrowdClient() {}

	/** @param arguments what to do, and a number */
	public static void main(String[] arguments) throws Exception {
		switch (arguments[0]) {
			case "steady" -> steady();
			case "busy" -> busy(new Random(Long.parseLong(arguments[1])));
			case "waits" -> waits();
			default -> throw new IllegalArgumentException(arguments[0]);
		}
	}

	/** Counts with its guest until standard input ends; says how far it came, and whatever was wrong. */
	private static void steady() throws Exception {
		int[] read = {0};
		Thread input = Thread.ofPlatform().daemon().start(() -> {
			try {
				read[0] = System.in.read();
			} catch (java.io.IOException e) {
				read[0] = -2;
			}
		});
		Device device = new Device();
		try (Machine machine = new Machine(device, COUNTS)) {
			MemorySegment message = device.allocate(InterceptMessage.SIZE);
			long rounds = 0;
			String wrong = "";
			while (input.isAlive() && wrong.isEmpty()) {
				rounds++;
				int result = machine.run(message);
				if (result == EINTR) {
					// Any signal may do that
					rounds--;
					continue;
				}
				if (result < 0) {
					wrong = "errno " + -result;
					continue;
				}
				if (!(InterceptMessage.decode(message) instanceof Intercept.IoPort io) || (io.rax() & 0xFF) != (rounds & 0xFF)) {
					wrong = "round " + rounds + ": " + InterceptMessage.decode(message);
					continue;
				}
				result = machine.setRegisters(new RegisterAssociation(Register.RIP.code(), AFTER_OUT, 0));
				if (result != 0) {
					wrong = "errno " + -result;
				} else if (rounds == 1) {
					// Not before all classes are there: without a gateway no file can be opened
					System.out.println("runs");
				}
			}
			System.out.println(wrong.isEmpty() && rounds > 0 ? "steady" : wrong);
		}
	}

	/** Makes and ends machines of all sorts, whose processors run on threads of their own. Ends by itself after some, if it is let. */
	private static void busy(Random random) throws InterruptedException {
		for (int i = 0; i < 20; i++) {
			Device device = new Device();
			List<Machine> machines = new ArrayList<>();
			for (int j = 0; j <= random.nextInt(3); j++) {
				Machine machine = new Machine(device, random.nextBoolean() ? COUNTS : LOOPS);
				machines.add(machine);
				Device.require(device.ioctl(machine.partition, MshvIoctl.IRQFD, MshvUserIrqfd.SIZE,
					new MshvUserIrqfd(device.eventfd(), 0, 5, 0)::encode));
				Device.require(device.ioctl(machine.partition, MshvIoctl.IOEVENTFD, MshvUserIoeventfd.SIZE,
					new MshvUserIoeventfd(0, 0xE000_0000L, 4, device.eventfd(), 0)::encode));
				Device runner = new Device();
				Thread.ofPlatform().daemon().start(() -> {
					MemorySegment message = runner.allocate(InterceptMessage.SIZE);
					while (runner.ioctl(machine.processor, MshvIoctl.RUN_VP, message) >= 0) {
						machine.memory.get(JAVA_BYTE, 0x2000);
					}
				});
			}
			System.out.println("runs");
			Thread.sleep(random.nextInt(100));
			if (random.nextInt(4) == 0) {
				// Without closing anything
				Runtime.getRuntime().halt(0);
			}
			machines.forEach(Machine::closeDescriptors);
		}
	}

	/** Waits in a run that nothing ends. Says how it ended. */
	private static void waits() {
		Device device = new Device();
		Machine machine = new Machine(device, LOOPS);
		System.out.println("runs");
		int result = machine.run(device.allocate(InterceptMessage.SIZE));
		// No orderly end: it would open files, and every open fails now
		System.out.println("errno " + -result);
		System.out.flush();
		Runtime.getRuntime().halt(0);
	}
}
