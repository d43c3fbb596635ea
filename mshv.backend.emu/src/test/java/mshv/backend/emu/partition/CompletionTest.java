package mshv.backend.emu.partition;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.MemorySegment;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.CallCode;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.InterceptType;
import mshv.backend.emu.Root;

/** Debug exceptions of instructions that the root completes in the processor's place. The guest's #DB are intercepted, to be counted. */
@Timeout(60)
class CompletionTest {
	private static final int CODE = 0x1000, HANDLER = 0x1800, DATA = 0x10000;
	private static final long NOWHERE = 0x1000_0000;
	private static final int DEBUG = 1, UNDEFINED = 6;
	private static final long TRAP_FLAG = 1 << 8, RESUME_FLAG = 1 << 16;
	private static final long SINGLE_STEP = 1 << 14;
	private static final long SHADOW = 1;
	/** DR7: breakpoint 0 for a port; breakpoint 1 for writes, and for reads and writes, of a byte. */
	private static final long ON_PORT = 0x20402, ON_WRITE = 0x100408, ON_ACCESS = 0x300408;
	private static final int DEBUG_EXTENSIONS = 8;
	private static final int EXECUTE = 4;

	private final Root root = new Root();
	private final long partition = root.partition(Root.STANDARD);
	private LongModeMemory guest;

	@BeforeEach
	void start() {
		root.createVp(partition, 0);
		guest = new LongModeMemory(root, partition);
		guest.enter(0, CODE);
		intercept(DEBUG);
	}

	@AfterEach
	void close() {
		root.close();
	}

