package mshv.run.client;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import mshv.api.Intercept;
import mshv.api.abi.CallCode;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MshvCreateDevice;
import mshv.api.abi.MshvCreatePartition;
import mshv.api.abi.MshvDeprecatedIoctl;
import mshv.api.abi.MshvGpapAccessBitmap;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvModifyGpaHostAccess;
import mshv.api.abi.MshvRootHvcall;
import mshv.api.abi.MshvUserIoeventfd;
import mshv.api.abi.MshvUserIrqTable;
import mshv.api.abi.MshvUserIrqfd;
import mshv.api.abi.MshvUserMemRegion;
import mshv.api.abi.MshvVpState;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PartitionPropertyInput;

/** A program that does everything wrong. After each kind of mistake its guest still does what it is to do. */
public final class BadInputClient {
	private static final int EINVAL = -22, EFAULT = -14, EBADF = -9, ENOTTY = -25, EIO = -5, ENOENT = -2, EPERM = -1;
	private static final int PAGE = Machine.PAGE;
	/** Never a program's. */
	private static final long[] NOWHERE = {0, 8, 0x7FFF_FFFF_F000L, 0x8000_0000_0000L, -4096L, -1L};

	/** Calls with an argument in memory, by kind of descriptor, and its size. */
	private static final Map<Integer, Integer> OF_DEVICE = Map.of(MshvIoctl.CREATE_PARTITION, MshvCreatePartition.SIZE,
		MshvIoctl.ROOT_HVCALL, MshvRootHvcall.SIZE);
	private static final Map<Integer, Integer> OF_PARTITION = Map.ofEntries(Map.entry(MshvIoctl.CREATE_VP, 4),
		Map.entry(MshvIoctl.SET_GUEST_MEMORY, MshvUserMemRegion.SIZE), Map.entry(MshvIoctl.IRQFD, MshvUserIrqfd.SIZE),
		Map.entry(MshvIoctl.IOEVENTFD, MshvUserIoeventfd.SIZE), Map.entry(MshvIoctl.SET_MSI_ROUTING, MshvUserIrqTable.SIZE),
		Map.entry(MshvIoctl.GET_GPAP_ACCESS_BITMAP, MshvGpapAccessBitmap.SIZE), Map.entry(MshvIoctl.ROOT_HVCALL, MshvRootHvcall.SIZE),
		Map.entry(MshvIoctl.CREATE_DEVICE, MshvCreateDevice.SIZE), Map.entry(MshvIoctl.MODIFY_GPA_HOST_ACCESS, MshvModifyGpaHostAccess.SIZE),
		Map.entry(MshvDeprecatedIoctl.INSTALL_INTERCEPT, 16), Map.entry(MshvDeprecatedIoctl.ASSERT_INTERRUPT, 24),
		Map.entry(MshvDeprecatedIoctl.SET_PARTITION_PROPERTY, 16), Map.entry(MshvDeprecatedIoctl.GET_PARTITION_PROPERTY, 16),
		Map.entry(MshvDeprecatedIoctl.SIGNAL_EVENT_DIRECT, 12), Map.entry(MshvDeprecatedIoctl.POST_MESSAGE_DIRECT, 16),
		Map.entry(MshvDeprecatedIoctl.REGISTER_DELIVERABILITY_NOTIFICATIONS, 16));
	private static final Map<Integer, Integer> OF_PROCESSOR = Map.ofEntries(Map.entry(MshvIoctl.GET_VP_STATE, MshvVpState.SIZE),
		Map.entry(MshvIoctl.SET_VP_STATE, MshvVpState.SIZE), Map.entry(MshvIoctl.ROOT_HVCALL, MshvRootHvcall.SIZE),
		Map.entry(MshvDeprecatedIoctl.GET_VP_REGISTERS, 16), Map.entry(MshvDeprecatedIoctl.SET_VP_REGISTERS, 16),
		Map.entry(MshvDeprecatedIoctl.TRANSLATE_GVA, 32), Map.entry(MshvDeprecatedIoctl.REGISTER_INTERCEPT_RESULT, 48),
		Map.entry(MshvDeprecatedIoctl.GET_VP_CPUID_VALUES, 40), Map.entry(MshvDeprecatedIoctl.READ_GPA, 32),
		Map.entry(MshvDeprecatedIoctl.WRITE_GPA, 32));

