package mshv.core.common;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.abi.CallCode;
import mshv.api.abi.CreateVpInput;
import mshv.api.abi.MapGpaPagesInput;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.VpRegistersInput;
import mshv.api.abi.VpStateInput;
import mshv.api.driver.HypercallClient.BatchInput;
import mshv.api.driver.RepException;
import mshv.api.hypercall.HypercallInterface;

class PooledHypercallClientTest {
	private static final long PARTITION = 7;
	private static final Consumer<MemorySegment> CREATE_VP = new CreateVpInput(PARTITION, 0, 0, 0, 0, 0)::encode;
	private static final BatchInput MAP = (page, first, count) -> {
		new MapGpaPagesInput(PARTITION, 100 + first, 1).encode(page);
		for (int i = 0; i < count; i++) {
			page.set(JAVA_LONG_UNALIGNED, MapGpaPagesInput.SIZE + 8L * i, 5000 + first + i);
		}
	};

	private final FakeHypervisor hypervisor = new FakeHypervisor();
	private MemoryLimits limits = MemoryLimits.UNLIMITED;
	private final PooledHypercallClient client = new PooledHypercallClient("fake", hypervisor, () -> limits);

	@AfterEach
	void close() {
		client.close();
	}

	@Test
	void aCallGetsItsOutput() {
		assertEquals(7009, property(9));
	}

	@Test
	void whatAnEarlierCallLeftInTheInputPageIsGone() {
		client.call(CallCode.SET_VP_STATE, 200, new VpStateInput(PARTITION, 0, 0, 4, 0, 0)::encode, null);
		assertEquals(7001, property(1));
	}