	private void intercept(int access, int type, int parameter) {
		assertEquals(HvStatus.SUCCESS,
			root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, access, type, parameter)::encode));
	}

	private void intercept(int vector) {
		intercept(EXECUTE, InterceptType.EXCEPTION, vector);
	}

	/** A handler that begins with OUT to the port with the number of its vector. */
	private void handler(int vector, int at) {
		guest.gate(vector, at);
		guest.code(at, "E6 %02X".formatted(vector));
	}

	private void set(Register register, long value) {
		root.set(partition, 0, register, value);
	}

	private long get(Register register) {
		return root.get(partition, 0, register);
	}

	/** The code with single step, RCX at 3, RSI and RDI where they point. */
	private void stepThrough(String hex, long rsi, long rdi) {
		guest.code(CODE, hex);
		set(Register.RFLAGS, 2 | TRAP_FLAG);
		set(Register.RCX, 3);
		set(Register.RSI, rsi);
		set(Register.RDI, rdi);
	}

	private <T extends Intercept> T run(Class<T> kind) throws InterruptedException {
		return assertInstanceOf(kind, root.run(partition, 0));
	}

	private void assertTrapped(long bits, long rip, long resume) throws InterruptedException {
		Intercept.Exception trap = run(Intercept.Exception.class);
		assertEquals(DEBUG, trap.vector());
		assertEquals(bits, trap.parameter());
		assertEquals(rip, trap.header().rip());
		assertEquals(resume, trap.header().rflags() & RESUME_FLAG);
	}

	private void iterate(Register pointer, int size) {
		set(pointer, get(pointer) + size);
		set(Register.RCX, get(Register.RCX) - 1);
	}

	/** A string instruction of two bytes with a count of three. */
	private void assertEachIterationIsTrappedOnce(Class<? extends Intercept> exit, Register pointer) throws InterruptedException {
		for (int n = 0; n < 2; n++) {
			run(exit);
			iterate(pointer, 1);
			assertTrapped(SINGLE_STEP, CODE, RESUME_FLAG);
		}
		run(exit);
		iterate(pointer, 1);
		set(Register.RIP, CODE + 2);
		assertTrapped(SINGLE_STEP, CODE + 2, 0);
		assertTrapped(SINGLE_STEP, CODE + 3, 0);
	}

	@Test
	void eachIterationOfAPortStringIsTrappedOnce() throws InterruptedException {
		stepThrough("F3 6E 90", DATA, 0);
		assertEachIterationIsTrappedOnce(Intercept.IoPort.class, Register.RSI);
	}

	@Test
	void eachIterationOfAStringInDeviceMemoryIsTrappedOnce() throws InterruptedException {
		stepThrough("F3 AA 90", 0, NOWHERE);
		assertEachIterationIsTrappedOnce(Intercept.Memory.class, Register.RDI);
	}

	@Test
	void anExitWithoutProgressIsNotTrapped() throws InterruptedException {
		stepThrough("F3 6E 90", DATA, 0);
		run(Intercept.IoPort.class);
		assertEquals(0, run(Intercept.IoPort.class).header().rflags() & RESUME_FLAG);
		set(Register.RCX, 0);
		set(Register.RIP, CODE + 2);
		assertTrapped(SINGLE_STEP, CODE + 2, 0);
		assertTrapped(SINGLE_STEP, CODE + 3, 0);
	}

	@Test
	void iterationsThatNobodyStepsThroughLeaveTheResumeFlagUntilTheLast() throws InterruptedException {
		guest.code(CODE, "F3 AA E6 80");
		set(Register.RCX, 5);
		set(Register.RDI, DATA + 0xFFFF - 1);
		// Two elements lie in memory, the others not
		assertEquals(RESUME_FLAG, run(Intercept.Memory.class).header().rflags() & RESUME_FLAG);
		assertEquals(3, get(Register.RCX));
		set(Register.RFLAGS, 2);
		set(Register.RCX, 2);
		assertEquals(RESUME_FLAG, run(Intercept.Memory.class).header().rflags() & RESUME_FLAG);
		set(Register.RIP, CODE + 2);
		assertEquals(0, run(Intercept.IoPort.class).header().rflags() & RESUME_FLAG);
	}

	@Test
	void theShadowOfALoadOfTheStackSegmentEndsWithTheFirstIteration() throws InterruptedException {
		stepThrough("8E D0 F3 6E", DATA, 0);
		set(Register.RAX, 0x10);
		run(Intercept.IoPort.class);
		assertEquals(SHADOW, get(Register.INTERRUPT_STATE));
		iterate(Register.RSI, 1);
		assertTrapped(SINGLE_STEP, CODE + 2, RESUME_FLAG);
		assertEquals(0, get(Register.INTERRUPT_STATE));
	}

	@Test
	void singleStepThatBeginsWithTheCompletionWaitsForTheNextInstruction() throws InterruptedException {
		guest.code(CODE, "E6 80 90 90");
		run(Intercept.IoPort.class);
		set(Register.RFLAGS, 2 | TRAP_FLAG);
		set(Register.RIP, CODE + 2);
		assertTrapped(SINGLE_STEP, CODE + 3, 0);
	}

	@Test
	void singleStepThatEndsBeforeTheCompletionTrapsNothing() throws InterruptedException {
		stepThrough("F3 6E E6 80", DATA, 0);
		run(Intercept.IoPort.class);
		iterate(Register.RSI, 1);
		set(Register.RFLAGS, 2);
		run(Intercept.IoPort.class);
		set(Register.RIP, CODE + 2);
		assertEquals(0x80, run(Intercept.IoPort.class).port());
	}

	@Test
	void breakpointsOnThePortAndOnMemoryAreMetByEachIteration() throws InterruptedException {
		guest.code(CODE, "F3 6C 90");
		set(Register.CR4, get(Register.CR4) | DEBUG_EXTENSIONS);
		set(Register.DR0, 0x70);
		set(Register.DR1, DATA + 1);
		set(Register.DR7, ON_PORT | ON_WRITE);
		set(Register.RDX, 0x70);
		set(Register.RCX, 3);
		set(Register.RDI, DATA);
		for (int bits : new int[] {1, 3}) {
			run(Intercept.IoPort.class);
			iterate(Register.RDI, 1);
			assertTrapped(bits, CODE, RESUME_FLAG);
		}
		run(Intercept.IoPort.class);
		set(Register.RIP, CODE + 2);
		assertTrapped(1, CODE + 2, 0);
	}

	@Test
	void aBreakpointOnTheOtherOperandIsMetWhenOneIsDeviceMemory() throws InterruptedException {
		for (String instruction : new String[] {"F3 A4", "F3 A6"}) {
			guest.code(CODE, instruction);
			boolean moves = instruction.endsWith("4");
			set(Register.DR1, DATA);
			set(Register.DR7, ON_ACCESS);
			set(Register.RCX, 2);
			set(Register.RSI, moves ? NOWHERE : DATA);
			set(Register.RDI, moves ? DATA : NOWHERE);
			set(Register.RIP, CODE);
			run(Intercept.Memory.class);
			set(Register.RCX, 1);
			assertTrapped(2, CODE, RESUME_FLAG);
		}
	}

	@Test
	void aBreakpointOfAnEarlierInstructionIsNotReportedWithAnInterceptedException() throws InterruptedException {
		intercept(UNDEFINED);
		// out 0x80, al; ud2; in al, 0x81
		guest.code(CODE, "E6 80 0F 0B E4 81");
		set(Register.CR4, get(Register.CR4) | DEBUG_EXTENSIONS);
		set(Register.DR0, 0x80);
		set(Register.DR7, ON_PORT);
		run(Intercept.IoPort.class);
		set(Register.RIP, CODE + 2);
		assertTrapped(1, CODE + 2, 0);
		assertEquals(UNDEFINED, run(Intercept.Exception.class).vector());
		set(Register.RIP, CODE + 4);
		assertEquals(0x81, run(Intercept.IoPort.class).port());
	}

	@Test
	void aBreakpointThatAFaultingInstructionMetIsForgottenWithIt() throws InterruptedException {
		// push qword [rsi], which is watched, where the stack is not canonical
		intercept(12);
		guest.code(CODE, "FF 36");
		handler(12, HANDLER);
		set(Register.DR1, DATA);
		set(Register.DR7, ON_ACCESS);
		set(Register.RSI, DATA);
		set(Register.RSP, 1L << 62);
		assertEquals(12, run(Intercept.Exception.class).vector());
		assertEquals(0, get(Register.PENDING_DEBUG_EXCEPTION));
		set(Register.RSP, 0x7000);
		set(Register.PENDING_INTERRUPTION, 1 | 3 << 1 | 1 << 4 | 12 << 16);
		assertEquals(0x0C, run(Intercept.IoPort.class).port());
	}

	@Test
	void anInstructionThatTheRootLeavesForAnotherPlaceIsNotCompleted() throws InterruptedException {
		stepThrough("F3 6E", DATA, 0);
		guest.code(0x1400, "90 90");
		run(Intercept.IoPort.class);
		set(Register.RIP, 0x1400);
		set(Register.RCX, 1);
		assertTrapped(SINGLE_STEP, 0x1401, 0);
	}

	@Test
	void whatIsPendingCanBeReadAndWritten() throws InterruptedException {
		stepThrough("E6 80 90 90", 0, 0);
		run(Intercept.IoPort.class);
		assertEquals(0, get(Register.PENDING_DEBUG_EXCEPTION));
		set(Register.RIP, CODE + 2);
		assertEquals(1 << 4, get(Register.PENDING_DEBUG_EXCEPTION));
		set(Register.PENDING_DEBUG_EXCEPTION, 1 << 4 | 2);
		assertTrapped(SINGLE_STEP | 2, CODE + 2, 0);
		set(Register.RFLAGS, 2);
		set(Register.PENDING_DEBUG_EXCEPTION, 1);
		assertTrapped(1, CODE + 2, 0);
		assertEquals(HvStatus.INVALID_REGISTER_VALUE,
			root.trySet(partition, 0, Register.PENDING_DEBUG_EXCEPTION.code(), 1 << 5, 0));
	}

	@Test
	void aTrapThatIsDueComesBeforeAnInterruptThatIsInjected() throws InterruptedException {
		stepThrough("E6 80 90 90", 0, 0);
		handler(0x40, HANDLER);
		run(Intercept.IoPort.class);
		set(Register.RIP, CODE + 2);
		set(Register.PENDING_INTERRUPTION, 1 | 0x40 << 16);
		assertTrapped(SINGLE_STEP, CODE + 2, 0);
		assertEquals(0x40, run(Intercept.IoPort.class).port());
		assertEquals(CODE + 2, guest.segment().get(JAVA_LONG, get(Register.RSP)));
	}

	@Test
	void aTrapAndAnInjectedInterruptBothWaitForTheStack() throws InterruptedException {
		intercept(0, InterceptType.EXCEPTION, DEBUG);
		stepThrough("E6 80 90 90", 0, 0);
		handler(DEBUG, HANDLER);
		handler(0x40, HANDLER + 0x100);
		run(Intercept.IoPort.class);
		set(Register.RIP, CODE + 2);
		set(Register.RSP, NOWHERE + 0x800);
		long interrupt = 1 | 0x40 << 16;
		set(Register.PENDING_INTERRUPTION, interrupt);
		run(Intercept.Memory.class);
		assertEquals(interrupt, get(Register.PENDING_INTERRUPTION));
		assertEquals(1 << 4, get(Register.PENDING_DEBUG_EXCEPTION));
		MemorySegment stack = root.map(partition, NOWHERE, 1);
		assertEquals(0x40, run(Intercept.IoPort.class).port());
		assertEquals(HANDLER, stack.get(JAVA_LONG, get(Register.RSP) - NOWHERE));
	}

	@Test
	void aHypercallThatTheRootAnswersIsTrappedOnce() throws InterruptedException {
		set(Register.GUEST_OS_ID, 1);
		set(Register.HYPERCALL, 0x5001);
		intercept(EXECUTE, InterceptType.HYPERCALL, 0);
		stepThrough("0F 01 C1 90", 0, 0);
		run(Intercept.Other.class);
		set(Register.RIP, CODE + 3);
		assertTrapped(SINGLE_STEP, CODE + 3, 0);
		assertTrapped(SINGLE_STEP, CODE + 4, 0);
	}

	@Test
	void aDebugExceptionThatTheRootInjectsItselfIsTheOneThatIsDue() throws InterruptedException {
		stepThrough("E6 80 90 90", 0, 0);
		handler(DEBUG, HANDLER);
		run(Intercept.IoPort.class);
		set(Register.RIP, CODE + 2);
		set(Register.PENDING_EVENT0, 1 | DEBUG << 16);
		assertEquals(1, run(Intercept.IoPort.class).port());
		assertEquals(CODE + 2, guest.segment().get(JAVA_LONG, get(Register.RSP)));
		assertEquals(SINGLE_STEP, get(Register.DR6) & 0xE00F);
		assertEquals(0, get(Register.PENDING_DEBUG_EXCEPTION));
	}
}
