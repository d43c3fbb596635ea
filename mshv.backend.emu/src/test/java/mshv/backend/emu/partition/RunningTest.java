package mshv.backend.emu.partition;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.abi.AssertVirtualInterruptInput;
import mshv.api.abi.CallCode;
import mshv.api.abi.DispatchVpInput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MapFlag;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.RegisterPage;
import mshv.api.abi.UnmapGpaPagesInput;
import mshv.api.abi.VpStateInput;
import mshv.backend.emu.Root;

/** What a running processor does, and what other threads can do to it. */
@Timeout(60)
class RunningTest {
	private static final int FIXED = 0, NMI = 4, EXTINT = 7;
	private static final VarHandle LONG = JAVA_LONG.varHandle();

	private final Root root = new Root();
	private final long partition = root.partition(Root.STANDARD);
	private LongModeMemory guest;
	private MemorySegment memory;

	@AfterEach
	void close() {
		root.close();
	}

	/** A processor in 64-bit mode at 0x1000. */
	private void start(String hex) {
		root.createVp(partition, 0);
		guest = new LongModeMemory(root, partition);
		memory = guest.segment();
		guest.enter(0, 0x1000);
		guest.code(0x1000, hex);
	}

	private void enableApic() {
		MemorySegment page = root.arena.allocate(4096, 4096);
		for (int code : new int[] {CallCode.GET_VP_STATE, CallCode.SET_VP_STATE}) {
			root.call(HypercallControl.simple(code, 8), input -> {
				new VpStateInput(partition, 0, 0, 0x80000000, 0, 0).encode(input);
				input.set(JAVA_LONG, 40, page.address() >>> 12);
			});
			page.set(JAVA_INT, 16, 0x1FF);
		}
	}

	private HvStatus interrupt(int type, int vector, boolean level) {
		return root.simple(CallCode.ASSERT_VIRTUAL_INTERRUPT,
			new AssertVirtualInterruptInput(partition, type, level ? 1 : 0, 0, vector, 0)::encode);
	}