	@Test
	void theVariableHeaderIsCountedInUnitsOfEightBytes() {
		HypervisorException refused = assertThrows(HypervisorException.class,
			() -> client.call(CallCode.SET_VP_STATE, 192, new VpStateInput(PARTITION, 0, 0, 4, 0, 0)::encode, null));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, refused.status());
	}

	@Test
	void aRefusalNamesTheCallAndTheStatus() {
		HypervisorException refused = assertThrows(HypervisorException.class, () -> client.call(CallCode.TRANSLATE_VIRTUAL_ADDRESS, 0,
			_ -> {}, null));
		assertEquals(HvStatus.INVALID_HYPERCALL_CODE, refused.status());
		assertTrue(refused.getMessage().contains("HVCALL_TRANSLATE_VIRTUAL_ADDRESS"), refused.getMessage());
	}

	@Test
	void aMachineWithoutHypercallsIsNotSupported() {
		hypervisor.always = -1;
		assertEquals(Errno.EOPNOTSUPP, assertThrows(HypervisorException.class, () -> property(1)).errno());
	}

	@Test
	void aCallMayBeMadeWhileTheInputOfAnotherIsWritten() {
		long[] inner = new long[1];
		client.call(CallCode.GET_PARTITION_PROPERTY, 0, page -> {
			inner[0] = property(2);
			new PartitionPropertyInput(PARTITION, 3).encode(page);
		}, page -> assertEquals(7003, page.get(JAVA_LONG_UNALIGNED, 0)));
		assertEquals(7002, inner[0]);
	}

	@Test
	void aFastCallPassesBothRegisters() {
		assertEquals(HvStatus.SUCCESS, client.fast(CallCode.DELETE_VP, 7, 3));
		assertEquals(HvStatus.INVALID_PARAMETER, client.fast(CallCode.DELETE_VP, 3, 7));
	}

	@Test
	void shortageIsMetByDepositing() {
		hypervisor.processorPages = 300;
		client.callWithDeposit(PARTITION, CallCode.CREATE_VP, CREATE_VP, null);
		assertEquals(512, hypervisor.pool(PARTITION).size());
	}

	@Test
	void withoutDepositShortageIsARefusal() {
		hypervisor.processorPages = 1;
		HypervisorException refused = assertThrows(HypervisorException.class, () -> client.call(CallCode.CREATE_VP, 0, CREATE_VP, null));
		assertEquals(Errno.ENOMEM, refused.errno());
	}

	@Test
	void aHypervisorThatNeverHasEnoughIsGivenUp() {
		hypervisor.processorPages = Integer.MAX_VALUE;
		HypervisorException refused = assertThrows(HypervisorException.class,
			() -> client.callWithDeposit(PARTITION, CallCode.CREATE_VP, CREATE_VP, null));
		assertEquals(HvStatus.INSUFFICIENT_MEMORY, refused.status());
		client.withdrawAll(PARTITION);
		assertEquals(0, client.depositedPages());
	}

	@Test
	void aPartitionAtItsLimitIsRefusedWithItsShortage() {
		hypervisor.processorPages = 300;
		limits = new MemoryLimits(299, MemoryLimits.NONE);
		HypervisorException refused = assertThrows(HypervisorException.class,
			() -> client.callWithDeposit(PARTITION, CallCode.CREATE_VP, CREATE_VP, null));
		assertEquals(HvStatus.INSUFFICIENT_MEMORY, refused.status());
		assertEquals(Errno.ENOMEM, refused.errno());
		assertTrue(refused.getCause().getMessage().contains("limits"), refused.getCause().getMessage());
		assertEquals(299, hypervisor.pool(PARTITION).size(), "it gets what it may have");
		limits = new MemoryLimits(300, MemoryLimits.NONE);
		client.callWithDeposit(PARTITION, CallCode.CREATE_VP, CREATE_VP, null);
	}

	@Test
	void aRepetitionCallAtTheLimitSaysHowFarItCame() {
		hypervisor.mappedPerPoolPage = 1;
		limits = new MemoryLimits(MemoryLimits.NONE, 5);
		RepException partial = assertThrows(RepException.class,
			() -> client.repeat(CallCode.MAP_GPA_PAGES, 10, 509, PARTITION, MAP, null));
		assertEquals(5, partial.completed());
		assertEquals(HvStatus.INSUFFICIENT_MEMORY, partial.status());
	}

	@Test
	void aCallThatIsHandedThroughGoesOnAfterAShortage() {
		hypervisor.mappedPerPoolPage = 1;
		hypervisor.latency = 3;
		byte[] input = new byte[24 + 8 * 10];
		MemorySegment.ofArray(input).set(JAVA_LONG_UNALIGNED, 0, -5);
		MemorySegment.ofArray(input).set(JAVA_LONG_UNALIGNED, 8, 100);
		PassThroughResult result = client.passThrough(PARTITION, new PassThroughCall(CallCode.MAP_GPA_PAGES, 10, input, 0));
		assertTrue(result.success());
		assertEquals(10, result.reps());
		assertEquals(10, hypervisor.mapped.size());
		assertEquals(0, result.output().length);
	}

	@Test
	void aCallThatIsHandedThroughSaysWhatItDidBeforeItWasRefused() {
		hypervisor.refusedPage = 104;
		byte[] input = new byte[24 + 8 * 10];
		MemorySegment.ofArray(input).set(JAVA_LONG_UNALIGNED, 8, 100);
		PassThroughResult result = client.passThrough(PARTITION, new PassThroughCall(CallCode.MAP_GPA_PAGES, 10, input, 8));
		assertEquals(HvStatus.ACCESS_DENIED.code(), result.status());
		assertEquals(4, result.reps());
		assertEquals(0, result.output().length, "no output of a call that failed");
		hypervisor.refusedPage = -1;
		hypervisor.mappedPerPoolPage = 1;
		limits = new MemoryLimits(0, MemoryLimits.NONE);
		result = client.passThrough(PARTITION, new PassThroughCall(CallCode.MAP_GPA_PAGES, 10, input, 0));
		assertEquals(HvStatus.INSUFFICIENT_MEMORY.code(), result.status(), "the shortage is the answer");
	}

	@Test
	void outputThatIsHandedThroughHoldsNothingOfEarlierCalls() {
		client.repeat(CallCode.GET_VP_REGISTERS, 10, 256, 0, (page, _, count) -> {
			for (int i = 0; i < count; i++) {
				page.set(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE + 4L * i, 0x7777);
			}
		}, (_, _, _) -> {});
		byte[] input = new byte[16];
		input[8] = 9;
		PassThroughResult result = client.passThrough(PARTITION, PassThroughCall.simple(CallCode.GET_PARTITION_PROPERTY, input, 24));
		assertEquals(7009, MemorySegment.ofArray(result.output()).get(JAVA_LONG_UNALIGNED, 0));
		assertEquals(0, MemorySegment.ofArray(result.output()).get(JAVA_LONG_UNALIGNED, 16));
	}

	@Test
	void moreRepetitionsThanTheControlWordHoldsAreRefused() {
		PassThroughResult result = client.passThrough(PARTITION, new PassThroughCall(CallCode.GET_VP_REGISTERS, 4096, new byte[16], 16));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT.code(), result.status());
	}

	@Test
	void rootMemoryIsDepositedToTheRoot() {
		HypercallInterface rootShort = new HypercallInterface() {
			@Override
			public long hypercall(long control, long input, long output) {
				boolean create = (control & 0xFFFF) == CallCode.CREATE_VP;
				return create && hypervisor.pool(PooledHypercallClient.SELF).isEmpty() ? HvStatus.INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY.code()
					: hypervisor.hypercall(control, input, output);
			}

			@Override
			public long readMsr(int index) {
				return hypervisor.readMsr(index);
			}

			@Override
			public void writeMsr(int index, long value) {
				hypervisor.writeMsr(index, value);
			}

			@Override
			public void setInterruptHandler(InterruptHandler handler) {
				hypervisor.setInterruptHandler(handler);
			}
		};
		try (PooledHypercallClient other = new PooledHypercallClient("fake", rootShort, () -> limits)) {
			other.callWithDeposit(PARTITION, CallCode.CREATE_VP, CREATE_VP, null);
			List<Long> pages = List.copyOf(hypervisor.pool(PooledHypercallClient.SELF));
			assertEquals(8, pages.size());
			assertEquals(pages.getFirst() + 7, pages.getLast());
			other.withdrawAll(PooledHypercallClient.SELF);
		}
	}

	@Test
	void repetitionsAreSplitIntoBatches() {
		client.repeat(CallCode.MAP_GPA_PAGES, 1200, 509, 0, MAP, null);
		assertEquals(List.of(509, 509, 182), hypervisor.mapCalls);
		assertMapped(1200);
	}

	@Test
	void aCallThatReturnsEarlyGoesOnWhereItStopped() {
		hypervisor.latency = 100;
		client.repeat(CallCode.MAP_GPA_PAGES, 250, 509, 0, MAP, null);
		assertEquals(List.of(250, 150, 50), hypervisor.mapCalls);
		assertMapped(250);
	}

	@Test
	void shortageInTheMiddleKeepsWhatIsDone() {
		hypervisor.mappedPerPoolPage = 1;
		client.repeat(CallCode.MAP_GPA_PAGES, 600, 509, PARTITION, MAP, null);
		assertEquals(List.of(509, 509, 253, 91, 88), hypervisor.mapCalls);
		assertMapped(600);
	}

	@Test
	void aRefusedRepetitionSaysHowManyAreDone() {
		hypervisor.refusedPage = 100 + 555;
		RepException refused = assertThrows(RepException.class, () -> client.repeat(CallCode.MAP_GPA_PAGES, 1200, 509, 0, MAP, null));
		assertEquals(555, refused.completed());
		assertEquals(HvStatus.ACCESS_DENIED, refused.status());
		assertMapped(555);
	}

	@Test
	void aHypervisorThatMakesNoProgressIsGivenUp() {
		hypervisor.latency = 0;
		RepException refused = assertThrows(RepException.class, () -> client.repeat(CallCode.MAP_GPA_PAGES, 5, 509, 0, MAP, null));
		assertEquals(HvStatus.OPERATION_FAILED, refused.status());
	}

	@Test
	void theOutputOfEachBatchIsRead() {
		long[] values = new long[300];
		client.repeat(CallCode.GET_VP_REGISTERS, 300, 256, 0, (page, first, count) -> {
			for (int i = 0; i < count; i++) {
				page.set(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE + 4L * i, first + i);
			}
		}, (page, first, count) -> {
			for (int i = 0; i < count; i++) {
				values[first + i] = page.get(JAVA_LONG_UNALIGNED, 16L * i);
			}
		});
		assertEquals(0, values[0]);
		assertEquals(510, values[255]);
		assertEquals(598, values[299]);
	}

	@Test
	void aBatchOfMoreThanTheCountFieldHoldsIsRefused() {
		assertThrows(IllegalArgumentException.class, () -> client.repeat(CallCode.MAP_GPA_PAGES, 5000, 4096, 0, MAP, null));
	}

	@Test
	void theBatchLimitsAreThoseOfThePages() {
		assertEquals(511, PooledHypercallClient.DEPOSIT_BATCH);
		assertEquals(512, PooledHypercallClient.WITHDRAW_BATCH);
	}

	@Test
	void whatWasDepositedComesBackAndIsFreed() {
		client.deposit(PARTITION, 1500);
		client.deposit(8, 10);
		assertEquals(1500, hypervisor.pool(PARTITION).size());
		assertEquals(1500, client.withdrawAll(PARTITION));
		assertEquals(10, client.depositedPages());
		assertEquals(10, client.withdrawAll(8));
		assertEquals(0, client.depositedPages());
	}

	@Test
	void aPoolThatIsAMultipleOfTheBatchIsEmptiedToo() {
		client.deposit(PARTITION, 1024);
		assertEquals(1024, client.withdrawAll(PARTITION));
		assertEquals(0, client.withdrawAll(PARTITION));
	}

	@Test
	void pagesThatAreRefusedAreNotDeposited() {
		hypervisor.poolLimit = 30;
		HypervisorException refused = assertThrows(HypervisorException.class, () -> client.deposit(PARTITION, 100));
		assertEquals(HvStatus.INVALID_PARAMETER, refused.status());
		assertEquals(30, client.depositedPages());
		assertEquals(30, client.withdrawAll(PARTITION));
	}

	@Test
	void aPageThatWasNeverDepositedIsNotFreed() {
		hypervisor.pool(PARTITION).add(0x123L);
		assertThrows(IllegalStateException.class, () -> client.withdrawAll(PARTITION));
	}

	@Test
	void closingTakesBackWhatIsStillDeposited() {
		client.deposit(PARTITION, 10);
		client.deposit(PooledHypercallClient.SELF, 5);
		client.close();
		assertEquals(0, client.depositedPages());
		assertTrue(hypervisor.pool(PARTITION).isEmpty());
	}

	@Test
	void afterItIsClosedTheClientMakesNoCalls() {
		property(1);
		client.close();
		assertThrows(IllegalStateException.class, () -> property(1));
	}

	@Test
	void closingDuringACallWaitsWithItsPages() {
		client.call(CallCode.GET_PARTITION_PROPERTY, 0, page -> {
			client.close();
			new PartitionPropertyInput(PARTITION, 4).encode(page);
		}, page -> assertEquals(7004, page.get(JAVA_LONG_UNALIGNED, 0)));
	}

	private long property(int code) {
		long[] value = new long[1];
		client.call(CallCode.GET_PARTITION_PROPERTY, 0, new PartitionPropertyInput(PARTITION, code)::encode,
			page -> value[0] = page.get(JAVA_LONG_UNALIGNED, 0));
		return value[0];
	}

	private void assertMapped(int count) {
		assertEquals(count, hypervisor.mapped.size());
		for (long i = 0; i < count; i++) {
			assertEquals(5000 + i, hypervisor.mapped.get(100 + i));
		}
	}
}
