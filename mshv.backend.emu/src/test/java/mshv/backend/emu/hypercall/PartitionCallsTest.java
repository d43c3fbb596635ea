package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.CreatePartitionInput;
import mshv.api.abi.CreateVpInput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.WithdrawMemoryInput;
import mshv.backend.emu.Root;

class PartitionCallsTest {
	private static final long SELF = -1;

	private final Root root = new Root();

	@AfterEach
	void close() {
		root.close();
	}

	private HvStatus createVp(long partition, int vp) {
		return root.simple(CallCode.CREATE_VP, new CreateVpInput(partition, vp, 0, 0, 0, 0)::encode);
	}

	private long withdraw(long partition, int pages) {
		return root.call(HypercallControl.repetitions(CallCode.WITHDRAW_MEMORY, pages, 0), new WithdrawMemoryInput(partition, 0)::encode);
	}

	@Test
	void aPartitionLivesThroughItsStates() {
		long partition = root.createPartition(Root.STANDARD);
		assertNotEquals(0, partition);
		assertEquals(HvStatus.INVALID_PARTITION_STATE, createVp(partition, 0));
		assertEquals(HvStatus.INSUFFICIENT_MEMORY, root.fast(CallCode.INITIALIZE_PARTITION, partition, 0));
		assertEquals(HvStatus.SUCCESS, root.deposit(partition, 60));
		assertEquals(HvStatus.INVALID_PARTITION_STATE, root.fast(CallCode.FINALIZE_PARTITION, partition, 0));
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.INITIALIZE_PARTITION, partition, 0));
		assertEquals(HvStatus.INVALID_PARTITION_STATE, root.fast(CallCode.INITIALIZE_PARTITION, partition, 0));
		assertEquals(HvStatus.INVALID_PARTITION_STATE, root.fast(CallCode.DELETE_PARTITION, partition, 0));
		assertEquals(HvStatus.SUCCESS, createVp(partition, 0));
		assertEquals(HvStatus.INVALID_VP_INDEX, createVp(partition, 0));
		assertEquals(HvStatus.INVALID_VP_INDEX, createVp(partition, 256));
		assertEquals(HvStatus.INSUFFICIENT_MEMORY, createVp(partition, 1));
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.FINALIZE_PARTITION, partition, 0));
		assertEquals(HvStatus.INVALID_PARTITION_STATE, createVp(partition, 1));
		assertEquals(HypercallResult.of(HvStatus.NO_RESOURCES, 60), withdraw(partition, 512), "every page comes back");
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.DELETE_PARTITION, partition, 0));
		assertEquals(HvStatus.INVALID_PARTITION_ID, root.fast(CallCode.DELETE_PARTITION, partition, 0));
	}

	@Test
	void anIdIsNotUsedAgain() {
		long first = root.createPartition(Root.STANDARD);
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.DELETE_PARTITION, first, 0));
		assertNotEquals(first, root.createPartition(Root.STANDARD));
	}

	@Test
	void creationRefusesWhatItDoesNotKnow() {
		HvStatus status = root.simple(CallCode.CREATE_PARTITION,
			new CreatePartitionInput(Root.STANDARD | 1L << 60, 0, 0x609, 0, 0, 0, 0)::encode);
		assertEquals(HvStatus.INVALID_PARAMETER, status);
		status = root.simple(CallCode.CREATE_PARTITION, new CreatePartitionInput(Root.STANDARD | 2, 0, 0x609, 0, 0, 0, 0)::encode);
		assertEquals(HvStatus.PROCESSOR_FEATURE_NOT_SUPPORTED, status);
		status = root.simple(CallCode.CREATE_PARTITION, new CreatePartitionInput(Root.STANDARD, 0, 0x609, 0, 0, 0, 2)::encode);
		assertEquals(HvStatus.INVALID_PARAMETER, status, "no isolation");
		status = root.simple(CallCode.CREATE_PARTITION, page -> {
			new CreatePartitionInput(Root.STANDARD, 0, 0x609, 0, 0, 0, 0).encode(page);
			page.set(JAVA_LONG, 16, page.get(JAVA_LONG, 16) | 1L << 32);
		});
		assertEquals(HvStatus.INVALID_PARAMETER, status, "reserved field");
	}

	@Test
	void aPageIsDepositedOnce() {
		long partition = root.createPartition(Root.STANDARD);
		long page = root.arena.allocate(4096, 4096).address() >>> 12;
		long control = HypercallControl.repetitions(CallCode.DEPOSIT_MEMORY, 2, 0);
		long result = root.call(control, input -> {
			input.set(JAVA_LONG, 0, partition);
			input.set(JAVA_LONG, 8, page);
			input.set(JAVA_LONG, 16, page);
		});
		assertEquals(HypercallResult.of(HvStatus.INVALID_PARAMETER, 1), result);
		result = root.call(control, input -> {
			input.set(JAVA_LONG, 0, partition);
			input.set(JAVA_LONG, 8, -1);
		});
		assertEquals(HypercallResult.of(HvStatus.INVALID_PARAMETER, 0), result);
		assertEquals(HypercallResult.of(HvStatus.NO_RESOURCES, 1), withdraw(partition, 5));
		assertEquals(page, root.output.get(JAVA_LONG, 0));
	}

	@Test
	void propertiesKeepTheirRules() {
		long partition = root.createPartition(Root.STANDARD);
		int features = PartitionProperty.SYNTHETIC_PROC_FEATURES;
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, features, 3));
		assertEquals(3, root.property(partition, features));
		assertEquals(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE, root.setProperty(partition, features, 1L << 62));
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.PRIVILEGE_FLAGS, 0));
		root.deposit(partition, 20);
		root.fast(CallCode.INITIALIZE_PARTITION, partition, 0);
		assertEquals(HvStatus.INVALID_PARTITION_STATE, root.setProperty(partition, PartitionProperty.PRIVILEGE_FLAGS, 0));
		assertEquals(HvStatus.INVALID_PARTITION_STATE, root.setProperty(partition, features, 3));
		int action = PartitionProperty.UNIMPLEMENTED_MSR_ACTION;
		assertEquals(0, root.property(partition, action));
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, action, 1));
		assertEquals(1, root.property(partition, action));
		assertEquals(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE, root.setProperty(partition, action, 2));
		assertEquals(HvStatus.OPERATION_DENIED, root.setProperty(partition, PartitionProperty.PROCESSOR_VENDOR, 1));
		assertEquals(HvStatus.UNKNOWN_PROPERTY, root.setProperty(partition, 0x12345678, 1));
		assertEquals(HvStatus.ACCESS_DENIED, root.setProperty(SELF, action, 1));
	}

	@Test
	void adviceIsKeptWithinItsRange() {
		long partition = root.createPartition(Root.STANDARD);
		long[][] properties = {{PartitionProperty.CPU_RESERVE, 0, 0x10000, 0}, {PartitionProperty.CPU_CAP, 0, 0x10000, 0x10000},
			{PartitionProperty.CPU_WEIGHT, 1, 10_000, 100}, {PartitionProperty.CPU_GROUP_ID, 0, 0, 0},
			{PartitionProperty.PROCESSORS_PER_SOCKET, 1, 256, 256}};
		for (long[] row : properties) {
			int property = (int) row[0];
			assertEquals(row[3], root.property(partition, property), "initial " + Integer.toHexString(property));
			assertEquals(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE, root.setProperty(partition, property, row[1] - 1));
			assertEquals(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE, root.setProperty(partition, property, row[2] + 1));
			assertEquals(HvStatus.SUCCESS, root.setProperty(partition, property, row[1]));
			assertEquals(row[1], root.property(partition, property));
			assertEquals(HvStatus.SUCCESS, root.setProperty(partition, property, row[2]));
			assertEquals(row[2], root.property(partition, property));
		}
	}

	@Test
	void theRootLearnsWhatPartitionsCanHave() {
		assertEquals(40, root.property(SELF, PartitionProperty.PHYSICAL_ADDRESS_WIDTH));
		assertEquals(576, root.property(SELF, PartitionProperty.MAX_XSAVE_DATA_SIZE));
		assertEquals(3, root.property(SELF, PartitionProperty.XSAVE_STATES));
		assertEquals(2_000_000_000L, root.property(SELF, PartitionProperty.PROCESSOR_CLOCK_FREQUENCY));
		long smep = 1L << 23;
		assertEquals(smep, root.property(SELF, PartitionProperty.PROCESSOR_FEATURES0) & smep);
		root.simple(CallCode.CREATE_PARTITION, new CreatePartitionInput(Root.STANDARD, 0, 0x609, smep, 0, 0, 0)::encode);
		long without = root.output.get(JAVA_LONG, 0);
		assertEquals(0, root.property(without, PartitionProperty.PROCESSOR_FEATURES0) & smep);
	}

	@Test
	void referenceTimeCanBeSetWhileFrozen() {
		long partition = root.partition(Root.STANDARD);
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.TIME_FREEZE, 1));
		assertEquals(1, root.property(partition, PartitionProperty.TIME_FREEZE));
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.REFERENCE_TIME, 12_345_678));
		assertEquals(12_345_678, root.property(partition, PartitionProperty.REFERENCE_TIME));
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.TIME_FREEZE, 0));
		assertEquals(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE, root.setProperty(partition, PartitionProperty.TIME_FREEZE, 2));
	}

	@Test
	void interceptsThatDoNotExistAreRefused() {
		long partition = root.partition(Root.STANDARD);
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 4, 2, 0x100)::encode));
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 3, 0, 0x3F8)::encode));
		assertEquals(HvStatus.OPERATION_DENIED,
			root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 0, 0, 0x3F8)::encode));
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 4, 3, 6)::encode));
		assertEquals(HvStatus.INVALID_PARAMETER,
			root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 4, 3, 32)::encode));
		assertEquals(HvStatus.FEATURE_UNAVAILABLE,
			root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 4, 7, 0)::encode));
		assertEquals(HvStatus.INVALID_PARAMETER,
			root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 1, 2, 0x100)::encode));
		assertEquals(HvStatus.INVALID_PARAMETER,
			root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 3, 0, 0x10000)::encode));
	}
}