	private final Checks checks = new Checks();
	private final Device device = new Device();
	/** inc byte [0x2000]; mov al,[0x2000]; out 1,al; jmp back. */
	private final Machine machine = new Machine(device, 0xFE, 0x06, 0x00, 0x20, 0xA0, 0x00, 0x20, 0xE6, 0x01, 0xEB, 0xF5);
	private final MemorySegment message = device.allocate(InterceptMessage.SIZE);
	private int round;

	private BadInputClient() {}

	/** @param arguments none */
	public static void main(String[] arguments) throws Exception {
		BadInputClient client = new BadInputClient();
		client.guestGoesOn("at first");
		client.pointersIntoNowhere();
		client.guestGoesOn("after pointers into nowhere");
		client.sizesThatWrap();
		client.guestGoesOn("after sizes that wrap");
		client.structuresAcrossPages();
		client.guestGoesOn("after structures across pages");
		client.structuresThatChange();
		client.guestGoesOn("after structures that change");
		client.unknownNumbers();
		client.guestGoesOn("after unknown numbers");
		client.descriptorsOfOthers();
		client.guestGoesOn("after descriptors of others");
		client.memoryThatGoes();
		client.guestGoesOn("after memory that goes");
		client.memoryThatShrinks();
		client.guestGoesOn("after memory that shrinks");
		client.checks.end();
	}

	/** One more turn of the guest's loop: registers, memory and processor are as they were. */
	private void guestGoesOn(String when) {
		round++;
		checks.expect("run " + when, 0, machine.run(message));
		checks.expect("al " + when, round, InterceptMessage.decode(message) instanceof Intercept.IoPort io ? io.rax() & 0xFF : -1);
		checks.expect("next " + when, 0, machine.setRegisters(
			new mshv.api.abi.RegisterAssociation(mshv.api.Register.RIP.code(), Machine.CODE + 9, 0)));
	}

	private void pointersIntoNowhere() {
		for (long address : NOWHERE) {
			String at = " at 0x" + Long.toHexString(address);
			OF_DEVICE.keySet().forEach(call -> checks.expect(name(call) + at, EFAULT, device.ioctl(machine.mshv, call, address)));
			OF_PARTITION.keySet().forEach(call -> checks.expect(name(call) + at, EFAULT, device.ioctl(machine.partition, call, address)));
			OF_PROCESSOR.keySet().forEach(call -> checks.expect(name(call) + at, EFAULT, device.ioctl(machine.processor, call, address)));
			if (address != 0) {
				checks.expect("hypercall's input" + at, EFAULT, hypercall(16, address, device.allocate(8).address()));
				checks.expect("hypercall's output" + at, EFAULT, hypercall(16, property().address(), address));
				checks.expect("bitmap" + at, EFAULT, bitmap(1, address));
			}
			if ((address & PAGE - 1) == 0) {
				checks.expect("state to" + at, EFAULT, state(MshvIoctl.GET_VP_STATE, PAGE, address));
				checks.expect("state from" + at, EFAULT, state(MshvIoctl.SET_VP_STATE, PAGE, address));
			}
		}
		MemorySegment table = atEndOfPage(MshvUserIrqTable.SIZE);
		table.set(JAVA_INT, 0, 4);
		checks.expect("routes beyond the end", EFAULT, device.ioctl(machine.partition, MshvIoctl.SET_MSI_ROUTING, table));
	}

	private static String name(int call) {
		return "0x" + Integer.toHexString(call);
	}

	private MemorySegment property() {
		MemorySegment input = device.allocate(PartitionPropertyInput.SIZE);
		new PartitionPropertyInput(0, PartitionProperty.PROCESSOR_CLOCK_FREQUENCY).encode(input);
		return input;
	}

	private int hypercall(int inputSize, long input, long output) {
		return device.ioctl(machine.partition, MshvIoctl.ROOT_HVCALL, MshvRootHvcall.SIZE,
			new MshvRootHvcall(CallCode.GET_PARTITION_PROPERTY, 0, inputSize, 8, 0, input, output)::encode);
	}

	private int state(int call, int size, long address) {
		return device.ioctl(machine.processor, call, MshvVpState.SIZE, new MshvVpState(0, size, address)::encode);
	}

	private int bitmap(long pages, long address) {
		device.ioctl(machine.partition, MshvDeprecatedIoctl.SET_PARTITION_PROPERTY, 16, argument -> {
			argument.set(JAVA_INT, 0, PartitionProperty.GPA_PAGE_ACCESS_TRACKING);
			argument.set(JAVA_LONG, 8, 1);
		});
		return device.ioctl(machine.partition, MshvIoctl.GET_GPAP_ACCESS_BITMAP, MshvGpapAccessBitmap.SIZE,
			new MshvGpapAccessBitmap(1, 0, pages, 0, address)::encode);
	}

