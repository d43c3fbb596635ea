package mshv.tck.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.LongMode;

@Conformance("debug exceptions")
class DebugExceptions {
	private static final int DEBUG = 1, BREAKPOINT = 3;
	private static final int EXECUTE = 4, EXCEPTION_INTERCEPT = 3;
	private static final int TRAP_FLAG = 1 << 8, RESUME_FLAG = 1 << 16;
	private static final int SINGLE_STEP = 1 << 14;
	/** DR7: breakpoint 0 enabled, for execution; for reads and writes of four bytes; for ports, one byte. */
	private static final long ON_EXECUTION = 0x402, ON_ACCESS = 0xF0402, ON_PORT = 0x20402;
	private static final int DEBUG_EXTENSIONS = 8;

	private final Hypervisor hypervisor;

	DebugExceptions(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** A handler that reports the RIP and the flags that were pushed, then ends the single step: MOV EAX, [RSP]; OUT; MOV EAX, [RSP + 16];
	 * OUT; AND WORD [RSP + 16], ~TF. */
	private static GuestCode reporting() {
		return GuestCode.forLongMode().raw(0x8B, 0x04, 0x24).out(4).raw(0x8B, 0x44, 0x24, 0x10).out(4)
			.raw(0x66, 0x81, 0x64, 0x24, 0x10, 0xFF, 0xFE).iretq();
	}

	private static Guest stepping(Hypervisor hypervisor, GuestCode code) {
		Guest guest = Guest.inLongMode(hypervisor, code);
		guest.longMode().handle(DEBUG, reporting());
		guest.processor().setRegister(Register.RFLAGS, 2 | TRAP_FLAG);
		return guest;
	}

	@Test
	void aPortAccessIsTrappedOnceItIsCompleted() {
		GuestCode code = GuestCode.forLongMode().in(1);
		int next = code.position();
		code.movAl(7).out(1);
		try (Guest guest = stepping(hypervisor, code)) {
			assertFalse(guest.runToPort().header().write());
			Intercept.IoPort trap = guest.runToPort();
			assertEquals(Guest.CODE + next, trap.rax());
			assertEquals(SINGLE_STEP, guest.processor().getRegister(Register.DR6) & 0xE00F);
			guest.runToPort();
			assertEquals(7, guest.runToPort().rax() & 0xFF, "trapped once");
		}
	}

	@Test
	void anAccessToDeviceMemoryIsTrappedOnceItIsCompleted() {
		GuestCode code = GuestCode.forLongMode().raw(0x8B, 0x07);
		int next = code.position();
		try (Guest guest = stepping(hypervisor, code)) {
			guest.processor().setRegister(Register.RDI, Guest.NOWHERE);
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			guest.processor().setRegister(Register.RIP, access.header().rip() + next);
			assertEquals(Guest.CODE + next, guest.runToPort().rax());
		}
	}

	@Test
	void anInstructionThatIsRepeatedIsTrappedOnce() {
		GuestCode code = GuestCode.forLongMode().raw(0x8B, 0x07);
		int next = code.position();
		code.out(4);
		try (Guest guest = stepping(hypervisor, code)) {
			guest.processor().setRegister(Register.RDI, Guest.NOWHERE);
			guest.run(Intercept.Memory.class);
			guest.partition().mapMemory(MemoryRegion.ram(Guest.NOWHERE, guest.memory(0x1000)));
			assertEquals(Guest.CODE + next, guest.runToPort().rax());
			guest.runToPort();
			assertEquals(Guest.CODE + next, guest.runToPort().header().rip());
		}
	}

	@Test
	void eachIterationOfAStringInstructionIsTrapped() {
		// REP STOSB
		GuestCode code = GuestCode.forLongMode().raw(0xF3, 0xAA).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			// INC R8; MOV R10, [RSP + 16]; TEST RCX, RCX; JNZ to the end; AND WORD [RSP + 16], ~TF
			guest.longMode().handle(DEBUG, GuestCode.forLongMode().raw(0x49, 0xFF, 0xC0, 0x4C, 0x8B, 0x54, 0x24, 0x10, 0x48, 0x85, 0xC9)
				.raw(0x75, 7, 0x66, 0x81, 0x64, 0x24, 0x10, 0xFF, 0xFE).iretq());
			guest.processor().setRegisters(Map.of(Register.RFLAGS, RegisterValue.of(2 | TRAP_FLAG), Register.R8, RegisterValue.of(0),
				Register.RCX, RegisterValue.of(5), Register.RDI, RegisterValue.of(0x9000)));
			guest.runToPort();
			assertEquals(5, guest.processor().getRegister(Register.R8));
			assertEquals(0, guest.processor().getRegister(Register.R10) & RESUME_FLAG, "the last one ends the instruction");
		}
	}

