package mshv.core.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.annotation.Annotation;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.InvalidSyntaxException;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.InterruptRequest;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;

class DeviceTest {
	private final FakeBackend emu = new FakeBackend("emu", 1, 0);
	private final FakeBackend mshv = new FakeBackend("mshv", 2, 10);
	private Device device;

	@BeforeEach
	void activate() throws InvalidSyntaxException {
		device = new Device(config("(mshv.backend=*)"));
	}

	@Test
	void itsNameIsThatOfNoBackend() {
		assertEquals("auto", device.backend());
	}

	@Test
	void withoutABackendItSaysSo() {
		refused(Errno.ENODEV, () -> device.createPartition(PartitionConfig.standard()));
		refused(Errno.ENODEV, () -> device.getProperty(1));
	}

	@Test
	void theHighestRankedBackendIsTaken() {
		add(emu);
		assertEquals(0, device.getProperty(1));
		add(mshv);
		assertEquals(10, device.getProperty(1));
		remove(mshv);
		assertEquals(0, device.getProperty(1));
	}

	@Test
	void theFilterComesBeforeTheRanking() throws InvalidSyntaxException {
		add(emu);
		add(mshv);
		device.modified(config("(mshv.backend=emu)"));
		assertEquals(0, device.getProperty(1));
		device.modified(config("(mshv.backend=kvm)"));
		refused(Errno.ENODEV, () -> device.getProperty(1));
	}

	@Test
	void aFilterThatIsNoneLeavesTheOldOne() throws InvalidSyntaxException {
		add(emu);
		assertThrows(InvalidSyntaxException.class, () -> device.modified(config("emu")));
		assertEquals(0, device.getProperty(1));
	}

	@Test
	void handlesPassCallsOnAndComeFromTheDevice() {
		add(emu);
		Partition partition = device.createPartition(PartitionConfig.standard());
		VirtualProcessor processor = partition.createVirtualProcessor(0);
		partition.assertInterrupt(InterruptRequest.fixed(1, 0));
		processor.interrupt();
		assertEquals(List.of("createVirtualProcessor", "assertInterrupt", "interrupt"), emu.calls);
		assertEquals(42, partition.getProperty(1));
		assertEquals(10, partition.id());
		assertSame(device, partition.hypervisor());
		assertSame(partition, processor.partition());
		assertSame(processor, partition.virtualProcessors().getFirst());
		assertEquals(List.of(partition), device.partitions());
	}

	@Test
	void aBetterBackendDoesNotTouchPartitionsThatExist() {
		add(emu);
		Partition partition = device.createPartition(PartitionConfig.standard());
		add(mshv);
		partition.initialize();
		assertEquals(List.of("initialize"), emu.calls);
		assertEquals(20, device.createPartition(PartitionConfig.standard()).id());
	}

	@Test
	void aBackendThatGoesTakesItsPartitionsAndSaysSo() {
		add(emu);
		add(mshv);
		Partition lost = device.createPartition(PartitionConfig.standard());
		VirtualProcessor processor = lost.createVirtualProcessor(0);
		remove(mshv);
		Partition kept = device.createPartition(PartitionConfig.standard());
		assertEquals(List.of(kept), device.partitions());
		assertEquals(List.of("createVirtualProcessor", "close"), mshv.calls);
		for (Runnable call : List.<Runnable>of(lost::initialize, lost::virtualProcessors, () -> lost.getProperty(1), processor::run,
			processor::interrupt, () -> processor.getRegister(Register.RAX), () -> processor.getState(VpState.LAPIC))) {
			HypervisorException gone = refused(Errno.ENODEV, call);
			assertTrue(gone.getMessage().contains("mshv is gone"), gone.getMessage());
		}
		kept.initialize();
		lost.close();
	}

	@Test
	void whoeverRunsAProcessorComesBackWhenTheBackendGoes() throws InterruptedException {
		add(emu);
		VirtualProcessor processor = device.createPartition(PartitionConfig.standard()).createVirtualProcessor(0);
		AtomicReference<Intercept> result = new AtomicReference<>();
		Thread runner = Thread.ofPlatform().start(() -> result.set(processor.run()));
		emu.running.await();
		remove(emu);
		runner.join();
		assertSame(Intercept.Interrupted.INSTANCE, result.get());
	}

	@Test
	void aBackendThatReturnsServesNewPartitions() {
		add(emu);
		Partition lost = device.createPartition(PartitionConfig.standard());
		remove(emu);
		add(emu);
		refused(Errno.ENODEV, lost::initialize);
		device.createPartition(PartitionConfig.standard()).initialize();
	}

	@Test
	void aClosedPartitionIsNoLongerListed() {
		add(emu);
		Partition partition = device.createPartition(PartitionConfig.standard());
		partition.close();
		partition.close();
		assertEquals(List.of(), device.partitions());
		assertEquals(Errno.EINVAL, refused(Errno.EINVAL, partition::initialize).errno());
	}

	@Test
	void theDeviceClosesItsPartitionsWhenItGoes() {
		add(emu);
		Partition partition = device.createPartition(PartitionConfig.standard());
		device.deactivate();
		assertEquals(List.of("close"), emu.calls);
		refused(Errno.ENODEV, partition::initialize);
	}

	private void add(FakeBackend backend) {
		device.addBackend(backend.reference(), backend);
	}

	private void remove(FakeBackend backend) {
		device.removeBackend(backend.reference());
	}

	private static HypervisorException refused(Errno errno, Runnable call) {
		HypervisorException refused = assertThrows(HypervisorException.class, call::run);
		assertEquals(errno, refused.errno());
		return refused;
	}

	private static DeviceConfig config(String filter) {
		return new DeviceConfig() {
			@Override
			public String backend_filter() {
				return filter;
			}

			@Override
			public int service_ranking() {
				return 1000;
			}

			@Override
			public Class<? extends Annotation> annotationType() {
				return DeviceConfig.class;
			}
		};
	}
}
