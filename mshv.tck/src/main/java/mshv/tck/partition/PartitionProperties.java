package mshv.tck.partition;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.abi.PartitionProperty;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Rule(Section.PROPERTIES)
@Conformance("properties")
class PartitionProperties {
	private static final int UNKNOWN = 0x000F_FFFF;

	private final Hypervisor hypervisor;

	PartitionProperties(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private Partition create() {
		return hypervisor.createPartition(PartitionConfig.standard());
	}

	private static void assumeOffered(Partition partition, int property) {
		try {
			partition.getProperty(property);
		} catch (HypervisorException e) {
			assumeFalse(e.status() == HvStatus.UNKNOWN_PROPERTY, "not offered");
			throw e;
		}
	}

	@Test
	void privilegesAreFixedByInitialization() {
		try (Partition partition = create()) {
			partition.initialize();
			assertRefused(HvStatus.INVALID_PARTITION_STATE, () -> partition.setProperty(PartitionProperty.PRIVILEGE_FLAGS, 0));
			assertRefused(HvStatus.INVALID_PARTITION_STATE, () -> partition.setProperty(PartitionProperty.PRIVILEGE_FLAGS, 0));
		}
	}

	@Test
	void enlightenmentsCanBeChosenBeforeInitializationOnly() {
		try (Partition partition = create()) {
			// The hypervisor's presence and its leaves
			partition.setProperty(PartitionProperty.SYNTHETIC_PROC_FEATURES, 3);
			assertEquals(3, partition.getProperty(PartitionProperty.SYNTHETIC_PROC_FEATURES));
			partition.initialize();
			assertRefused(HvStatus.INVALID_PARTITION_STATE, () -> partition.setProperty(PartitionProperty.SYNTHETIC_PROC_FEATURES, 1));
			assertEquals(3, partition.getProperty(PartitionProperty.SYNTHETIC_PROC_FEATURES));
		}
	}

	@Test
	void aPropertyThatMayChangeReadsAsItWasSet() {
		try (Partition partition = create()) {
			partition.initialize();
			for (long value : new long[] {1, 0, 1, 0}) {
				partition.setProperty(PartitionProperty.UNIMPLEMENTED_MSR_ACTION, value);
				assertEquals(value, partition.getProperty(PartitionProperty.UNIMPLEMENTED_MSR_ACTION));
			}
		}
	}

	@Test
	void anUnknownPropertyIsRefused() {
		try (Partition partition = create()) {
			assertRefused(HvStatus.UNKNOWN_PROPERTY, () -> partition.getProperty(UNKNOWN));
			assertRefused(HvStatus.UNKNOWN_PROPERTY, () -> partition.setProperty(UNKNOWN, 0));
			assertRefused(HvStatus.UNKNOWN_PROPERTY, () -> hypervisor.getProperty(UNKNOWN));
		}
	}

	@Test
	void theHostSaysWhatProcessorsAreLike() {
		assertTrue(hypervisor.getProperty(PartitionProperty.PROCESSOR_FEATURES0) != 0);
		hypervisor.getProperty(PartitionProperty.PROCESSOR_FEATURES1);
		long width = hypervisor.getProperty(PartitionProperty.PHYSICAL_ADDRESS_WIDTH);
		assertTrue(width >= 32 && width <= 52, () -> "addresses of " + width + " bits");
	}

	@Test
	void whatProcessorsAreLikeStaysTheSame() {
		try (Partition partition = create()) {
			partition.initialize();
			long size = partition.getProperty(PartitionProperty.MAX_XSAVE_DATA_SIZE);
			assertTrue(size >= 576 && size <= 4096, () -> "XSAVE state of " + size + " bytes");
			long frequency = partition.getProperty(PartitionProperty.PROCESSOR_CLOCK_FREQUENCY);
			assertTrue(frequency > 0, () -> frequency + " Hz");
			for (int property : new int[] {PartitionProperty.MAX_XSAVE_DATA_SIZE, PartitionProperty.XSAVE_FEATURES,
				PartitionProperty.PROCESSOR_CLOCK_FREQUENCY}) {
				assertEquals(partition.getProperty(property), partition.getProperty(property));
			}
		}
	}

	@Test
	void accessTrackingCanBeTurnedOnAndOff() {
		try (Partition partition = create()) {
			partition.initialize();
			assumeOffered(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING);
			partition.setProperty(PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
			assertEquals(1, partition.getProperty(PartitionProperty.GPA_PAGE_ACCESS_TRACKING));
			partition.setProperty(PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 0);
			assertEquals(0, partition.getProperty(PartitionProperty.GPA_PAGE_ACCESS_TRACKING));
		}
	}

	@Test
	void referenceTimeGoesOn() {
		try (Partition partition = create()) {
			partition.initialize();
			long before = partition.getProperty(PartitionProperty.REFERENCE_TIME);
			Guest.await("reference time goes on", () -> partition.getProperty(PartitionProperty.REFERENCE_TIME) > before);
		}
	}

	@Test
	void referenceTimeStandsWhileItIsFrozen() {
		try (Partition partition = create()) {
			partition.initialize();
			partition.setProperty(PartitionProperty.TIME_FREEZE, 1);
			long frozen = partition.getProperty(PartitionProperty.REFERENCE_TIME);
			long start = System.nanoTime();
			Guest.await("1 ms", () -> System.nanoTime() - start > 1_000_000);
			assertEquals(frozen, partition.getProperty(PartitionProperty.REFERENCE_TIME));
			partition.setProperty(PartitionProperty.TIME_FREEZE, 0);
			Guest.await("reference time goes on", () -> partition.getProperty(PartitionProperty.REFERENCE_TIME) > frozen);
		}
	}

	@Test
	void aProcessorDoesNotExecuteWhileTimeIsFrozen() {
		GuestCode code = GuestCode.forLongMode().out(1).movRdi(0x9000);
		int loop = code.position();
		code.increment().jump(loop);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.runToPort();
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(0x9000) > 0);
			guest.partition().setProperty(PartitionProperty.TIME_FREEZE, 1);
			Guest.await("the guest stands", () -> {
				long count = guest.counter(0x9000);
				long start = System.nanoTime();
				Guest.await("1 ms", () -> System.nanoTime() - start > 1_000_000);
				return guest.counter(0x9000) == count;
			});
			long stands = guest.counter(0x9000);
			guest.partition().setProperty(PartitionProperty.TIME_FREEZE, 0);
			Guest.await("the guest goes on", () -> guest.counter(0x9000) > stands);
			guest.processor().interrupt();
			assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
		}
	}

