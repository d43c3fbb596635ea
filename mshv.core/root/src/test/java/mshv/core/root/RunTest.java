package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.MsiRoute;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.abi.CallCode;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MessageType;
import mshv.api.abi.VpSignalPairMessage;
import mshv.api.driver.EventBindings;
import mshv.api.event.Event;

@Timeout(60)
class RunTest {
	private final FakeHypervisor hypervisor = new FakeHypervisor();
	private final FakeSynic synic = new FakeSynic();
	private final RootHypervisor root = new RootHypervisor(hypervisor, new FakeClient(hypervisor), synic);
	private Partition partition;
	private VirtualProcessor processor;
	private FakeHypervisor.Vp vp;

	@BeforeEach
	void create() {
		partition = root.createPartition(PartitionConfig.standard());
		partition.initialize();
		processor = partition.createVirtualProcessor(0);
		vp = hypervisor.partitions.get(partition.id()).vps.get(0);
	}

	@Test
	void aNewProcessorIsReleasedByItsFirstRun() {
		vp.guest = _ -> out(1);
		assertEquals(1, assertInstanceOf(Intercept.IoPort.class, processor.run()).port());
		assertEquals(List.of(0, 0), vp.dispatchFlags);
	}

	@Test
	void theNextRunReleasesTheIntercept() {
		AtomicInteger port = new AtomicInteger();
		vp.guest = _ -> out(port.incrementAndGet());
		for (int i = 1; i <= 3; i++) {
			assertEquals(i, assertInstanceOf(Intercept.IoPort.class, processor.run()).port());
		}
		assertEquals(List.of(0, 0, 1, 1), vp.dispatchFlags);
	}

	@Test
	void theEndOfAnInterruptThatIsResampledEndsNoRun() {
		resampling(0x31);
		AtomicInteger executed = new AtomicInteger();
		vp.guest = _ -> executed.getAndIncrement() < 3 ? new Intercept.ApicEoi(0, 0x31) : out(1);
		assertInstanceOf(Intercept.IoPort.class, processor.run());
		assertEquals(4, executed.get());
		assertEquals(List.of(0, 0, 1, 1, 1), vp.dispatchFlags);
	}

	@Test
	void theEndOfAnotherInterruptEndsTheRun() {
		resampling(0x31);
		vp.guest = _ -> new Intercept.ApicEoi(0, 0x32);
		assertEquals(new Intercept.ApicEoi(0, 0x32), processor.run());
	}

	@Test
	void anEndThatIsAnnouncedByAMessageIsToldToWhoeverResamples() {
		resampling(0x31);
		assertTrue(synic.post(slot -> InterceptMessage.encode(new Intercept.ApicEoi(0, 0x31), partition.id(), slot)));
		assertFalse(synic.post(slot -> InterceptMessage.encode(new Intercept.ApicEoi(0, 0x32), partition.id(), slot)));
		assertFalse(synic.post(slot -> InterceptMessage.encode(new Intercept.ApicEoi(0, 0x31), 4711, slot)));
	}

	/** Event bindings that resample one vector. */
	private void resampling(int resampled) {
		root.useEventBindings((_, _) -> new EventBindings() {
			@Override
			public void setMsiRouting(List<MsiRoute> routes) {
				throw new UnsupportedOperationException();
			}

			@Override
			public void assignIrqfd(Event event, Event resample, int gsi) {
				throw new UnsupportedOperationException();
			}

			@Override
			public void deassignIrqfd(Event event, int gsi) {
				throw new UnsupportedOperationException();
			}

			@Override
			public boolean interruptEnded(int vector) {
				return vector == resampled;
			}

			@Override
			public void assignIoeventfd(DoorbellRequest request) {
				throw new UnsupportedOperationException();
			}

			@Override
			public void deassignIoeventfd(DoorbellRequest request) {
				throw new UnsupportedOperationException();
			}

			@Override
			public void close() {
				// Nothing is bound
			}
		});
	}

	@Test
	void stateThatWasSuspendedByAnInterceptIsReleased() {
		processor.setRegister(Register.INTERCEPT_SUSPEND, 1);
		vp.guest = _ -> out(1);
		assertInstanceOf(Intercept.IoPort.class, processor.run());
	}

	@Test
	void aBlockedProcessorWaitsForItsKick() throws InterruptedException {
		CountDownLatch blocked = new CountDownLatch(1);
		vp.guest = _ -> {
			blocked.countDown();
			return null;
		};
		Runner runner = new Runner(processor);
		blocked.await();
		vp.guest = _ -> out(7);
		synic.signal(partition.id(), 0);
		assertEquals(7, assertInstanceOf(Intercept.IoPort.class, runner.result()).port());
	}

