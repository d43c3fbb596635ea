package mshv.run.client;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.CallCode;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MshvCreatePartition;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvUserMemRegion;
import mshv.api.abi.MshvVpState;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.RegisterPage;
import mshv.api.abi.VpRegistersInput;

/** A program of the tests that uses {@code /dev/mshv}. Says on standard output what it has seen. */
public final class DeviceClient {
	private static final int PAGE = 4096;
	/** mov dx,0x3f8; add al,bl; add al,'0'; out dx,al; mov al,0; out dx,al; hlt. */
	private static final byte[] CODE = {(byte) 0xBA, (byte) 0xF8, 3, 0, (byte) 0xD8, 4, 0x30, (byte) 0xEE, (byte) 0xB0, 0, (byte) 0xEE,
		(byte) 0xF4};

	/** More than the gateway needs to see that a processor's runs are short. */
	private static final int SHORT_RUNS = 100;
	private static final int MIRRORED = 2000;

	private final Device device = new Device();

	private DeviceClient() {}

	/** @param arguments what to do */
	public static void main(String[] arguments) throws InterruptedException {
		DeviceClient client = new DeviceClient();
		switch (arguments[0]) {
			case "private" -> client.runCode(Device.MAP_PRIVATE);
			case "shared" -> client.runCode(Device.MAP_SHARED);
			case "errors" -> client.errors();
			case "lifetime" -> client.lifetime();
			case "turns" -> client.turns();
			case "mirror" -> client.mirror();
			case "status" -> System.exit(Integer.parseInt(arguments[1]));
			default -> throw new IllegalArgumentException(arguments[0]);
		}
	}

	/** Many short runs, then one that ends only after another thread's call was answered. */
	private void turns() throws InterruptedException {
		int ends = 0x2000;
		int rounds = 0x2001;
		// inc byte [0x2001]; cmp byte [0x2000],0; je back; out 1,al
		Machine machine = new Machine(device, 0xFE, 0x06, 0x01, 0x20, 0x80, 0x3E, 0x00, 0x20, 0x00, 0x74, 0xF5, 0xE6, 0x01);
		MemorySegment message = device.allocate(InterceptMessage.SIZE);
		machine.memory.set(JAVA_BYTE, ends, (byte) 1);
		for (int i = 0; i < SHORT_RUNS; i++) {
			Device.require(machine.run(message));
			Device.require(machine.setRegisters(register(Register.RIP, Machine.CODE)));
		}
		machine.memory.set(JAVA_BYTE, ends, (byte) 0);
		machine.memory.set(JAVA_BYTE, rounds, (byte) 0);
		int[] result = {1};
		Thread runner = Thread.ofPlatform().start(() -> result[0] = machine.run(message));
		while (machine.memory.get(JAVA_BYTE, rounds) == 0) {
			Thread.onSpinWait();
		}
		say("call during a run", new Device().ioctl(machine.mshv, 0xB8FF, 0));
		machine.memory.set(JAVA_BYTE, ends, (byte) 1);
		runner.join();
		say("run", result[0]);
	}

	/** Registers are written through the partition the moment that a run is answered, and have to be in the page that is mapped. */
	private void mirror() {
		// out 1,al
		Machine machine = new Machine(device, 0xE6, 0x01);
		MemorySegment page = device.map(machine.processor, Machine.PAGE, Device.MAP_SHARED, 0);
		MemorySegment message = device.allocate(InterceptMessage.SIZE);
		MemorySegment input = device.allocate(VpRegistersInput.SIZE + RegisterAssociation.SIZE);
		new VpRegistersInput(0, 0, 0).encode(input);
		int stale = 0;
		for (int i = 1; i <= MIRRORED; i++) {
			Device.require(machine.run(message));
			new RegisterAssociation(Register.RBX.code(), i, 0).encode(input.asSlice(VpRegistersInput.SIZE));
			Device.require(device.hypercall(machine.partition, CallCode.SET_VP_REGISTERS, 1, input, null));
			if (page.get(JAVA_LONG, RegisterPage.RAX + 3 * 8) != i) {
				stale++;
			}
		}
		say("stale", stale);
	}

	private static void say(String name, Object value) {
		System.out.println(name + " " + value);
	}

	private int open() {
		return device.open("/dev/mshv", Device.O_RDWR);
	}

	private int createPartition(int mshv, long flags) {
		return device.ioctl(mshv, MshvIoctl.CREATE_PARTITION, MshvCreatePartition.SIZE,
			new MshvCreatePartition(flags, 0, 0, 0, 0, 0)::encode);
	}