	private void sizesThatWrap() {
		long own = machine.memory.address();
		for (MshvUserMemRegion region : List.of(new MshvUserMemRegion(-PAGE, 9, own, 3), new MshvUserMemRegion(PAGE, 9, -PAGE, 3),
				new MshvUserMemRegion(Long.MAX_VALUE & -PAGE, 9, own, 3), new MshvUserMemRegion(PAGE, -1, own, 3),
				new MshvUserMemRegion(PAGE, 1L << 52, own, 3), new MshvUserMemRegion(2 * PAGE, (1L << 52) - 1, own, 3),
				new MshvUserMemRegion(-PAGE, 0, own, MshvUserMemRegion.UNMAP))) {
			checks.expect(region.toString(), EINVAL, machine.setMemory(region));
		}
		long output = device.allocate(8).address();
		for (int size : new int[] {0, 7, 4097, 0xFFFF}) {
			checks.expect("input of " + size, EINVAL, hypercall(size, property().address(), output));
		}
		for (long count : new long[] {0, -1, 1L << 61, Long.MIN_VALUE}) {
			int result = bitmap(count, output);
			checks.expect("bitmap of " + count + " pages", 1, result == EINVAL || result == -7 ? 1 : 0);
		}
		for (int size : new int[] {0, 1, 4095, -1}) {
			checks.expect("state of " + size, EINVAL, state(MshvIoctl.GET_VP_STATE, size, own));
		}
		checks.expect("large state to the end", EFAULT, state(MshvIoctl.GET_VP_STATE, -PAGE, 0x7FFF_FFFF_F000L));
		MemorySegment table = device.allocate(MshvUserIrqTable.SIZE);
		for (int count : new int[] {4097, -1, Integer.MIN_VALUE}) {
			table.set(JAVA_INT, 0, count);
			checks.expect(count + " routes", EINVAL, device.ioctl(machine.partition, MshvIoctl.SET_MSI_ROUTING, table));
		}
		checks.expect("doorbell that wraps", EINVAL, device.ioctl(machine.partition, MshvIoctl.IOEVENTFD, MshvUserIoeventfd.SIZE,
			new MshvUserIoeventfd(0, -4, 8, eventfd(), 0)::encode));
	}

	/** @return memory that ends where a page does, and nothing follows */
	private MemorySegment atEndOfPage(int size) {
		MemorySegment pages = device.map(-1, 2 * PAGE, Device.MAP_PRIVATE | Device.MAP_ANONYMOUS, 0);
		device.unmap(pages.asSlice(PAGE));
		return pages.asSlice(PAGE - size, size);
	}

	/** Whole in two pages they are as good as any; cut off by the end of what is mapped they are refused. */
	private void structuresAcrossPages() {
		MemorySegment pages = device.map(-1, 2 * PAGE, Device.MAP_PRIVATE | Device.MAP_ANONYMOUS, 0);
		for (int before = 4; before < MshvRootHvcall.SIZE; before += 4) {
			MemorySegment structure = pages.asSlice(PAGE - before, MshvRootHvcall.SIZE);
			MemorySegment input = pages.asSlice(PAGE - before - 512, PartitionPropertyInput.SIZE).copyFrom(property());
			MemorySegment output = pages.asSlice(PAGE + 512, 8);
			new MshvRootHvcall(CallCode.GET_PARTITION_PROPERTY, 0, (int) input.byteSize(), 8, 0, input.address(), output.address())
				.encode(structure);
			checks.expect("hypercall " + before + " bytes before a page", 0, device.ioctl(machine.partition, MshvIoctl.ROOT_HVCALL, structure));
		}
		OF_PARTITION.forEach((call, size) -> {
			MemorySegment cut = atEndOfPage(size / 2);
			cut.fill((byte) 0);
			checks.expect(name(call) + " half", EFAULT, device.ioctl(machine.partition, call, cut));
		});
		OF_PROCESSOR.forEach((call, size) -> {
			MemorySegment cut = atEndOfPage(size / 2);
			cut.fill((byte) 0);
			checks.expect(name(call) + " half", EFAULT, device.ioctl(machine.processor, call, cut));
		});
		MemorySegment half = atEndOfPage(InterceptMessage.SIZE / 2);
		// The intercept is lost to its caller, but not to the guest
		checks.expect("message to the end", EFAULT, device.ioctl(machine.processor, MshvIoctl.RUN_VP, half));
		round++;
		checks.expect("next after that", 0, machine.setRegisters(
			new mshv.api.abi.RegisterAssociation(mshv.api.Register.RIP.code(), Machine.CODE + 9, 0)));
	}

