package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.abi.CallCode;
import mshv.api.abi.MessageType;
import mshv.api.abi.PartitionProperty;

@Timeout(60)
class PassThroughTest {
	private static final PassThroughCall SET = PassThroughCall.simple(CallCode.SET_PARTITION_PROPERTY, new byte[24], 0);

	private final FakeHypervisor hypervisor = new FakeHypervisor();
	private final FakeSynic synic = new FakeSynic();
	private final RootHypervisor root = new RootHypervisor(hypervisor, new FakeClient(hypervisor), synic);
	private final Partition partition = root.createPartition(PartitionConfig.standard());

	private void complete(HvStatus status) {
		synic.post(message -> {
			message.set(JAVA_INT, 0, MessageType.ASYNC_CALL_COMPLETION);
			message.set(JAVA_LONG, 16, partition.id());
			message.set(JAVA_INT, 24, status.code());
		});
	}

	@Test
	void theHandleSaysWhichPartitionIsMeant() {
		PassThroughCall vendor = PassThroughCall.simple(CallCode.GET_PARTITION_PROPERTY, new byte[] {9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 6, 0, 0,
			0, 0, 0}, 8);
		assertEquals(PartitionProperty.PROCESSOR_VENDOR, 0x60000);
		assertEquals((byte) partition.id(), partition.passThrough(vendor).output()[0]);
		assertEquals(-1, root.passThrough(vendor).output()[7], "SELF");
	}

	@Test
	void anInputThatEndsBeforeTheProcessorsIndexMeansProcessor0() {
		partition.initialize();
		partition.createVirtualProcessor(0);
		PassThroughResult result = partition.passThrough(new PassThroughCall(CallCode.SET_VP_REGISTERS, 1, new byte[8], 0));
		assertTrue(result.success());
		assertEquals(1, result.reps());
	}

	@Test
	void aPendingCallIsWaitedFor() throws Exception {
		hypervisor.pending = new CompletableFuture<>();
		CompletableFuture<PassThroughResult> call = CompletableFuture.supplyAsync(() -> partition.passThrough(SET));
		hypervisor.pending.get(10, TimeUnit.SECONDS);
		complete(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE);
		assertEquals(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE.code(), call.get(10, TimeUnit.SECONDS).status());
	}

	@Test
	void aCompletionThatNobodyWaitsForDoesNoHarm() throws Exception {
		complete(HvStatus.OPERATION_FAILED);
		assertTrue(partition.passThrough(SET).success());
		hypervisor.pending = new CompletableFuture<>();
		CompletableFuture<PassThroughResult> call = CompletableFuture.supplyAsync(() -> partition.passThrough(SET));
		hypervisor.pending.get(10, TimeUnit.SECONDS);
		complete(HvStatus.SUCCESS);
		assertTrue(call.get(10, TimeUnit.SECONDS).success());
	}

	@Test
	void oneAsynchronousCallIsUnderWayAtATime() throws Exception {
		hypervisor.pending = new CompletableFuture<>();
		CompletableFuture<PassThroughResult> first = CompletableFuture.supplyAsync(() -> partition.passThrough(SET));
		hypervisor.pending.get(10, TimeUnit.SECONDS);
		CompletableFuture<Void> second = CompletableFuture.runAsync(() -> partition.setProperty(PartitionProperty.TIME_FREEZE, 1));
		assertThrows(TimeoutException.class, () -> second.get(50, TimeUnit.MILLISECONDS));
		hypervisor.pending = null;
		complete(HvStatus.SUCCESS);
		assertTrue(first.get(10, TimeUnit.SECONDS).success());
		second.get(10, TimeUnit.SECONDS);
	}

	@Test
	void closingThePartitionEndsTheWait() throws Exception {
		hypervisor.pending = new CompletableFuture<>();
		CompletableFuture<PassThroughResult> call = CompletableFuture.supplyAsync(() -> partition.passThrough(SET));
		hypervisor.pending.get(10, TimeUnit.SECONDS);
		partition.close();
		assertEquals(HvStatus.INVALID_PARTITION_ID.code(), call.get(10, TimeUnit.SECONDS).status());
	}

	@Test
	void aCallThatMustNotBePendingIsInABadState() {
		hypervisor.pendingCall = CallCode.INSTALL_INTERCEPT;
		HypervisorException refused = assertThrows(HypervisorException.class,
			() -> partition.passThrough(PassThroughCall.simple(CallCode.INSTALL_INTERCEPT, new byte[24], 0)));
		assertEquals(Errno.EBADFD, refused.errno());
	}
}