	private int createProcessor(int partition, int index) {
		return device.ioctl(partition, MshvIoctl.CREATE_VP, 4, argument -> argument.set(JAVA_INT, 0, index));
	}

	private int setMemory(int partition, MshvUserMemRegion region) {
		return device.ioctl(partition, MshvIoctl.SET_GUEST_MEMORY, MshvUserMemRegion.SIZE, region::encode);
	}

	private void setRegisters(int processor, RegisterAssociation... registers) {
		MemorySegment input = device.allocate(VpRegistersInput.SIZE + (long) registers.length * RegisterAssociation.SIZE);
		new VpRegistersInput(0, 0, 0).encode(input);
		for (int i = 0; i < registers.length; i++) {
			registers[i].encode(input.asSlice(VpRegistersInput.SIZE + (long) i * RegisterAssociation.SIZE));
		}
		say("registers", device.hypercall(processor, CallCode.SET_VP_REGISTERS, registers.length, input, null));
	}

	private static RegisterAssociation register(Register register, long value) {
		return new RegisterAssociation(register.code(), value, 0);
	}

	/** The guest says 4 and 0 through a port; the first exit is finished by a hypercall, the second through the register page. */
	private void runCode(int sharing) {
		int mshv = open();
		MemorySegment value = device.allocate(8);
		MemorySegment input = device.allocate(PartitionPropertyInput.SIZE);
		new PartitionPropertyInput(0, PartitionProperty.PROCESSOR_CLOCK_FREQUENCY).encode(input);
		say("property", device.hypercall(mshv, CallCode.GET_PARTITION_PROPERTY, 0, input, value));
		say("clock", value.get(JAVA_LONG, 0) > 0);
		int partition = createPartition(mshv, 3);
		say("initialize", device.ioctl(partition, MshvIoctl.INITIALIZE_PARTITION, 0));
		int processor = createProcessor(partition, 0);
		MemorySegment memory = device.map(-1, 4 * PAGE, sharing | Device.MAP_ANONYMOUS, 0);
		MemorySegment.copy(CODE, 0, memory, JAVA_BYTE, PAGE, CODE.length);
		memory.set(JAVA_LONG, 2 * PAGE, 42);
		say("memory", setMemory(partition, new MshvUserMemRegion(PAGE, 1, memory.address() + PAGE, 3)));
		say("kept", memory.get(JAVA_LONG, 2 * PAGE) + " " + (memory.get(JAVA_BYTE, PAGE) == CODE[0]));
		MemorySegment registers = device.map(processor, PAGE, Device.MAP_SHARED, 0);
		MemorySegment messages = device.map(processor, PAGE, Device.MAP_SHARED, PAGE);
		say("page", registers.get(JAVA_BYTE, RegisterPage.VERSION) + " " + registers.get(JAVA_BYTE, RegisterPage.IS_VALID) + " "
			+ registers.get(JAVA_INT, RegisterPage.DIRTY));
		setRegisters(processor, register(Register.RAX, 2), register(Register.RBX, 2), register(Register.RIP, 0x1000),
			register(Register.RFLAGS, 2), new RegisterAssociation(Register.CS.code(), 0, 0x009B_0000_0000_FFFFL));
		MemorySegment message = device.allocate(InterceptMessage.SIZE);
		run(processor, message, messages);
		setRegisters(processor, register(Register.RIP, 0x1008));
		run(processor, message, messages);
		registers.set(JAVA_LONG, RegisterPage.RIP, 0x100B);
		registers.set(JAVA_INT, RegisterPage.DIRTY, RegisterPage.DIRTY_IP);
		run(processor, message, messages);
		MemorySegment block = device.map(-1, PAGE, Device.MAP_PRIVATE | Device.MAP_ANONYMOUS, 0);
		MemorySegment request = device.allocate(MshvVpState.SIZE);
		new MshvVpState(0, PAGE, block.address()).encode(request);
		say("lapic", device.ioctl(processor, MshvIoctl.GET_VP_STATE, request) + " " + MshvVpState.decode(request).bufferSize());
		say("lapic back", device.ioctl(processor, MshvIoctl.SET_VP_STATE, request));
		say("unmap", setMemory(partition, new MshvUserMemRegion(PAGE, 1, memory.address() + PAGE, MshvUserMemRegion.UNMAP)));
		say("unmap again", setMemory(partition, new MshvUserMemRegion(PAGE, 1, memory.address() + PAGE, MshvUserMemRegion.UNMAP)));
	}