	/** Another thread writes what is read: each answer is one of those that some content has. */
	private void structuresThatChange() throws InterruptedException {
		MemorySegment structure = device.allocate(MshvCreatePartition.SIZE_2);
		MemorySegment call = device.allocate(MshvRootHvcall.SIZE);
		long output = device.allocate(8).address();
		new MshvRootHvcall(CallCode.GET_PARTITION_PROPERTY, 0, 16, 8, 0, property().address(), output).encode(call);
		long valid = call.get(JAVA_LONG, 16);
		Thread other = Thread.ofPlatform().daemon().start(() -> {
			for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
				structure.set(JAVA_LONG, 0, i % 3 == 0 ? 3 : i % 3 == 1 ? 0xB : 1L << 40);
				structure.set(JAVA_BYTE, 16, (byte) (i % 5 == 0 ? 2 : 9));
				call.set(JAVA_LONG, 16, i % 2 == 0 ? valid : 8);
				call.set(JAVA_BYTE, 4, (byte) (i % 7 == 0 ? 4 : 16));
				call.set(JAVA_BYTE, 8, (byte) (i % 11 == 0 ? 1 : 0));
			}
		});
		Set<Integer> results = new HashSet<>();
		for (int i = 0; i < 300; i++) {
			int partition = device.ioctl(machine.mshv, MshvIoctl.CREATE_PARTITION, structure);
			if (partition >= 0) {
				checks.expect("initialize what has come of it", 0, device.ioctl(partition, MshvIoctl.INITIALIZE_PARTITION, 0));
				device.close(partition);
			} else {
				results.add(partition);
			}
			results.add(device.ioctl(machine.partition, MshvIoctl.ROOT_HVCALL, call));
		}
		other.interrupt();
		other.join();
		results.removeAll(Set.of(0, EINVAL, EFAULT));
		checks.expect("other answers " + results, 0, results.size());
	}

	/** Every number with every direction and some sizes: what is not one of the calls is none, on each kind of descriptor. */
	private void unknownNumbers() {
		Set<Integer> known = new HashSet<>(OF_DEVICE.keySet());
		known.addAll(OF_PARTITION.keySet());
		known.addAll(OF_PROCESSOR.keySet());
		known.addAll(Set.of(MshvIoctl.INITIALIZE_PARTITION, MshvIoctl.RUN_VP));
		int wrong = 0;
		for (int descriptor : new int[] {machine.mshv, machine.partition, machine.processor}) {
			for (int number = 0; number < 256; number++) {
				for (int direction = 0; direction < 4; direction++) {
					for (int size : new int[] {0, 8, 16, 32}) {
						int call = direction << 30 | size << 16 | MshvIoctl.MAGIC << 8 | number;
						if (!known.contains(call) && device.ioctl(descriptor, call, 8) != ENOTTY) {
							wrong++;
						}
					}
				}
			}
		}
		checks.expect("unknown numbers that did something", 0, wrong);
		checks.expect("a processor's call on the device", ENOTTY, device.ioctl(machine.mshv, MshvIoctl.RUN_VP, message));
		checks.expect("a partition's call on a processor", ENOTTY, device.ioctl(machine.processor, MshvIoctl.CREATE_VP, message));
		checks.expect("a processor's call on a partition", ENOTTY, device.ioctl(machine.partition, MshvIoctl.GET_VP_STATE, message));
	}

	private int eventfd() {
		return device.eventfd();
	}

	/** Descriptors that are not this program's, or not what they are taken for. */
	private void descriptorsOfOthers() {
		int descriptor = eventfd();
		for (int wrong : new int[] {-1, 9999, Integer.MAX_VALUE}) {
			checks.expect("irqfd " + wrong, EBADF, irqfd(wrong, 0));
			checks.expect("doorbell " + wrong, EBADF, doorbell(wrong));
			checks.expect("run " + wrong, EBADF, device.ioctl(wrong, MshvIoctl.RUN_VP, message));
		}
		for (int wrong : new int[] {0, machine.mshv, machine.partition, machine.processor}) {
			checks.expect("irqfd of another kind", EINVAL, irqfd(wrong, 0));
			checks.expect("doorbell of another kind", EINVAL, doorbell(wrong));
		}
		checks.expect("unknown flags", EINVAL, irqfd(descriptor, 4));
		checks.expect("a good one", 0, irqfd(descriptor, 0));
		checks.expect("and back", 0, irqfd(descriptor, MshvUserIrqfd.DEASSIGN));
	}

	private int irqfd(int descriptor, int flags) {
		return device.ioctl(machine.partition, MshvIoctl.IRQFD, MshvUserIrqfd.SIZE, new MshvUserIrqfd(descriptor, 0, 30, flags)::encode);
	}

	private int doorbell(int descriptor) {
		return device.ioctl(machine.partition, MshvIoctl.IOEVENTFD, MshvUserIoeventfd.SIZE,
			new MshvUserIoeventfd(0, 0xE000_0000L, 4, descriptor, 0)::encode);
	}

	/** The guest runs in memory that its program gives back: its pages stay as long as they are the guest's. */
	private void memoryThatGoes() throws InterruptedException {
		// inc byte [0x2000]; jmp back to it
		Machine other = new Machine(device, 0xFE, 0x06, 0x00, 0x20, 0xEB, 0xFA);
		Device second = new Device();
		int[] result = {1};
		Thread runner = Thread.ofPlatform().daemon()
			.start(() -> result[0] = second.ioctl(other.processor, MshvIoctl.RUN_VP, second.allocate(InterceptMessage.SIZE)));
		MemorySegment counter = other.memory.asSlice(0x2000, 1);
		byte first = counter.get(JAVA_BYTE, 0);
		for (long end = System.nanoTime() + 20_000_000_000L; counter.get(JAVA_BYTE, 0) == first && System.nanoTime() < end;) {
			Thread.onSpinWait();
		}
		checks.expect("the guest runs", 1, runner.isAlive() ? 1 : 0);
		checks.expect("unmap what it runs in", 0, device.unmap(other.memory));
		checks.expect("the guest still runs", 1, runner.isAlive() ? 1 : 0);
		checks.expect("map what is gone", EINVAL, other.setMemory(new MshvUserMemRegion(PAGE, 16, other.memory.address(), 3)));
		checks.expect("take it from the guest", 0,
			other.setMemory(new MshvUserMemRegion(Machine.SIZE, 0, other.memory.address(), MshvUserMemRegion.UNMAP)));
		runner.join(20_000);
		// Nothing is there to fetch from any more
		checks.expect("its run", 0, result[0]);
		checks.expect("take it once more", ENOENT,
			other.setMemory(new MshvUserMemRegion(Machine.SIZE, 0, other.memory.address(), MshvUserMemRegion.UNMAP)));
		device.close(other.processor);
		device.close(other.partition);
		checks.expect("what is closed", EBADF, device.ioctl(other.processor, MshvIoctl.RUN_VP, message));
		checks.expect("too early", EIO, tooEarly());
	}

	/** The guest runs in a file that its program cuts off: whatever becomes of the guest, the call ends and the system goes on. */
	private void memoryThatShrinks() throws InterruptedException {
		int file = device.file(Machine.SIZE);
		MemorySegment memory = device.map(file, Machine.SIZE, Device.MAP_SHARED, 0);
		Machine other = new Machine(device, memory, 0xFE, 0x06, 0x00, 0x20, 0xEB, 0xFA);
		Device second = new Device();
		int[] result = {1};
		Thread runner = Thread.ofPlatform().daemon()
			.start(() -> result[0] = second.ioctl(other.processor, MshvIoctl.RUN_VP, second.allocate(InterceptMessage.SIZE)));
		byte first = memory.get(JAVA_BYTE, 0x2000);
		for (long end = System.nanoTime() + 20_000_000_000L; memory.get(JAVA_BYTE, 0x2000) == first && System.nanoTime() < end;) {
			Thread.onSpinWait();
		}
		checks.expect("shrink", 0, device.resize(file, 0));
		runner.join(20_000);
		checks.expect("its run", EIO, result[0]);
		checks.expect("its next run", EIO, device.ioctl(other.processor, MshvIoctl.RUN_VP, message));
		checks.expect("cut off a processor", EPERM, device.resize(other.processor, 0));
		other.close();
		device.close(file);
	}

	private int tooEarly() {
		int partition = device.ioctl(machine.mshv, MshvIoctl.CREATE_PARTITION, MshvCreatePartition.SIZE,
			new MshvCreatePartition(3, 0, 0, 0, 0, 0)::encode);
		try (Arena arena = Arena.ofConfined()) {
			return device.ioctl(partition, MshvIoctl.CREATE_VP, arena.allocate(4));
		} finally {
			device.close(partition);
		}
	}
}