	/** @return a guest that counts at 0x9000 for ever, and has begun to */
	private Guest counting() {
		GuestCode code = GuestCode.forLongMode().movRdi(0x9000);
		int loop = code.position();
		return Guest.inLongMode(hypervisor, code.increment().jump(loop));
	}

	@Test
	void aProcessorDoesNotExecuteWhileItsPartitionIsSuspended() {
		try (Guest guest = counting()) {
			assumeOffered(guest.partition(), PartitionProperty.SUSPEND);
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(0x9000) > 0);
			guest.partition().setProperty(PartitionProperty.SUSPEND, 1);
			long stands = guest.counter(0x9000);
			long time = guest.partition().getProperty(PartitionProperty.REFERENCE_TIME);
			Guest.await("time goes on", () -> guest.partition().getProperty(PartitionProperty.REFERENCE_TIME) > time + 10_000);
			assertEquals(stands, guest.counter(0x9000));
			guest.partition().setProperty(PartitionProperty.SUSPEND, 0);
			Guest.await("the guest goes on", () -> guest.counter(0x9000) > stands);
			guest.processor().interrupt();
			assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
		}
	}

	/** The call may be completed later; the next one waits for that. */
	@Test
	void callsThatTakeTimeTakeTurns() {
		try (Guest guest = counting()) {
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(0x9000) > 0);
			List<Future<Object>> setters = Stream.generate(() -> guest.start(() -> {
				for (int i = 0; i < 20; i++) {
					guest.partition().setProperty(PartitionProperty.TIME_FREEZE, 1);
					guest.partition().setProperty(PartitionProperty.TIME_FREEZE, 0);
				}
				return null;
			})).limit(3).toList();
			setters.forEach(Guest::join);
			long before = guest.counter(0x9000);
			Guest.await("the guest goes on", () -> guest.counter(0x9000) > before);
			guest.processor().interrupt();
			assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
		}
	}

	@Test
	void adviceToASchedulerReadsAsItWasSet() {
		try (Partition partition = create()) {
			assumeOffered(partition, PartitionProperty.CPU_WEIGHT);
			partition.initialize();
			partition.setProperty(PartitionProperty.CPU_WEIGHT, 77);
			assertEquals(77, partition.getProperty(PartitionProperty.CPU_WEIGHT));
			assertRefused(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE, () -> partition.setProperty(PartitionProperty.CPU_WEIGHT, 10_001));
			assertEquals(77, partition.getProperty(PartitionProperty.CPU_WEIGHT));
		}
	}
}
