package mshv.run.client;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.List;

import mshv.api.Register;
import mshv.api.abi.InterceptType;
import mshv.api.abi.MshvCreateDevice;
import mshv.api.abi.MshvDeprecatedIoctl;
import mshv.api.abi.MshvDeviceAttr;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvModifyGpaHostAccess;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.RegisterAssociation;

/** Calls that only some versions of the driver have. */
public final class EarlyCallsClient {
	private static final int EPERM = -1, EIO = -5, ENXIO = -6, EBADF = -9, EFAULT = -14, EBUSY = -16, ENODEV = -19, EINVAL = -22, ENOTTY = -25;

	private final Checks checks = new Checks();
	private final Device device = new Device();
	/** hlt. */
	private final Machine machine = new Machine(device, 0xF4);

	private EarlyCallsClient() {}

	/** @param arguments none */
	public static void main(String[] arguments) {
		EarlyCallsClient client = new EarlyCallsClient();
		client.ofPartition();
		client.ofProcessor();
		client.assignment();
		client.hostAccess();
		client.checks.end();
	}

	private int partition(int command, MemorySegment argument) {
		return device.ioctl(machine.partition, command, argument);
	}

	private int processor(int command, MemorySegment argument) {
		return device.ioctl(machine.processor, command, argument);
	}

	private void ofPartition() {
		MemorySegment property = device.allocate(16);
		property.set(JAVA_INT, 0, PartitionProperty.UNIMPLEMENTED_MSR_ACTION);
		property.set(JAVA_LONG, 8, 1);
		checks.expect("set property", 0, partition(MshvDeprecatedIoctl.SET_PARTITION_PROPERTY, property));
		property.set(JAVA_LONG, 8, 77);
		checks.expect("get property", 0, partition(MshvDeprecatedIoctl.GET_PARTITION_PROPERTY, property));
		checks.expect("its value", 1, property.get(JAVA_LONG, 8));
		property.set(JAVA_INT, 0, 0x7FFF_0000);
		checks.expect("unknown property", EIO, partition(MshvDeprecatedIoctl.GET_PARTITION_PROPERTY, property));

		MemorySegment intercept = device.allocate(16);
		intercept.set(JAVA_INT, 0, 4);
		intercept.set(JAVA_INT, 4, InterceptType.CPUID);
		intercept.set(JAVA_LONG, 8, 0x100);
		checks.expect("install intercept", 0, partition(MshvDeprecatedIoctl.INSTALL_INTERCEPT, intercept));

		MemorySegment interrupt = device.allocate(24);
		interrupt.set(JAVA_INT, 16, 0x40);
		checks.expect("assert interrupt", 0, partition(MshvDeprecatedIoctl.ASSERT_INTERRUPT, interrupt));
		interrupt.set(JAVA_INT, 0, 99);
		checks.expect("interrupt of no type", EINVAL, partition(MshvDeprecatedIoctl.ASSERT_INTERRUPT, interrupt));

		MemorySegment event = device.allocate(12);
		event.set(JAVA_INT, 0, 5);
		checks.expect("event for no processor", EINVAL, partition(MshvDeprecatedIoctl.SIGNAL_EVENT_DIRECT, event));
		MemorySegment message = device.allocate(16);
		message.set(JAVA_SHORT, 6, (short) 257);
		message.set(JAVA_LONG, 8, device.allocate(512).address());
		checks.expect("long message", EINVAL, partition(MshvDeprecatedIoctl.POST_MESSAGE_DIRECT, message));
		message.set(JAVA_SHORT, 6, (short) 16);
		message.set(JAVA_LONG, 8, 8);
		checks.expect("message from nowhere", EFAULT, partition(MshvDeprecatedIoctl.POST_MESSAGE_DIRECT, message));
		MemorySegment notifications = device.allocate(16);
		checks.expect("no notifications", 0, partition(MshvDeprecatedIoctl.REGISTER_DELIVERABILITY_NOTIFICATIONS, notifications));
		notifications.set(JAVA_INT, 0, 5);
		checks.expect("notifications of no processor", EINVAL,
			partition(MshvDeprecatedIoctl.REGISTER_DELIVERABILITY_NOTIFICATIONS, notifications));
		checks.expect("a processor's call", ENOTTY, partition(MshvDeprecatedIoctl.TRANSLATE_GVA, device.allocate(32)));
	}