	@Test
	void eachIterationThatIsDoneForTheProcessorIsTrapped() {
		// REP OUTSB
		GuestCode code = GuestCode.forLongMode().raw(0xF3, 0x6E);
		int next = code.position();
		code.movAl(7).out(1);
		try (Guest guest = stepping(hypervisor, code)) {
			// It goes on with single step
			guest.longMode().handle(DEBUG, GuestCode.forLongMode().raw(0x8B, 0x04, 0x24).out(4).raw(0x8B, 0x44, 0x24, 0x10).out(4).iretq());
			guest.processor().setRegisters(Map.of(Register.RCX, RegisterValue.of(2), Register.RSI, RegisterValue.of(0x9000)));
			assertTrue(guest.run(Intercept.IoPort.class).header().write());
			guest.processor().setRegisters(Map.of(Register.RCX, RegisterValue.of(1), Register.RSI, RegisterValue.of(0x9001)));
			assertEquals(Guest.CODE, guest.runToPort().rax());
			assertEquals(RESUME_FLAG, guest.runToPort().rax() & RESUME_FLAG);
			Intercept.IoPort last = guest.run(Intercept.IoPort.class);
			guest.processor().setRegister(Register.RCX, 0);
			guest.skip(last.header());
			assertEquals(Guest.CODE + next, guest.runToPort().rax());
			assertEquals(0, guest.runToPort().rax() & RESUME_FLAG);
		}
	}

	@Test
	void aTrapBetweenIterationsHasTheResumeFlagInItsFrame() {
		GuestCode code = GuestCode.forLongMode().raw(0xF3, 0xAA).out(1);
		try (Guest guest = stepping(hypervisor, code)) {
			guest.processor().setRegisters(Map.of(Register.RCX, RegisterValue.of(5), Register.RDI, RegisterValue.of(0x9000)));
			assertEquals(Guest.CODE, guest.runToPort().rax());
			assertEquals(RESUME_FLAG, guest.runToPort().rax() & RESUME_FLAG);
			assertEquals(4, guest.processor().getRegister(Register.RCX));
		}
	}

