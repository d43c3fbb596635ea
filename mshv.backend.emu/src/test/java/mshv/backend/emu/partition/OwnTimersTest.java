package mshv.backend.emu.partition;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.AssertVirtualInterruptInput;
import mshv.api.abi.CallCode;
import mshv.api.abi.DispatchVpInput;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.PartitionProperty;
import mshv.backend.emu.Root;

/** The thread that executes a processor sees to its timers. */
@Timeout(60)
class OwnTimersTest {
	private static final int VECTOR = 0x50, OTHER_VECTOR = 0x51;
	/** RBX to the page of the local APIC, APIC on, timer to {@link #VECTOR}. */
	private static final String APIC_ON = "BB 00 00 E0 FE  C7 83 F0 00 00 00 FF 01 00 00  C7 83 20 03 00 00 50 00 00 00";
	/** Sets the timer to 1.2 ms, to 5 ms, to a second, to more than a minute. */
	private static final String SOONER = "C7 83 80 03 00 00 C0 27 09 00", SOON = "C7 83 80 03 00 00 A0 25 26 00",
		IN_A_SECOND = "C7 83 80 03 00 00 00 65 CD 1D", LATE = "C7 83 E0 03 00 00 0A 00 00 00  C7 83 80 03 00 00 FF FF FF FF";
	private static final String STI_HLT = "FB F4";

	private Root root;
	private long partition;
	private LongModeMemory guest;

	@BeforeEach
	void createProcessor() {
		createProcessor(0);
	}

	private void createProcessor(int translationThreshold) {
		root = new Root(translationThreshold);
		partition = root.partition(Root.STANDARD);
		root.createVp(partition, 0);
		guest = new LongModeMemory(root, partition);
		guest.enter(0, 0x1000);
		guest.gate(VECTOR, 0x1800);
		guest.code(0x1800, "E6 50 48 CF");
		guest.gate(OTHER_VECTOR, 0x1900);
		guest.code(0x1900, "E6 51 48 CF");
	}

	@AfterEach
	void close() {
		root.close();
	}

	private int port() {
		return assertInstanceOf(Intercept.IoPort.class, InterceptMessage.decode(root.statePage(partition, 0, 1))).port();
	}

