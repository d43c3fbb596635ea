package mshv.tck.partition;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.util.stream.Collectors.toSet;
import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.InterruptRequest;
import mshv.api.MemoryRegion;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.abi.PartitionProperty;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Conformance("partition life cycle")
class PartitionLifecycle {
	private final Hypervisor hypervisor;

	PartitionLifecycle(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private Partition create() {
		return hypervisor.createPartition(PartitionConfig.standard());
	}

	@Test
	void aNewPartitionIsListedAndEmpty() {
		try (Partition partition = create()) {
			assertNotEquals(0, partition.id());
			assertTrue(hypervisor.partitions().contains(partition));
			assertSame(hypervisor, partition.hypervisor());
			assertEquals(List.of(), partition.virtualProcessors());
			assertEquals(List.of(), partition.memoryRegions());
		}
	}

	@Test
	void openPartitionsHaveDifferentIds() {
		List<Partition> partitions = Stream.generate(this::create).limit(5).toList();
		try {
			assertEquals(5, partitions.stream().map(Partition::id).collect(toSet()).size());
		} finally {
			partitions.forEach(Partition::close);
		}
	}

	@Rule(Section.PARTITION_CALLS)
	@Test
	void initializingTwiceHasNoEffect() {
		try (Partition partition = create()) {
			partition.initialize();
			VirtualProcessor processor = partition.createVirtualProcessor(0);
			assertDoesNotThrow(partition::initialize);
			assertEquals(List.of(processor), partition.virtualProcessors());
		}
	}

	@Test
	void aProcessorBeforeInitializationIsRefused() {
		try (Partition partition = create()) {
			assertRefused(HvStatus.INVALID_PARTITION_STATE, () -> partition.createVirtualProcessor(0));
			assertEquals(List.of(), partition.virtualProcessors());
		}
	}

	@Test
	void memoryBeforeInitializationIsRefused() {
		try (Arena arena = Arena.ofShared(); Partition partition = create()) {
			MemoryRegion region = MemoryRegion.ram(0, arena.allocate(0x1000, 0x1000));
			assertRefused(HvStatus.INVALID_PARTITION_STATE, () -> partition.mapMemory(region));
			assertEquals(List.of(), partition.memoryRegions());
		}
	}

	@Rule(Section.PARTITION_CALLS)
	@Test
	void anIndexIsTakenByOneProcessorOnly() {
		try (Partition partition = create()) {
			partition.initialize();
			partition.createVirtualProcessor(3);
			assertRefused(Errno.EEXIST, () -> partition.createVirtualProcessor(3));
		}
	}

	/** Calls of a partition take turns. */
	@Rule(Section.PARTITION_CALLS)
	@Test
	void ofSeveralThreadsOneCreatesAProcessor() {
		try (Guest guest = Guest.afterReset(hypervisor)) {
			List<Future<Errno>> attempts = Stream.generate(() -> guest.start(() -> {
				try {
					guest.partition().createVirtualProcessor(1);
					return null;
				} catch (HypervisorException e) {
					return e.errno();
				}
			})).limit(8).toList();
			List<Errno> refusals = attempts.stream().map(Guest::join).filter(Objects::nonNull).toList();
			assertEquals(Collections.nCopies(7, Errno.EEXIST), refusals);
			assertEquals(2, guest.partition().virtualProcessors().size());
		}
	}

	@Rule(Section.PARTITION_CALLS)
	@Test
	void aCallThatIsRefusedLeavesThePartitionAsItWas() {
		try (Partition partition = create()) {
			assertRefused(Errno.EIO, () -> partition.createVirtualProcessor(0));
			assertRefused(Errno.EIO, () -> partition.assertInterrupt(InterruptRequest.fixed(0x40, 0)));
			partition.initialize();
			assertRefused(Errno.EINVAL, () -> partition.createVirtualProcessor(256));
			assertEquals(List.of(), partition.virtualProcessors());
			assertEquals(0, partition.createVirtualProcessor(0).index());
		}
	}

	@Rule(Section.PARTITION_CALLS)
	@Test
	void anIndexBeyond255IsRefused() {
		try (Partition partition = create()) {
			partition.initialize();
			assertRefused(Errno.EINVAL, () -> partition.createVirtualProcessor(256));
			assertRefused(Errno.EINVAL, () -> partition.createVirtualProcessor(-1));
		}
	}

	@Rule(Section.PARTITION_CALLS)
	@Test
	void processorsAreListedByIndex() {
		try (Partition partition = create()) {
			partition.initialize();
			for (int index : new int[] {7, 0, 255}) {
				VirtualProcessor processor = partition.createVirtualProcessor(index);
				assertEquals(index, processor.index());
				assertSame(partition, processor.partition());
			}
			assertEquals(List.of(0, 7, 255), partition.virtualProcessors().stream().map(VirtualProcessor::index).toList());
		}
	}

	@Test
	void aClosedPartitionIsNotListed() {
		Partition partition = create();
		partition.close();
		assertFalse(hypervisor.partitions().contains(partition));
	}

	@Test
	void closingTwiceHasNoEffect() {
		Partition partition = create();
		partition.initialize();
		partition.close();
		assertDoesNotThrow(partition::close);
	}

	@Test
	void afterCloseEveryCallIsRefused() {
		try (Arena arena = Arena.ofShared()) {
			MemoryRegion region = MemoryRegion.ram(0, arena.allocate(0x1000, 0x1000));
			Partition partition = create();
			partition.initialize();
			VirtualProcessor processor = partition.createVirtualProcessor(0);
			partition.close();
			List<Executable> calls = List.of(partition::initialize, () -> partition.getProperty(PartitionProperty.PRIVILEGE_FLAGS),
				() -> partition.setProperty(PartitionProperty.UNIMPLEMENTED_MSR_ACTION, 0), () -> partition.createVirtualProcessor(1),
				partition::virtualProcessors, () -> partition.mapMemory(region), () -> partition.unmapMemory(region),
				partition::memoryRegions, () -> partition.assertInterrupt(InterruptRequest.fixed(0x40, 0)),
				() -> partition.setMsiRouting(List.of()), () -> partition.installIntercept(0, 2, 1), processor::run, processor::interrupt,
				() -> processor.getRegister(Register.RAX), () -> processor.setRegisters(Map.of(Register.RAX, RegisterValue.of(0))),
				() -> processor.getState(VpState.LAPIC), () -> processor.setState(VpState.LAPIC, new byte[4096]),
				() -> processor.translate(0, 1), processor::registerPage, processor::interceptPage, processor::statistics);
			List<Integer> accepted = new ArrayList<>();
			for (int i = 0; i < calls.size(); i++) {
				if (assertThrows(HypervisorException.class, calls.get(i), "call " + i).status() != HvStatus.INVALID_PARTITION_ID) {
					accepted.add(i);
				}
			}
			assertEquals(List.of(), accepted, "refused with another status");
		}
	}

	@Test
	void closingEndsTheRunOfAProcessor() {
		try (Guest guest = Guest.inRealMode(hypervisor, GuestCode.forRealMode().loopForever())) {
			Future<Intercept> run = guest.start();
			guest.partition().close();
			try {
				assertEquals(Intercept.Interrupted.INSTANCE, Guest.join(run));
			} catch (HypervisorException e) {
				// It had not begun, or says why it ended
				assertEquals(HvStatus.INVALID_PARTITION_ID, e.status());
			}
		}
	}

	@Test
	void closingEndsTheRunOfAnIdleProcessor() {
		GuestCode code = GuestCode.forRealMode().sti().hlt();
		try (Guest guest = Guest.inRealMode(hypervisor, code)) {
			Future<Intercept> run = guest.start();
			guest.partition().close();
			try {
				assertEquals(Intercept.Interrupted.INSTANCE, Guest.join(run));
			} catch (HypervisorException e) {
				assertEquals(HvStatus.INVALID_PARTITION_ID, e.status());
			}
		}
	}

	@Test
	void partitionsComeAndGo() {
		for (int i = 0; i < 50; i++) {
			try (Guest guest = Guest.inRealMode(hypervisor, GuestCode.forRealMode().movAl(i).out(1))) {
				assertEquals(i, guest.run(Intercept.IoPort.class).rax() & 0xFF);
			}
		}
	}

	@Test
	void partitionsDoNotSeeEachOther() {
		GuestCode code = GuestCode.forLongMode().movRdi(0x9000).movEax(1).storeEax().out(1).loadEax().out(4);
		try (Guest first = Guest.inLongMode(hypervisor, code); Guest second = Guest.inLongMode(hypervisor, code)) {
			first.runToPort();
			second.ram().set(JAVA_INT, 0x9000, 2);
			assertEquals(1, first.runToPort().rax());
			assertEquals(0, second.processor().statistics().intercepts());
		}
	}
}
