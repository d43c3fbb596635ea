package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MessageHeader;
import mshv.api.abi.MessageType;

/** The hypervisor schedules the processor; here the test is the hypervisor. */
@Timeout(60)
class ScheduledRunnerTest {
	private final FakeHypervisor hypervisor = new FakeHypervisor();
	private final FakeSynic synic = new FakeSynic();
	private Partition partition;
	private VirtualProcessor processor;
	private FakeHypervisor.Vp vp;

	@BeforeEach
	void create() {
		hypervisor.scheduler = 1;
		RootHypervisor root = new RootHypervisor(hypervisor, new FakeClient(hypervisor), synic);
		partition = root.createPartition(PartitionConfig.standard());
		partition.initialize();
		processor = partition.createVirtualProcessor(0);
		vp = hypervisor.partitions.get(partition.id()).vps.get(0);
	}

	private void awaitReleased() {
		while (vp.suspended(Register.EXPLICIT_SUSPEND) || vp.suspended(Register.INTERCEPT_SUSPEND)) {
			Thread.onSpinWait();
		}
	}

	private void intercept(int port) {
		Intercept.Header header = new Intercept.Header(0, 1, 0, 1, 0, RegisterValue.of(0), 0, 2);
		InterceptMessage.encode(new Intercept.IoPort(header, port, 1, 0, null),
			partition.id(), vp.intercept);
		vp.registers.put(Register.INTERCEPT_SUSPEND.code(), new long[] {1, 0});
	}

	private void announce(long sender, int index) {
		assertTrue(synic.post(message -> {
			new MessageHeader(MessageType.OPAQUE_INTERCEPT, 4, 0, sender).encode(message);
			message.set(JAVA_INT, MessageHeader.SIZE, index);
		}));
	}

	@Test
	void aRunWaitsForTheMessage() throws Exception {
		CompletableFuture<Intercept> run = CompletableFuture.supplyAsync(processor::run);
		awaitReleased();
		announce(partition.id(), 1);
		announce(partition.id(), 300);
		assertFalse(run.isDone(), "messages of others");
		intercept(5);
		announce(partition.id(), 0);
		assertEquals(5, assertInstanceOf(Intercept.IoPort.class, run.get(10, TimeUnit.SECONDS)).port());
		assertEquals(0, vp.dispatchFlags.size(), "nobody dispatched it");
		assertEquals(1, processor.statistics().intercepts());
	}

	@Test
	void anInterruptSuspendsTheProcessor() throws Exception {
		CompletableFuture<Intercept> run = CompletableFuture.supplyAsync(processor::run);
		awaitReleased();
		processor.interrupt();
		assertInstanceOf(Intercept.Interrupted.class, run.get(10, TimeUnit.SECONDS));
		assertTrue(vp.suspended(Register.EXPLICIT_SUSPEND));
	}

	@Test
	void aMessageInFlightIsDeliveredAndTheInterruptKept() throws Exception {
		CompletableFuture<Intercept> run = CompletableFuture.supplyAsync(processor::run);
		awaitReleased();
		intercept(6);
		processor.interrupt();
		while (!vp.suspended(Register.EXPLICIT_SUSPEND)) {
			Thread.onSpinWait();
		}
		assertFalse(run.isDone());
		announce(partition.id(), 0);
		assertEquals(6, assertInstanceOf(Intercept.IoPort.class, run.get(10, TimeUnit.SECONDS)).port());
		assertInstanceOf(Intercept.Interrupted.class, processor.run(), "not lost");
	}

	@Test
	void closingEndsARun() throws Exception {
		CompletableFuture<Intercept> run = CompletableFuture.supplyAsync(processor::run);
		awaitReleased();
		partition.close();
		assertInstanceOf(Intercept.Interrupted.class, run.get(10, TimeUnit.SECONDS));
	}
}