	private MemorySegment list(int count, MemorySegment of) {
		MemorySegment list = device.allocate(MshvDeprecatedIoctl.LIST_SIZE);
		list.set(JAVA_INT, 0, count);
		list.set(JAVA_LONG, 8, of.address());
		return list;
	}

	private void ofProcessor() {
		MemorySegment registers = device.allocate(128L * RegisterAssociation.SIZE);
		for (int i = 0; i < 128; i++) {
			new RegisterAssociation(Register.R8.code() + i % 8, 0x100 + i, 0).encode(registers.asSlice((long) i * RegisterAssociation.SIZE));
		}
		checks.expect("set registers", 0, processor(MshvDeprecatedIoctl.SET_VP_REGISTERS, list(128, registers)));
		for (int i = 0; i < 128; i++) {
			registers.set(JAVA_LONG, (long) i * RegisterAssociation.SIZE + 16, 0);
		}
		checks.expect("get registers", 0, processor(MshvDeprecatedIoctl.GET_VP_REGISTERS, list(128, registers)));
		checks.expect("the first", 0x100 + 120, registers.get(JAVA_LONG, 16));
		checks.expect("the last", 0x100 + 127, registers.get(JAVA_LONG, 127L * RegisterAssociation.SIZE + 16));
		checks.expect("129 registers", EINVAL, processor(MshvDeprecatedIoctl.GET_VP_REGISTERS, list(129, registers)));
		checks.expect("-1 registers", EINVAL, processor(MshvDeprecatedIoctl.SET_VP_REGISTERS, list(-1, registers)));
		checks.expect("registers from nowhere", EFAULT, processor(MshvDeprecatedIoctl.SET_VP_REGISTERS, list(1, MemorySegment.ofAddress(8))));

		MemorySegment answers = device.allocate(16);
		MemorySegment translation = device.allocate(32);
		translation.set(JAVA_LONG, 0, 0x2345);
		translation.set(JAVA_LONG, 8, 1);
		translation.set(JAVA_LONG, 16, answers.address());
		translation.set(JAVA_LONG, 24, answers.address() + 8);
		checks.expect("translate", 0, processor(MshvDeprecatedIoctl.TRANSLATE_GVA, translation));
		checks.expect("its result", 0, answers.get(JAVA_INT, 0));
		checks.expect("its address", 0x2345, answers.get(JAVA_LONG, 8));

		MemorySegment result = device.allocate(48);
		result.set(JAVA_INT, 0, InterceptType.CPUID);
		result.set(JAVA_INT, 4, 0x4000_00FF);
		result.set(JAVA_BYTE, 13, (byte) 1);
		result.set(JAVA_INT, 16, 0x1234);
		result.set(JAVA_INT, 20, -1);
		checks.expect("register a result", 0, processor(MshvDeprecatedIoctl.REGISTER_INTERCEPT_RESULT, result));
		MemorySegment cpuid = device.allocate(40);
		cpuid.set(JAVA_INT, 0, 0x4000_00FF);
		checks.expect("cpuid", 0, processor(MshvDeprecatedIoctl.GET_VP_CPUID_VALUES, cpuid));
		checks.expect("its value", 0x1234, cpuid.get(JAVA_INT, 24));

		MemorySegment gpa = device.allocate(MshvDeprecatedIoctl.GPA_SIZE);
		gpa.set(JAVA_LONG, 0, 0x2004);
		gpa.set(JAVA_INT, 8, 4);
		gpa.set(JAVA_INT, MshvDeprecatedIoctl.GPA_DATA, 0x7654_3210);
		checks.expect("write memory", 0, processor(MshvDeprecatedIoctl.WRITE_GPA, gpa));
		checks.expect("what is there", 0x7654_3210, machine.memory.get(JAVA_INT, 0x2004));
		machine.memory.set(JAVA_INT, 0x2004, 99);
		checks.expect("read memory", 0, processor(MshvDeprecatedIoctl.READ_GPA, gpa));
		checks.expect("what was read", 99, gpa.get(JAVA_INT, MshvDeprecatedIoctl.GPA_DATA));
		gpa.set(JAVA_INT, 8, 17);
		checks.expect("17 bytes", EINVAL, processor(MshvDeprecatedIoctl.WRITE_GPA, gpa));
		gpa.set(JAVA_LONG, 0, 0x7000_0000);
		gpa.set(JAVA_INT, 8, 1);
		checks.expect("no memory", EFAULT, processor(MshvDeprecatedIoctl.READ_GPA, gpa));
		checks.expect("a partition's call", ENOTTY, processor(MshvDeprecatedIoctl.GET_PARTITION_PROPERTY, gpa));
	}