	private int port() throws InterruptedException {
		return assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0)).port();
	}

	private CompletableFuture<Integer> dispatchElsewhere() {
		return CompletableFuture.supplyAsync(() -> root.dispatch(partition, 0));
	}

	private void step(Intercept.Header header) {
		root.set(partition, 0, Register.RIP, header.rip() + header.instructionLength());
	}

	@Test
	void aSuspendFromAnotherThreadEndsARun() throws Exception {
		start("EB FE");
		CompletableFuture<Integer> run = dispatchElsewhere();
		root.set(partition, 0, Register.EXPLICIT_SUSPEND, 1);
		assertEquals(Root.BLOCKED_SUSPEND, run.get(20, TimeUnit.SECONDS));
		assertEquals(0x1000, root.get(partition, 0, Register.RIP));
		assertEquals(Root.BLOCKED_SUSPEND, root.dispatch(partition, 0));
		root.set(partition, 0, Register.EXPLICIT_SUSPEND, 0);
		assertEquals(0, root.awaitSignal(), "released: the root's scheduler is told");
		assertEquals(1, root.get(partition, 0, Register.VP_ROOT_SIGNAL_COUNT));
	}

	@Test
	void registersOfARunningProcessorCanBeReadAndWritten() throws Exception {
		// loop: inc rax; cmp rbx, 0; je loop; out 0x80, al
		start("48 FF C0 48 83 FB 00 74 F7 E6 80");
		root.set(partition, 0, Register.RBX, 0);
		CompletableFuture<Integer> run = dispatchElsewhere();
		long first = root.get(partition, 0, Register.RAX);
		long second = first;
		while (second == first) {
			second = root.get(partition, 0, Register.RAX);
		}
		assertFalse(run.isDone());
		root.set(partition, 0, Register.RBX, 1);
		assertEquals(Root.INTERCEPT, run.get(20, TimeUnit.SECONDS));
	}

	@Test
	void aProcessorRunsOnOneThreadAtATime() throws Exception {
		start("EB FE");
		CompletableFuture<Integer> run = CompletableFuture.supplyAsync(() -> {
			for (;;) {
				try {
					return root.dispatch(partition, 0);
				} catch (AssertionError refused) {
					assertEquals(HvStatus.INVALID_VP_STATE.toString(), refused.getMessage());
				}
			}
		});
		MemorySegment page = root.arena.allocate(4096, 4096);
		new DispatchVpInput(partition, 0, 0, 1, 0).encode(page);
		int status;
		do {
			// Until the other thread runs it, this one does, for 100 ns
			status = HypercallResult.status(root.hypervisor.hypercall(CallCode.DISPATCH_VP, page.address(), page.address() + 2048));
		} while (status == HvStatus.SUCCESS.code());
		assertEquals(HvStatus.INVALID_VP_STATE.code(), status);
		root.set(partition, 0, Register.EXPLICIT_SUSPEND, 1);
		run.get(20, TimeUnit.SECONDS);
	}

	@Test
	void aTimeSliceEnds() {
		start("EB FE");
		MemorySegment page = root.arena.allocate(4096, 4096);
		new DispatchVpInput(partition, 0, 0, 10, 0).encode(page);
		assertEquals(0, root.hypervisor.hypercall(CallCode.DISPATCH_VP, page.address(), page.address() + 2048));
		assertEquals(Root.READY, page.get(JAVA_INT, 2048));
		assertEquals(0, page.get(JAVA_INT, 2052));
	}

	@Test
	void memoryOfARunningProcessorCanBeTakenAway() throws Exception {
		// loop: mov al, [0x10000]; jmp loop
		start("8A 04 25 00 00 01 00 EB F7");
		CompletableFuture<Integer> run = dispatchElsewhere();
		long result = root.call(HypercallControl.repetitions(CallCode.UNMAP_GPA_PAGES, 1, 0),
			new UnmapGpaPagesInput(partition, 0x10, 0)::encode);
		assertEquals(0, HypercallResult.status(result));
		assertEquals(Root.INTERCEPT, run.get(20, TimeUnit.SECONDS));
		Intercept.Memory intercept = assertInstanceOf(Intercept.Memory.class, InterceptMessage.decode(root.statePage(partition, 0, 1)));
		assertEquals(0x10000, intercept.guestAddress());
		assertEquals(0x10000, intercept.guestVirtualAddress());
		assertTrue(intercept.guestVirtualAddressValid());
		assertFalse(intercept.mapped());
		assertFalse(intercept.header().write());
		assertArrayEquals(new byte[] {(byte) 0x8A, 4, 0x25, 0, 0, 1, 0}, Arrays.copyOf(intercept.instruction(), 7));
		assertEquals(16, intercept.instruction().length);
	}

	@Test
	void aWriteToAReadOnlyPageIsIntercepted() throws InterruptedException {
		start("C6 04 25 00 00 03 00 55");
		long host = root.arena.allocate(4096, 4096).address() >>> 12;
		root.map(partition, 0x30, host, 1, MapFlag.READABLE);
		Intercept.Memory intercept = assertInstanceOf(Intercept.Memory.class, root.run(partition, 0));
		assertTrue(intercept.mapped());
		assertTrue(intercept.header().write());
		assertEquals(0x30000, intercept.guestAddress());
	}

	@Test
	void anIdleProcessorIsWokenByAnInterrupt() throws InterruptedException {
		start("FB F4 E6 80");
		guest.gate(0x50, 0x1800);
		guest.code(0x1800, "E6 50 48 CF");
		enableApic();
		assertEquals(Root.BLOCKED, root.dispatch(partition, 0));
		assertEquals(Root.BLOCKED, root.dispatch(partition, 0));
		assertTrue(root.signals.isEmpty());
		assertEquals(HvStatus.SUCCESS, interrupt(FIXED, 0x50, false));
		assertEquals(0, root.awaitSignal());
		assertEquals(0x50, port());
	}

	@Test
	void aNonMaskableInterruptWakesAnyHalt() throws InterruptedException {
		root.createVp(partition, 1);
		start("FA F4 E6 80");
		guest.gate(2, 0x1800);
		guest.code(0x1800, "E6 02 48 CF");
		root.set(partition, 1, Register.INTERNAL_ACTIVITY_STATE, 0);
		assertEquals(Root.BLOCKED, root.dispatch(partition, 0), "another processor could send one");
		assertEquals(HvStatus.SUCCESS, interrupt(NMI, 0, false));
		assertEquals(0, root.awaitSignal());
		assertEquals(2, port());
	}

	/** The handler at 0x1800 counts at 0x5000. */
	private static final String COUNTS = "48 FF 04 25 00 50 00 00 48 CF";

	@Test
	void codeThatTheRootWritesWhileAProcessorIsHaltedIsSeenAfterAnInterrupt() throws InterruptedException {
		start("F4 EB FD");
		guest.gate(2, 0x1800);
		guest.code(0x1800, COUNTS);
		assertEquals(HvStatus.SUCCESS, interrupt(NMI, 0, false));
		root.createVp(partition, 1);
		root.set(partition, 1, Register.INTERNAL_ACTIVITY_STATE, 0);
		assertEquals(Root.BLOCKED, root.dispatch(partition, 0));
		assertEquals(1, memory.get(JAVA_LONG, 0x5000));
		guest.code(0x1800, "E6 51 48 CF");
		assertEquals(HvStatus.SUCCESS, interrupt(NMI, 0, false));
		assertEquals(0, root.awaitSignal());
		assertEquals(0x51, port());
	}

	@Test
	void codeThatTheRootWritesWhileAProcessorRunsIsSeenAfterAnInterrupt() throws Exception {
		start("EB FE");
		guest.gate(2, 0x1800);
		guest.code(0x1800, COUNTS);
		CompletableFuture<Integer> run = dispatchElsewhere();
		for (int count = 1; count <= 2; count++) {
			assertEquals(HvStatus.SUCCESS, interrupt(NMI, 0, false));
			while ((long) LONG.getVolatile(memory, 0x5000L) != count) {
				Thread.onSpinWait();
			}
		}
		guest.code(0x1800, "E6 51 48 CF");
		assertEquals(HvStatus.SUCCESS, interrupt(NMI, 0, false));
		assertEquals(Root.INTERCEPT, run.get(20, TimeUnit.SECONDS));
		assertEquals(0x51, assertInstanceOf(Intercept.IoPort.class,
			InterceptMessage.decode(root.statePage(partition, 0, 1))).port());
	}

	@Test
	void codeThatTheRootWritesDuringAnExitIsSeenByAHaltedProcessorThatAnotherOneWakes() throws InterruptedException {
		// APIC on; NMI to processor 1; out; NMI to processor 1; hlt
		String send = "C7 83 10 03 00 00 00 00 00 01 C7 83 00 03 00 00 00 44 00 00";
		start("BB 00 00 E0 FE C7 83 F0 00 00 00 FF 01 00 00" + send + "E6 80" + send + "F4");
		root.createVp(partition, 1);
		guest.enter(1, 0x1900);
		root.set(partition, 1, Register.INTERNAL_ACTIVITY_STATE, 0);
		guest.code(0x1900, "F4 EB FD");
		guest.gate(2, 0x1800);
		guest.code(0x1800, COUNTS);
		assertEquals(Root.BLOCKED, root.dispatch(partition, 1));
		Intercept.IoPort exit = assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		assertEquals(1, root.awaitSignal());
		assertEquals(Root.BLOCKED, root.dispatch(partition, 1));
		assertEquals(1, memory.get(JAVA_LONG, 0x5000));
		guest.code(0x1800, "E6 51 48 CF");
		step(exit.header());
		root.dispatch(partition, 0);
		assertEquals(1, root.awaitSignal());
		assertEquals(0x51, assertInstanceOf(Intercept.IoPort.class, root.run(partition, 1)).port());
	}

	@Test
	void aHaltThatNothingEndsIsIntercepted() throws InterruptedException {
		start("FA F4");
		Intercept.Halt halt = assertInstanceOf(Intercept.Halt.class, root.run(partition, 0));
		assertEquals(0x1002, halt.header().rip());
		assertInstanceOf(Intercept.Halt.class, root.run(partition, 0));
	}

	@Test
	void externalInterruptsNeedNoApic() throws InterruptedException {
		long other = root.partition(Root.NO_APIC);
		root.createVp(other, 0);
		guest = new LongModeMemory(root, other);
		guest.enter(0, 0x1000);
		guest.gate(0x50, 0x1800);
		guest.code(0x1000, "FB F4 E6 80");
		guest.code(0x1800, "E6 50 48 CF");
		assertInstanceOf(Intercept.Halt.class, root.run(other, 0));
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.ASSERT_VIRTUAL_INTERRUPT,
			new AssertVirtualInterruptInput(other, EXTINT, 0, 0, 0x50, 0)::encode));
		assertEquals(0x50, assertInstanceOf(Intercept.IoPort.class, root.run(other, 0)).port());
	}

	@Test
	void theEndOfALevelInterruptIsIntercepted() throws InterruptedException {
		// sti; loop: jmp loop
		start("FB EB FE");
		guest.gate(0x50, 0x1800);
		// mov eax, 0xfee000b0; mov dword [rax], 0; jmp on; out 0x51, al
		guest.code(0x1800, "B8 B0 00 E0 FE C7 00 00 00 00 00 EB 00 E6 51");
		enableApic();
		assertEquals(HvStatus.SUCCESS, interrupt(FIXED, 0x50, true));
		Intercept.ApicEoi end = assertInstanceOf(Intercept.ApicEoi.class, root.run(partition, 0));
		assertEquals(0x50, end.vector());
		assertEquals(0x51, port());
	}

	@Test
	void assertionsThatCannotBeAreRefused() {
		start("F4");
		assertEquals(HvStatus.INVALID_PARAMETER, interrupt(FIXED, 0, false));
		assertEquals(HvStatus.INVALID_PARAMETER, interrupt(FIXED, 256, false));
		assertEquals(HvStatus.INVALID_PARAMETER, interrupt(2, 0, false), "no system management mode");
		assertEquals(HvStatus.INVALID_PARAMETER, interrupt(10, 0x50, false));
		assertEquals(HvStatus.SUCCESS, interrupt(EXTINT, 0, false));
	}

	@Test
	void aProcessorIsStartedByAnotherOne() throws InterruptedException {
		// mov eax, 0xfee00310; mov dword [rax], 1<<24; sub eax, 0x10; INIT; SIPI to 0x4000; hlt
		start("B8 10 03 E0 FE C7 00 00 00 00 01 83 E8 10 C7 00 00 45 00 00 C7 00 04 46 00 00 FA F4");
		root.createVp(partition, 1);
		enableApic();
		guest.code(0x4000, "E6 44");
		assertEquals(Root.BLOCKED, root.dispatch(partition, 1));
		assertEquals(1, root.get(partition, 1, Register.INTERNAL_ACTIVITY_STATE));
		int outcome = root.dispatch(partition, 0);
		assertEquals(Root.BLOCKED, outcome, "processor 1 could wake it");
		assertEquals(1, root.awaitSignal());
		Intercept.IoPort exit = assertInstanceOf(Intercept.IoPort.class, root.run(partition, 1));
		assertEquals(0x44, exit.port());
		assertEquals(0x400, exit.header().cs().segmentSelector());
		assertEquals(0x4000, exit.header().cs().segmentBase());
		assertEquals(0, exit.header().rip());
	}

	@Test
	void anUnhandledFaultIsATripleFault() throws InterruptedException {
		start("0F 0B");
		root.set(partition, 0, Register.IDTR, RegisterValue.table(0, 0));
		Intercept.UnrecoverableException exit = assertInstanceOf(Intercept.UnrecoverableException.class, root.run(partition, 0));
		assertEquals(0x1000, exit.header().rip());
	}

	@Test
	void registersThatContradictEachOtherDoNotRun() throws InterruptedException {
		start("F4");
		root.set(partition, 0, Register.EFER, 0x100);
		Intercept.Other refused = assertInstanceOf(Intercept.Other.class, root.run(partition, 0));
		assertEquals(0x80000020, refused.messageType());
	}

	@Test
	void unknownModelRegistersFaultOrAreIgnored() throws InterruptedException {
		// mov ecx, 0x12345; rdmsr; out 0x80, al
		start("B9 45 23 01 00 0F 32 E6 80");
		root.set(partition, 0, Register.RAX, 0x55);
		guest.gate(13, 0x1800);
		guest.code(0x1800, "E6 0D");
		assertEquals(13, port());
		root.setProperty(partition, PartitionProperty.UNIMPLEMENTED_MSR_ACTION, 1);
		root.set(partition, 0, Register.RIP, 0x1000);
		assertEquals(0x80, port());
		assertEquals(0, root.get(partition, 0, Register.RAX));
	}

	@Test
	void modelRegistersCanBeIntercepted() throws InterruptedException {
		// mov ecx, 0x8b; mov eax, 7; mov edx, 8; wrmsr; rdmsr
		start("B9 8B 00 00 00 B8 07 00 00 00 BA 08 00 00 00 0F 30 0F 32 E6 80");
		root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 2, 1, 0x8B)::encode);
		Intercept.Msr write = assertInstanceOf(Intercept.Msr.class, root.run(partition, 0));
		assertEquals(0x8B, write.msr());
		assertEquals(7, write.rax());
		assertEquals(8, write.rdx());
		assertTrue(write.header().write());
		step(write.header());
		assertEquals(0x80, port(), "reads are not intercepted");
		root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 0, 1, 0x8B)::encode);
		root.set(partition, 0, Register.RIP, 0x1000);
		assertEquals(0x80, port());
	}

	@Test
	void cpuidCanBeIntercepted() throws InterruptedException {
		start("31 C0 31 C9 0F A2 E6 80");
		root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, 4, 2, 0)::encode);
		Intercept.Cpuid exit = assertInstanceOf(Intercept.Cpuid.class, root.run(partition, 0));
		assertEquals(0, exit.rax());
		assertEquals(0x756E6547, exit.defaultRbx());
		step(exit.header());
		assertEquals(0x80, port());
	}

	@Test
	void anExceptionCanBeInjected() throws InterruptedException {
		start("E6 80");
		guest.gate(14, 0x1800);
		// mov rax, cr2; pop rbx; out 0x0e, al
		guest.code(0x1800, "0F 20 D0 5B E6 0E");
		long event = 1 | 1 << 8 | 14 << 16 | 6L << 32;
		assertEquals(HvStatus.SUCCESS, root.trySet(partition, 0, Register.PENDING_EVENT0.code(), event, 0x123456));
		assertEquals(14, port());
		assertEquals(0x123456, root.get(partition, 0, Register.RAX));
		assertEquals(6, root.get(partition, 0, Register.RBX));
		assertEquals(0, root.get(partition, 0, Register.PENDING_INTERRUPTION));
		root.set(partition, 0, Register.RIP, 0x1000);
		root.set(partition, 0, Register.PENDING_INTERRUPTION, 1 | 0 << 1 | 0x20 << 16);
		guest.gate(0x20, 0x1880);
		guest.code(0x1880, "E6 20");
		assertEquals(0x20, port());
	}

	@Test
	void theHypercallPageAnswersForEveryCall() throws InterruptedException {
		// mov rcx, 0x1234; mov eax, 0x9000; call rax; out 0x80, al
		start("48 C7 C1 34 12 00 00 B8 00 F0 00 00 FF D0 E6 80");
		guest.gate(6, 0x1800);
		guest.code(0x1800, "E6 06");
		guest.code(0xF000, "0F 01 C1 C3");
		assertEquals(6, port(), "not enabled: an invalid opcode");
		root.set(partition, 0, Register.GUEST_OS_ID, 1);
		root.set(partition, 0, Register.HYPERCALL, 0xF001);
		memory.set(JAVA_INT, 0xF000, 0xCCCCCCCC);
		root.set(partition, 0, Register.RIP, 0x1000);
		assertEquals(0x80, port());
		assertEquals(2, root.get(partition, 0, Register.RAX));
		assertEquals(0xCCCCCCCC, memory.get(JAVA_INT, 0xF000), "the page below is not touched");
	}

	@Test
	void theGuestEnablesItsPagesItself() throws InterruptedException {
		// GUEST_OS_ID = 1; HYPERCALL = 0xf001; REFERENCE_TSC = 0xe001; then read the first words of both
		start("31 D2 B9 00 00 00 40 B8 01 00 00 00 0F 30 FF C1 B8 01 F0 00 00 0F 30 B9 21 00 00 40 B8 01 E0 00 00 0F 30 EB 00"
			+ "8B 1C 25 00 F0 00 00 8B 34 25 00 E0 00 00 48 8B 3C 25 08 E0 00 00 E6 80");
		assertEquals(0x80, port());
		assertEquals(0xC3C1010FL, root.get(partition, 0, Register.RBX));
		assertTrue(root.get(partition, 0, Register.RSI) != 0);
		assertEquals(Math.floor(Math.scalb(1.0, 64) / 200), root.get(partition, 0, Register.RDI), 1e6);
		assertEquals(1, root.property(partition, PartitionProperty.GUEST_OS_ID));
		// A write to the read-only overlay leaves
		guest.code(0x1100, "C6 04 25 00 F0 00 00 00");
		root.set(partition, 0, Register.RIP, 0x1100);
		assertTrue(assertInstanceOf(Intercept.Memory.class, root.run(partition, 0)).mapped());
	}

	@Test
	void aFrozenPartitionDoesNotRun() throws Exception {
		start("48 FF C0 EB FB");
		CompletableFuture<Integer> run = dispatchElsewhere();
		root.setProperty(partition, PartitionProperty.TIME_FREEZE, 1);
		assertEquals(Root.BLOCKED, run.get(20, TimeUnit.SECONDS));
		long counter = root.get(partition, 0, Register.RAX);
		assertEquals(Root.BLOCKED, root.dispatch(partition, 0));
		assertEquals(counter, root.get(partition, 0, Register.RAX));
		root.setProperty(partition, PartitionProperty.TIME_FREEZE, 0);
		assertEquals(0, root.awaitSignal());
	}

	@Test
	void finalizingEndsARun() throws Exception {
		start("EB FE");
		CompletableFuture<Integer> run = dispatchElsewhere();
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.FINALIZE_PARTITION, partition, 0));
		try {
			assertEquals(Root.BLOCKED_SUSPEND, run.get(20, TimeUnit.SECONDS));
		} catch (ExecutionException lateDispatch) {
			// Gone already, or about to go
			assertTrue(Set.of(HvStatus.INVALID_VP_INDEX.toString(), HvStatus.INVALID_VP_STATE.toString())
				.contains(lateDispatch.getCause().getMessage()));
		}
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.DELETE_PARTITION, partition, 0));
	}

	@Test
	void closingTheHypervisorEndsARun() throws Exception {
		start("EB FE");
		CompletableFuture<Integer> run = dispatchElsewhere();
		root.get(partition, 0, Register.RIP);
		root.closeHypervisor();
		assertNotNull(run.handle((outcome, _) -> outcome == null ? -1 : outcome).get(20, TimeUnit.SECONDS));
	}

	@Test
	void deadlinesOfTheTimeStampCounterInterrupt() throws InterruptedException {
		// SVR; LVT timer = deadline mode, vector 0x50; mfence; rdtsc + 200000 -> 0x6e0; sti; hlt
		start("BB 00 00 E0 FE C7 83 F0 00 00 00 FF 01 00 00 C7 83 20 03 00 00 50 00 04 00 0F AE F0 0F 31 05 40 0D 03 00 83 D2 00"
			+ "B9 E0 06 00 00 0F 30 FB F4 E6 80");
		guest.gate(0x50, 0x1800);
		guest.code(0x1800, "E6 50");
		assertEquals(0x50, port());
	}

	@Test
	void vectorsInTheRegisterPageAreTakenWhenAsked() throws InterruptedException {
		start("FB F4 E6 80");
		guest.gate(0x50, 0x1800);
		guest.code(0x1800, "E6 50");
		enableApic();
		root.statePage(partition, 0, 0).set(JAVA_LONG, RegisterPage.INTERRUPT_VECTORS, 1 | 0x50 << 8);
		MemorySegment page = root.arena.allocate(4096, 4096);
		new DispatchVpInput(partition, 0, 0x41, 0, 0).encode(page);
		assertEquals(0, root.hypervisor.hypercall(CallCode.DISPATCH_VP, page.address(), page.address() + 2048));
		assertEquals(2, page.get(JAVA_INT, 2052));
		assertEquals(0, root.statePage(partition, 0, 0).get(JAVA_LONG, RegisterPage.INTERRUPT_VECTORS));
	}
}