	private void interrupt() {
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.ASSERT_VIRTUAL_INTERRUPT,
			new AssertVirtualInterruptInput(partition, 0, 0, 0, OTHER_VECTOR, 0)::encode));
	}

	/** Dispatches on another thread. */
	private final class Elsewhere {
		private final FutureTask<Integer> outcome;
		private final Thread thread;

		Elsewhere(Callable<Integer> dispatch) {
			outcome = new FutureTask<>(dispatch);
			thread = Thread.ofPlatform().start(outcome);
		}

		void awaitWaiting() {
			while (thread.getState() != Thread.State.TIMED_WAITING) {
				assertTrue(thread.isAlive(), "the dispatch has ended");
				Thread.onSpinWait();
			}
		}

		int outcome() throws Exception {
			return outcome.get(20, TimeUnit.SECONDS);
		}
	}

	/** A dispatch of a processor that halts, and whose thread waits for the timer now. */
	private Elsewhere dispatchThatWaits() {
		guest.code(0x1000, APIC_ON + LATE + STI_HLT);
		Elsewhere dispatch = new Elsewhere(() -> root.dispatch(partition, 0));
		dispatch.awaitWaiting();
		return dispatch;
	}

	@Test
	void aDispatchGoesOnWhenATimerEndsAHalt() {
		guest.code(0x1000, APIC_ON + SOON + STI_HLT);
		assertEquals(Root.INTERCEPT, root.dispatch(partition, 0));
		assertEquals(VECTOR, port());
		assertTrue(root.signals.isEmpty());
		assertEquals(0, root.get(partition, 0, Register.VP_ROOT_SIGNAL_COUNT));
	}

	@Test
	void aDispatchForALimitedTimeEndsWithTheHaltAndTheTimerIsSignalled() throws Exception {
		guest.code(0x1000, APIC_ON + SOON + STI_HLT);
		MemorySegment page = root.arena.allocate(4096, 4096);
		new DispatchVpInput(partition, 0, 0, 1_000_000_000, 0).encode(page);
		assertEquals(0, root.hypervisor.hypercall(CallCode.DISPATCH_VP, page.address(), page.address() + 2048));
		assertEquals(Root.BLOCKED, page.get(JAVA_INT_UNALIGNED, 2048) | page.get(JAVA_INT_UNALIGNED, 2052) << 8);
		assertEquals(0, root.awaitSignal());
		assertEquals(Root.INTERCEPT, root.dispatch(partition, 0));
		assertEquals(VECTOR, port());
	}

	@Test
	void anInterruptEndsTheWaitWithoutASignal() throws Exception {
		Elsewhere dispatch = dispatchThatWaits();
		interrupt();
		assertEquals(Root.INTERCEPT, dispatch.outcome());
		assertEquals(OTHER_VECTOR, port());
		assertTrue(root.signals.isEmpty());
	}

	@Test
	void aSuspendEndsTheWait() throws Exception {
		for (Register register : new Register[] {Register.EXPLICIT_SUSPEND, Register.DISPATCH_SUSPEND}) {
			Elsewhere dispatch = dispatchThatWaits();
			root.set(partition, 0, register, 1);
			assertEquals(Root.BLOCKED_SUSPEND, dispatch.outcome());
			root.set(partition, 0, register, 0);
			assertEquals(0, root.awaitSignal());
		}
	}

	@Test
	void theStateCanBeReadDuringTheWaitWhichIsNoRunTime() {
		Elsewhere dispatch = dispatchThatWaits();
		long time = root.get(partition, 0, Register.VP_RUNTIME);
		assertEquals(0x1000 + (APIC_ON + LATE + STI_HLT).replace(" ", "").length() / 2, root.get(partition, 0, Register.RIP));
		assertEquals(2, root.get(partition, 0, Register.INTERNAL_ACTIVITY_STATE));
		assertEquals(time, root.get(partition, 0, Register.VP_RUNTIME));
		dispatch.awaitWaiting();
	}

	@Test
	void anotherDispatchIsRefusedDuringTheWait() {
		Elsewhere dispatch = dispatchThatWaits();
		MemorySegment page = root.arena.allocate(4096, 4096);
		new DispatchVpInput(partition, 0, 0, 0, 0).encode(page);
		assertEquals(HvStatus.INVALID_VP_STATE, HvStatus.of(
			HypercallResult.status(root.hypervisor.hypercall(CallCode.DISPATCH_VP, page.address(), page.address() + 2048))));
		dispatch.awaitWaiting();
	}

	@Test
	void aThreadThatIsInterruptedIsGivenBackAndTheRootToldWhenTheProcessorIsReady() throws Exception {
		Elsewhere dispatch = dispatchThatWaits();
		dispatch.thread.interrupt();
		assertEquals(Root.BLOCKED, dispatch.outcome());
		interrupt();
		assertEquals(0, root.awaitSignal());
	}

	@Test
	void finalizingThePartitionEndsTheWait() throws Exception {
		Elsewhere dispatch = dispatchThatWaits();
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.FINALIZE_PARTITION, partition, 0));
		try {
			assertEquals(Root.BLOCKED_SUSPEND, dispatch.outcome());
		} catch (ExecutionException gone) {
			assertEquals(HvStatus.INVALID_VP_STATE.toString(), gone.getCause().getMessage());
		}
	}

	@Test
	void timeThatStoodDuringTheWaitIsWaitedForToo() throws Exception {
		guest.code(0x1000, APIC_ON + IN_A_SECOND + STI_HLT);
		Elsewhere run = new Elsewhere(() -> {
			root.run(partition, 0);
			return port();
		});
		run.awaitWaiting();
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.TIME_FREEZE, 1));
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.TIME_FREEZE, 0));
		assertEquals(VECTOR, run.outcome());
	}

	@Test
	void aTimerThatTheRootSetsEndsTheWait() throws Exception {
		Elsewhere dispatch = dispatchThatWaits();
		long enabledDirect = 1 | 1 << 12 | OTHER_VECTOR << 4;
		root.set(partition, 0, Register.STIMER0_COUNT, 1);
		root.set(partition, 0, Register.STIMER0_CONFIG, enabledDirect);
		assertEquals(Root.INTERCEPT, dispatch.outcome());
		assertEquals(OTHER_VECTOR, port());
	}

	@ParameterizedTest
	@ValueSource(ints = {0, 100})
	void timersInterruptALoopThatNeverRests(int translationThreshold) throws Exception {
		close();
		createProcessor(translationThreshold);
		guest.segment().set(JAVA_LONG, 0x5000, 200);
		// dec qword [0x5000]; jz out; timer; EOI; iretq; out: out 0x50, al
		guest.code(0x1800, "48 FF 0C 25 00 50 00 00  74 16 " + SOONER + " C7 83 B0 00 00 00 00 00 00 00  48 CF  E6 50");
		guest.code(0x1000, APIC_ON + SOONER + "FB EB FE");
		assertEquals(Root.INTERCEPT, new Elsewhere(() -> root.dispatch(partition, 0)).outcome());
		assertEquals(0, guest.segment().get(JAVA_LONG, 0x5000));
	}
}