	@Test
	void aKickThatComesBeforeTheWaitCounts() {
		AtomicInteger executions = new AtomicInteger();
		vp.guest = _ -> {
			if (executions.incrementAndGet() == 2) {
				return out(7);
			}
			synic.signal(partition.id(), 0);
			return null;
		};
		assertInstanceOf(Intercept.IoPort.class, processor.run());
	}

	@Test
	void aKickInASetOfBanksIsUnderstoodToo() {
		vp.guest = _ -> {
			vp.guest = _ -> out(7);
			assertTrue(synic.post(slot -> {
				slot.set(JAVA_INT_UNALIGNED, 0, MessageType.SCHEDULER_VP_SIGNAL_BITSET);
				slot.set(JAVA_LONG, 16, partition.id());
				slot.set(JAVA_LONG, 16 + 24, 0b1001);
				slot.set(JAVA_LONG, 16 + 32, 1);
				slot.set(JAVA_LONG, 16 + 40, -1L);
			}));
			return null;
		};
		assertInstanceOf(Intercept.IoPort.class, processor.run());
	}

	@Test
	void signalsForWhomeverIsGoneAreAcceptedAndDropped() {
		assertTrue(synic.post(slot -> VpSignalPairMessage.encode(12345, 0, slot)));
		assertTrue(synic.post(slot -> VpSignalPairMessage.encode(partition.id(), -1, slot)));
		assertTrue(synic.post(slot -> VpSignalPairMessage.encode(partition.id(), 255, slot)));
	}

	@Test
	void anInterruptBeforeARunEndsTheNextOne() {
		vp.guest = _ -> out(1);
		processor.interrupt();
		processor.interrupt();
		assertSame(Intercept.Interrupted.INSTANCE, processor.run());
		assertInstanceOf(Intercept.IoPort.class, processor.run());
	}

	@Test
	void anInterruptEndsAWait() throws InterruptedException {
		CountDownLatch blocked = new CountDownLatch(1);
		vp.guest = _ -> {
			blocked.countDown();
			return null;
		};
		Runner runner = new Runner(processor);
		blocked.await();
		processor.interrupt();
		assertSame(Intercept.Interrupted.INSTANCE, runner.result());
	}

	@Test
	void anInterruptEndsGuestExecutionAndTheNextRunGoesOn() throws InterruptedException {
		CountDownLatch executing = new CountDownLatch(1);
		vp.guest = spin(executing);
		Runner runner = new Runner(processor);
		executing.await();
		processor.interrupt();
		assertSame(Intercept.Interrupted.INSTANCE, runner.result());
		vp.guest = _ -> out(1);
		assertInstanceOf(Intercept.IoPort.class, processor.run());
	}

	@Test
	void anInterruptThatCrossesAnInterceptIsKeptForTheNextRun() {
		vp.guest = _ -> {
			processor.interrupt();
			return out(1);
		};
		assertInstanceOf(Intercept.IoPort.class, processor.run());
		vp.guest = _ -> out(2);
		assertSame(Intercept.Interrupted.INSTANCE, processor.run());
		assertInstanceOf(Intercept.IoPort.class, processor.run());
	}

	@Test
	void aSuspendThatComesLateEndsNoRun() {
		vp.guest = _ -> {
			vp.registers.put(Register.EXPLICIT_SUSPEND.code(), new long[] {1, 0});
			vp.guest = _ -> out(1);
			return null;
		};
		assertInstanceOf(Intercept.IoPort.class, processor.run());
	}

	@Test
	void aSuspendThatComesLateDoesNotKeepTheNextRunWaiting() throws InterruptedException {
		CountDownLatch firstWaits = new CountDownLatch(1);
		CountDownLatch late = new CountDownLatch(1);
		vp.guest = _ -> {
			firstWaits.countDown();
			return null;
		};
		Runner first = new Runner(processor);
		firstWaits.await();
		vp.beforeSuspend = () -> {
			try {
				late.await();
			} catch (InterruptedException e) {
				throw new AssertionError(e);
			}
		};
		Thread interrupter = Thread.ofPlatform().start(processor::interrupt);
		assertSame(Intercept.Interrupted.INSTANCE, first.result());
		Runner second = new Runner(processor);
		while (second.thread.getState() != Thread.State.WAITING) {
			Thread.onSpinWait();
		}
		vp.guest = _ -> out(7);
		late.countDown();
		interrupter.join();
		assertInstanceOf(Intercept.IoPort.class, second.result());
	}

	@Test
	void noInterruptIsLostHoweverItRacesWithRuns() throws InterruptedException {
		vp.guest = spin(new CountDownLatch(1));
		AtomicInteger interrupted = new AtomicInteger();
		Thread runner = Thread.ofPlatform().start(() -> {
			for (int i = 0; i < 2000; i++) {
				assertSame(Intercept.Interrupted.INSTANCE, processor.run());
				interrupted.incrementAndGet();
			}
		});
		for (int i = 0; i < 2000; i++) {
			processor.interrupt();
			while (interrupted.get() <= i) {
				Thread.onSpinWait();
			}
		}
		runner.join();
		assertEquals(2000, interrupted.get());
	}