	private int create(MemorySegment request, int type, int flags) {
		new MshvCreateDevice(type, -7, flags).encode(request);
		return partition(MshvIoctl.CREATE_DEVICE, request);
	}

	private int attribute(int descriptor, int command, int group, long attribute, MemorySegment value) {
		return device.ioctl(descriptor, command, MshvDeviceAttr.SIZE, new MshvDeviceAttr(0, group, attribute, value.address())::encode);
	}

	private void assignment() {
		MemorySegment request = device.allocate(MshvCreateDevice.SIZE);
		checks.expect("device of no type", ENODEV, create(request, 1, 0));
		checks.expect("test", 0, create(request, 0, MshvCreateDevice.TEST));
		checks.expect("from nowhere", EFAULT, device.ioctl(machine.partition, MshvIoctl.CREATE_DEVICE, 8));
		checks.expect("create", 0, create(request, 0, 0));
		int descriptor = MshvCreateDevice.decode(request).descriptor();
		checks.expect("a descriptor", 1, descriptor > 2 ? 1 : 0);
		checks.expect("a second", EBUSY, create(request, 0, 0));
		MemorySegment nowhere = MemorySegment.NULL;
		MemorySegment value = device.allocate(4);
		checks.expect("has", 0, attribute(descriptor, MshvIoctl.HAS_DEVICE_ATTR, 1, 1, nowhere));
		checks.expect("has no group", ENXIO, attribute(descriptor, MshvIoctl.HAS_DEVICE_ATTR, 2, 1, nowhere));
		checks.expect("has no attribute", ENXIO, attribute(descriptor, MshvIoctl.HAS_DEVICE_ATTR, 1, 3, nowhere));
		checks.expect("get", EPERM, attribute(descriptor, MshvIoctl.GET_DEVICE_ATTR, 1, 1, value));
		checks.expect("set from nowhere", EFAULT, attribute(descriptor, MshvIoctl.SET_DEVICE_ATTR, 1, 1, nowhere));
		value.set(JAVA_INT, 0, 12345);
		checks.expect("not open", EBADF, attribute(descriptor, MshvIoctl.SET_DEVICE_ATTR, 1, 1, value));
		value.set(JAVA_INT, 0, machine.partition);
		checks.expect("no VFIO file", EINVAL, attribute(descriptor, MshvIoctl.SET_DEVICE_ATTR, 1, 1, value));
		checks.expect("set no group", ENXIO, attribute(descriptor, MshvIoctl.SET_DEVICE_ATTR, 7, 1, value));
		checks.expect("a partition's call", ENOTTY, device.ioctl(descriptor, MshvIoctl.INITIALIZE_PARTITION, 0));
		device.close(descriptor);
		int again = EBUSY;
		for (long end = System.nanoTime() + 10_000_000_000L; again == EBUSY && System.nanoTime() < end;) {
			again = create(request, 0, 0);
		}
		checks.expect("once it is closed", 0, again);
	}

	private int modify(MshvModifyGpaHostAccess request) {
		return device.ioctl(machine.partition, MshvIoctl.MODIFY_GPA_HOST_ACCESS, request.size(), request::encode);
	}

	private void hostAccess() {
		checks.expect("give up", 0, modify(new MshvModifyGpaHostAccess(false, false, false, false, List.of(2L, 3L))));
		checks.expect("take back", 0, modify(new MshvModifyGpaHostAccess(true, true, true, false, List.of(2L, 3L))));
		checks.expect("a page in no region", EINVAL, modify(new MshvModifyGpaHostAccess(true, true, true, false, List.of(4L))));
		checks.expect("no page", EINVAL, modify(new MshvModifyGpaHostAccess(true, true, true, false, List.of())));
		MemorySegment many = device.allocate(MshvModifyGpaHostAccess.SIZE);
		many.set(JAVA_LONG, 8, 1L << 61);
		checks.expect("a count that wraps", EINVAL, device.ioctl(machine.partition, MshvIoctl.MODIFY_GPA_HOST_ACCESS, many));
		many.set(JAVA_LONG, 8, 1);
		many.set(JAVA_BYTE, 1, (byte) 1);
		checks.expect("a reserved byte", EINVAL, device.ioctl(machine.partition, MshvIoctl.MODIFY_GPA_HOST_ACCESS, many));
	}
}