	@Test
	void aLoadOfTheStackSegmentHidesABreakpointOnTheNextInstruction() {
		GuestCode code = GuestCode.forLongMode().raw(0x8E, 0xD0);
		int next = code.position();
		code.raw(0x90).movAl(9).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(DEBUG, reporting());
			guest.processor().setRegisters(Map.of(Register.DR0, RegisterValue.of(Guest.CODE + next),
				Register.DR7, RegisterValue.of(ON_EXECUTION), Register.RAX, RegisterValue.of(0x10)));
			assertEquals(9, guest.runToPort().rax() & 0xFF);
			guest.processor().setRegister(Register.RIP, Guest.CODE + next);
			assertEquals(Guest.CODE + next, guest.runToPort().rax(), "not hidden without it");
		}
	}

	@Test
	void aDataBreakpointOnALoadOfTheStackSegmentComesOneInstructionLater() {
		// MOV SS, [RDI]; NOP
		GuestCode code = GuestCode.forLongMode().raw(0x8E, 0x17, 0x90);
		int next = code.position();
		code.raw(0x90, 0x90);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(DEBUG, reporting());
			guest.write(0x9000, new byte[] {0x10, 0});
			guest.processor().setRegisters(Map.of(Register.DR0, RegisterValue.of(0x9000), Register.DR7, RegisterValue.of(ON_ACCESS),
				Register.RDI, RegisterValue.of(0x9000)));
			assertEquals(Guest.CODE + next, guest.runToPort().rax());
		}
	}

	@Test
	void aDataBreakpointIsReportedRightAfterTheAccess() {
		// Ten rounds of NOP so that the code is as fast as it gets, then one with the breakpoint's address in RDI
		GuestCode code = GuestCode.forLongMode().movEcx(20).movRdi(0x8000).raw(0x90);
		int loop = code.position();
		// CMP ECX, 1; CMOVE RDI, RSI; MOV [RDI], EAX
		code.raw(0x83, 0xF9, 1, 0x48, 0x0F, 0x44, 0xFE, 0x89, 0x07);
		int next = code.position();
		// INC EAX three times; DEC ECX; JNZ
		code.raw(0xFF, 0xC0, 0xFF, 0xC0, 0xFF, 0xC0, 0xFF, 0xC9).raw(0x75, loop - code.position() - 10);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(DEBUG, reporting());
			guest.processor().setRegisters(Map.of(Register.DR0, RegisterValue.of(0x9000), Register.DR7, RegisterValue.of(ON_ACCESS),
				Register.RSI, RegisterValue.of(0x9000)));
			assertEquals(Guest.CODE + next, guest.runToPort().rax());
			assertEquals(1, guest.processor().getRegister(Register.DR6) & 15);
		}
	}

	@Test
	void aBreakpointOnAPortIsReportedOnceTheAccessIsCompleted() {
		GuestCode code = GuestCode.forLongMode().movDx(0x70).out(1).movDx(0x71).out(1);
		int next = code.position();
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(DEBUG, reporting());
			guest.processor().setRegisters(Map.of(Register.DR0, RegisterValue.of(0x71), Register.DR7, RegisterValue.of(ON_PORT),
				Register.CR4, RegisterValue.of(guest.processor().getRegister(Register.CR4) | DEBUG_EXTENSIONS)));
			assertEquals(0x70, guest.runToPort().port());
			assertEquals(0x71, guest.runToPort().port());
			assertEquals(Guest.CODE + next, guest.runToPort().rax());
			assertEquals(1, guest.processor().getRegister(Register.DR6) & 15);
		}
	}

	@Test
	void anInjectedDebugExceptionIsATrap() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().loopForever())) {
			guest.longMode().handle(DEBUG, reporting());
			guest.processor().setRegister(Register.PENDING_INTERRUPTION, 1 | 3 << 1 | DEBUG << 16);
			assertEquals(Guest.CODE, guest.runToPort().rax());
			assertEquals(0, guest.runToPort().rax() & RESUME_FLAG);
		}
	}

	@Test
	void aSingleStepCanBeIntercepted() {
		GuestCode code = GuestCode.forLongMode().raw(0x90, 0x90);
		try (Guest guest = stepping(hypervisor, code)) {
			guest.partition().installIntercept(EXECUTE, EXCEPTION_INTERCEPT, DEBUG);
			for (int n = 1; n <= 2; n++) {
				Intercept.Exception trap = guest.run(Intercept.Exception.class);
				assertEquals(DEBUG, trap.vector());
				assertEquals(SINGLE_STEP, trap.parameter());
				assertEquals(Guest.CODE + n, trap.header().rip());
				assertEquals(0, guest.processor().getRegister(Register.DR6) & SINGLE_STEP, "the guest has not seen it");
			}
		}
	}

	@Test
	void aBreakpointInstructionCanBeIntercepted() {
		GuestCode code = GuestCode.forLongMode().raw(0x90, 0xCC).movAl(5).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.partition().installIntercept(EXECUTE, EXCEPTION_INTERCEPT, BREAKPOINT);
			Intercept.Exception trap = guest.run(Intercept.Exception.class);
			assertEquals(BREAKPOINT, trap.vector());
			assertEquals(Guest.CODE + 1, trap.header().rip(), "at the instruction");
			assertEquals(1, trap.header().instructionLength());
			guest.skip(trap.header());
			assertEquals(5, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void theShadowOfStiEndsWithTheInstructionThatIsCompletedInIt() {
		GuestCode code = GuestCode.forLongMode().sti().in(1).raw(0x90, 0x90).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Intercept.IoPort access = guest.run(Intercept.IoPort.class);
			assertTrue((access.header().executionState() & 1 << 12) != 0);
			assertEquals(1, guest.processor().getRegister(Register.INTERRUPT_STATE));
			guest.skip(access.header());
			assertEquals(0, guest.processor().getRegister(Register.INTERRUPT_STATE));
			assertEquals(0, guest.runToPort().header().executionState() & 1 << 12);
		}
	}

	@Test
	void theShadowLastsUntilAnInstructionIsRepeated() {
		GuestCode code = GuestCode.forLongMode().sti().raw(0x8B, 0x07).cli().movAl(1).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.processor().setRegister(Register.RDI, Guest.NOWHERE);
			guest.run(Intercept.Memory.class);
			assertEquals(1, guest.processor().getRegister(Register.INTERRUPT_STATE));
			assertEquals(LongMode.STACK, guest.processor().getRegister(Register.RSP));
		}
	}
}