	@Test
	void aThreadThatIsInterruptedDoesNotWait() {
		vp.guest = _ -> null;
		Thread.currentThread().interrupt();
		assertSame(Intercept.Interrupted.INSTANCE, processor.run());
		assertTrue(Thread.interrupted());
	}

	@Test
	void writingRegistersWakesAProcessorThatMayNotBeDispatched() throws InterruptedException {
		processor.setRegister(Register.DISPATCH_SUSPEND, 1);
		vp.guest = _ -> out(1);
		Runner runner = new Runner(processor);
		runner.awaitParked();
		processor.setRegister(Register.DISPATCH_SUSPEND, 0);
		assertInstanceOf(Intercept.IoPort.class, runner.result());
	}

	@Test
	void twoThreadsDoNotRunOneProcessor() throws InterruptedException {
		CountDownLatch executing = new CountDownLatch(1);
		vp.guest = spin(executing);
		Runner runner = new Runner(processor);
		executing.await();
		assertEquals(Errno.EBUSY, assertThrows(HypervisorException.class, processor::run).errno());
		processor.interrupt();
		runner.result();
	}

	@Test
	void aRefusedDispatchIsReportedAndTheProcessorMayBeRunAgain() {
		hypervisor.refusedCall = CallCode.DISPATCH_VP;
		assertEquals(HvStatus.OPERATION_DENIED, assertThrows(HypervisorException.class, processor::run).status());
		hypervisor.refusedCall = 0;
		vp.guest = _ -> out(1);
		assertInstanceOf(Intercept.IoPort.class, processor.run());
	}

	@Test
	void closingThePartitionEndsRunsAndWaitsForThem() throws InterruptedException {
		CountDownLatch executing = new CountDownLatch(1);
		vp.guest = spin(executing);
		VirtualProcessor second = partition.createVirtualProcessor(1);
		FakeHypervisor.Vp secondVp = hypervisor.partitions.get(partition.id()).vps.get(1);
		CountDownLatch blocked = new CountDownLatch(1);
		secondVp.guest = _ -> {
			blocked.countDown();
			return null;
		};
		Runner first = new Runner(processor);
		Runner other = new Runner(second);
		executing.await();
		blocked.await();
		partition.close();
		assertSame(Intercept.Interrupted.INSTANCE, first.result());
		assertSame(Intercept.Interrupted.INSTANCE, other.result());
		assertEquals(HvStatus.INVALID_PARTITION_ID, assertThrows(HypervisorException.class, processor::run).status());
		assertEquals(HvStatus.INVALID_PARTITION_ID, assertThrows(HypervisorException.class, second::interrupt).status());
		assertTrue(vp.suspended(Register.DISPATCH_SUSPEND));
	}

	@Test
	void statisticsCountInterceptsAndShowTheHypervisorsCountersAndTime() {
		vp.guest = _ -> out(1);
		vp.stats.set(JAVA_LONG, 0, 1234);
		vp.stats.set(JAVA_LONG, 8, 5);
		vp.registers.put(Register.VP_RUNTIME.code(), new long[] {7, 0});
		processor.run();
		processor.run();
		assertEquals(2, processor.statistics().intercepts());
		assertEquals(1234, processor.statistics().instructions());
		assertEquals(5, processor.statistics().interrupts());
		assertEquals(700, processor.statistics().runTime());
	}

	private FakeHypervisor.Guest spin(CountDownLatch executing) {
		return vp -> {
			executing.countDown();
			while (!vp.suspended(Register.EXPLICIT_SUSPEND)) {
				Thread.onSpinWait();
			}
			return null;
		};
	}

	static Intercept out(int port) {
		RegisterValue segment = RegisterValue.segment(0, 0xFFFF, 0, 0x93);
		Intercept.Header header = new Intercept.Header(0, 1, 0, 1, 0, segment, 0x1000, 2);
		return new Intercept.IoPort(header, port, 1, 0, null);
	}

	/** Runs a processor once, on a thread of its own. */
	private static final class Runner {
		private final AtomicReference<Object> result = new AtomicReference<>();
		private final Thread thread;

		Runner(VirtualProcessor processor) {
			thread = Thread.ofPlatform().start(() -> {
				try {
					result.set(processor.run());
				} catch (RuntimeException | Error e) {
					result.set(e);
				}
			});
		}

		Object result() throws InterruptedException {
			thread.join();
			return result.get();
		}

		void awaitParked() {
			while (thread.getState() != Thread.State.WAITING) {
				Thread.onSpinWait();
			}
		}
	}
}