	private void run(int processor, MemorySegment message, MemorySegment page) {
		int result = device.ioctl(processor, MshvIoctl.RUN_VP, message);
		String intercept = switch (InterceptMessage.decode(message)) {
			case Intercept.IoPort io -> "port " + Integer.toHexString(io.port()) + " rax " + Long.toHexString(io.rax()) + " rip "
				+ Long.toHexString(io.header().rip());
			case Intercept.Halt halt -> "halt " + Long.toHexString(halt.header().rip());
			case Intercept other -> other.toString();
		};
		say("run", result + " " + intercept + " " + (message.mismatch(page.asSlice(0, InterceptMessage.SIZE)) == -1));
	}

	/** Calls that are wrong: each answer is an error number, and the next call is as good as before. */
	private void errors() {
		int mshv = open();
		say("unknown on the device", device.ioctl(mshv, 0xB8FF, 0));
		say("initialize on the device", device.ioctl(mshv, MshvIoctl.INITIALIZE_PARTITION, 0));
		say("create from nowhere", device.ioctl(mshv, MshvIoctl.CREATE_PARTITION, 8));
		say("create with unknown flags", createPartition(mshv, 1L << 40));
		int partition = createPartition(mshv, 3);
		say("run on a partition", device.ioctl(partition, MshvIoctl.RUN_VP, 0));
		say("processor too early", createProcessor(partition, 0));
		say("initialize", device.ioctl(partition, MshvIoctl.INITIALIZE_PARTITION, 0));
		say("initialize again", device.ioctl(partition, MshvIoctl.INITIALIZE_PARTITION, 0));
		say("processor 256", createProcessor(partition, 256));
		int processor = createProcessor(partition, 0);
		say("processor again", createProcessor(partition, 0));
		say("hypercall that is not on the list", device.hypercall(processor, 1, 0, device.allocate(16), null));
		say("hypercall without input", device.hypercall(processor, CallCode.GET_VP_REGISTERS, 1, MemorySegment.NULL, null));
		say("run to nowhere", device.ioctl(processor, MshvIoctl.GET_VP_STATE, 16));
		MemorySegment memory = device.map(-1, 2 * PAGE, Device.MAP_PRIVATE | Device.MAP_ANONYMOUS, 0);
		say("no memory there", setMemory(partition, new MshvUserMemRegion(PAGE, 0, PAGE, 3)));
		say("size 0", setMemory(partition, new MshvUserMemRegion(0, 0, memory.address(), 3)));
		say("unaligned", setMemory(partition, new MshvUserMemRegion(PAGE, 0, memory.address() + 8, 3)));
		say("size that wraps", setMemory(partition, new MshvUserMemRegion(-PAGE, 0, memory.address(), 3)));
		say("unknown flags", setMemory(partition, new MshvUserMemRegion(PAGE, 0, memory.address(), 8)));
		say("map", setMemory(partition, new MshvUserMemRegion(PAGE, 0, memory.address(), 3)));
		say("overlap", setMemory(partition, new MshvUserMemRegion(2 * PAGE, 0, memory.address(), 3)));
		say("the same at another place", setMemory(partition, new MshvUserMemRegion(PAGE, 9, memory.address(), 1)));
		say("unmap another", setMemory(partition, new MshvUserMemRegion(2 * PAGE, 0, memory.address(), MshvUserMemRegion.UNMAP)));
		say("closed descriptor", device.ioctl(processor + 100, MshvIoctl.RUN_VP, 0));
		say("another file", device.ioctl(0, MshvIoctl.RUN_VP, 0));
	}

	/** A partition lives as long as one of its descriptors, or a duplicate. */
	private void lifetime() {
		int mshv = open();
		int partition = createPartition(mshv, 3);
		device.ioctl(partition, MshvIoctl.INITIALIZE_PARTITION, 0);
		int processor = createProcessor(partition, 0);
		int duplicate = device.dup(processor);
		say("close", device.close(mshv) + " " + device.close(partition) + " " + device.close(processor));
		setRegisters(duplicate, register(Register.RAX, 5));
		say("closed", device.ioctl(processor, MshvIoctl.RUN_VP, 0));
		device.close(duplicate);
		say("opened again", device.ioctl(createPartition(open(), 3), MshvIoctl.INITIALIZE_PARTITION, 0));
	}
}
