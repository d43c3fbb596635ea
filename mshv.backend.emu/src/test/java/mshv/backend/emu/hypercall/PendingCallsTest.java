package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.ConnectPortInput;
import mshv.api.abi.ConnectionInfo;
import mshv.api.abi.CreatePortInput;
import mshv.api.abi.DoorbellFlags;
import mshv.api.abi.MessageType;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PortInfo;
import mshv.api.abi.PortType;
import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.Root;

/** Calls that answer CALL_PENDING, and the messages of their ends. */
@Timeout(60)
class PendingCallsTest {
	private static final long SELF = -1;
	private static final int VECTOR = 0xF3, DOORBELL_VECTOR = 0x44;
	private static final long COUNTER = 0x5000;

	private final Root root = new Root();
	private final long partition = root.partition(Root.STANDARD);
	private final MemorySegment messages = root.arena.allocate(4096, 4096);
	/** Partition, status and number of calls. */
	private final LinkedBlockingQueue<List<Long>> completions = new LinkedBlockingQueue<>();
	private final CountDownLatch rung = new CountDownLatch(1);
	private final CountDownLatch goOn = new CountDownLatch(1);
	private MemorySegment memory;

	@BeforeEach
	void bringUp() {
		root.hypervisor.setInterruptHandler(this::interrupt);
		root.hypervisor.writeMsr(SyntheticMsr.SIMP, messages.address() | 1);
	}

	@AfterEach
	void close() {
		goOn.countDown();
		root.close();
	}

	private void interrupt(int vector) {
		if (vector == DOORBELL_VECTOR) {
			rung.countDown();
			try {
				goOn.await();
			} catch (InterruptedException e) {
				throw new AssertionError(e);
			}
			return;
		}
		if (messages.get(JAVA_INT, 0) == MessageType.ASYNC_CALL_COMPLETION) {
			completions.add(List.of(messages.get(JAVA_LONG, 16), (long) messages.get(JAVA_INT, 24), (long) messages.get(JAVA_INT, 28)));
		}
		boolean pending = (messages.get(JAVA_BYTE, 5) & 1) != 0;
		messages.set(JAVA_INT, 0, MessageType.NONE);
		if (pending) {
			root.hypervisor.writeMsr(SyntheticMsr.EOM, 0);
		}
	}

	/** Runs a processor on another thread. */
	private CompletableFuture<Integer> start(String hex) {
		memory = root.map(partition, 0, 32);
		root.createVp(partition, 0);
		root.flat64(partition, 0, memory, 0x1000);
		byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
		MemorySegment.copy(code, 0, memory, JAVA_BYTE, 0x1000, code.length);
		return CompletableFuture.supplyAsync(() -> root.dispatch(partition, 0));
	}

	private void awaitCount() {
		while (memory.get(JAVA_INT, COUNTER) == 0) {
			Thread.onSpinWait();
		}
	}

	@Test
	void whatWaitsForAProcessorIsCompletedByAMessage() throws Exception {
		// INC DWORD [0x5000]; JMP
		CompletableFuture<Integer> run = start("FF042500500000 EBF7");
		awaitCount();
		assertEquals(HvStatus.CALL_PENDING, root.setProperty(partition, PartitionProperty.TIME_FREEZE, 1));
		assertEquals(List.of(partition, 0L, 1L), completions.poll(10, TimeUnit.SECONDS));
		assertEquals(Root.BLOCKED, run.get(10, TimeUnit.SECONDS));
		assertEquals(1, root.property(partition, PartitionProperty.TIME_FREEZE));
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.SUSPEND, 1), "nothing to wait for");
	}

	@Test
	void theStatusComesWithTheMessage() throws Exception {
		start("FF042500500000 EBF7");
		awaitCount();
		assertEquals(HvStatus.CALL_PENDING, root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 2));
		assertEquals(List.of(partition, (long) HvStatus.PROPERTY_VALUE_OUT_OF_RANGE.code(), 1L), completions.poll(10, TimeUnit.SECONDS));
	}

	@Test
	void onlyOneIsUnderWayForAPartition() throws Exception {
		root.hypervisor.writeMsr(SyntheticMsr.SINT0 + 5, DOORBELL_VECTOR | SyntheticMsr.SINT_AUTO_EOI);
		root.hypervisor.writeMsr(SyntheticMsr.SIRBP, root.hypervisor.readMsr(SyntheticMsr.SIRBP) | SyntheticMsr.ENABLE);
		root.simple(CallCode.CREATE_PORT,
			new CreatePortInput(SELF, 1, 0, 0, partition, new PortInfo(PortType.DOORBELL, 5, PortInfo.ANY_VP, 0, 0), 0)::encode);
		ConnectionInfo doorbell = new ConnectionInfo(PortType.DOORBELL, 0x10000000, 0, DoorbellFlags.size(4) | DoorbellFlags.ANY_VALUE);
		assertEquals(HvStatus.SUCCESS,
			root.simple(CallCode.CONNECT_PORT, new ConnectPortInput(partition, 1, 0, SELF, 1, doorbell, 0)::encode));
		// MOV EDI, doorbell; MOV [RDI], ECX; JMP to itself: the processor is in the middle of the second
		start("BF00000010 890F EBFE");
		rung.await();
		assertEquals(HvStatus.CALL_PENDING, root.setProperty(partition, PartitionProperty.TIME_FREEZE, 1));
		assertEquals(HvStatus.OBJECT_IN_USE, root.setProperty(partition, PartitionProperty.SUSPEND, 1));
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.UNIMPLEMENTED_MSR_ACTION, 1), "needs no waiting");
		goOn.countDown();
		assertEquals(List.of(partition, 0L, 1L), completions.poll(10, TimeUnit.SECONDS));
	}
}
