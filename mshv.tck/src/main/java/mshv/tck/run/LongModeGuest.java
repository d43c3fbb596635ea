package mshv.tck.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.LongMode;

@Conformance("64-bit mode")
class LongModeGuest {
	private static final int INVALID_OPCODE = 6, PAGE_FAULT = 14;

	private final Hypervisor hypervisor;

	LongModeGuest(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@Test
	void registersHave64Bits() {
		// ADD RAX, RBX
		GuestCode code = GuestCode.forLongMode().movRax(0x7FFF_FFFF_FFFF_FFFFL).raw(0x48, 0x01, 0xD8).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.processor().setRegisters(Map.of(Register.RBX, RegisterValue.of(2)));
			Intercept.IoPort access = guest.run(Intercept.IoPort.class);
			assertEquals(0x8000_0000_0000_0001L, access.rax());
			assertEquals(0x14, access.header().executionState() & 0x17, "CPL 0, PE and LMA");
		}
	}

	@Test
	void linearAddressesAreTranslated() {
		GuestCode code = GuestCode.forLongMode().movRdi(LongMode.WINDOW + 0x5008).store(0x1234).movRdi(0x9008).loadEax().out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().map(5, 0x9000, LongMode.PRESENT | LongMode.WRITABLE);
			assertEquals(0x1234, guest.runToPort().rax());
		}
	}

	@Test
	void anUndefinedInstructionReachesTheHandler() {
		GuestCode code = GuestCode.forLongMode().ud2();
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(INVALID_OPCODE, GuestCode.forLongMode().movAl(INVALID_OPCODE).out(1));
			assertEquals(INVALID_OPCODE, guest.runToPort().rax());
		}
	}

	@Test
	void aPageFaultHasItsAddressAndErrorCode() {
		GuestCode code = GuestCode.forLongMode().movRdi(LongMode.WINDOW + 0x7123).storeEax();
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			// POP RAX: the error code
			guest.longMode().handle(PAGE_FAULT, GuestCode.forLongMode().raw(0x58).out(4));
			Intercept.IoPort access = guest.runToPort();
			assertEquals(2, access.rax(), "a write to a page that is not present");
			assertEquals(LongMode.WINDOW + 0x7123, guest.processor().getRegister(Register.CR2));
		}
	}

	@Test
	void codeIsFetchedWithThePrivilegeThatExecutesIt() {
		GuestCode code = GuestCode.forLongMode().iretq();
		int target = code.position();
		code.jump(0);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().handle(PAGE_FAULT, GuestCode.forLongMode().raw(0x58).out(4));
			long toKernel = LongMode.STACK - 128;
			long toUser = LongMode.STACK - 64;
			returnFrame(guest, toKernel, Guest.CODE + target, LongMode.CODE, toUser, LongMode.DATA);
			returnFrame(guest, toUser, Guest.CODE + target, LongMode.USER_CODE | 3, LongMode.STACK, LongMode.USER_DATA | 3);
			guest.processor().setRegister(Register.RSP, toKernel);
			assertEquals(5, guest.runToPort().rax(), "a user's access to a page of the kernel");
			assertEquals(Guest.CODE + target, guest.processor().getRegister(Register.CR2));
		}
	}

	private static void returnFrame(Guest guest, long at, long rip, int cs, long rsp, int ss) {
		long[] frame = {rip, cs, 2, rsp, ss};
		MemorySegment.copy(frame, 0, guest.ram(), ValueLayout.JAVA_LONG, at, frame.length);
	}

	@Test
	void anInjectedExceptionReachesTheHandler() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().loopForever())) {
			guest.longMode().handle(PAGE_FAULT, GuestCode.forLongMode().raw(0x58).out(4));
			// Pending, hardware exception, with error code 5
			guest.processor().setRegister(Register.PENDING_INTERRUPTION, 1 | 3 << 1 | 1 << 4 | PAGE_FAULT << 16 | 5L << 32);
			assertEquals(5, guest.runToPort().rax());
			assertEquals(0, guest.processor().getRegister(Register.PENDING_INTERRUPTION));
		}
	}

	@Test
	void codeThatModifiesItselfExecutesWhatItWrote() {
		GuestCode code = GuestCode.forLongMode().movRdi(Guest.CODE);
		int patched = code.position() + 4;
		code.raw(0xC6, 0x47, patched + 1, 2).movAl(1).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			assertEquals(2, guest.runToPort().rax());
		}
	}

	@Test
	void theStackIsUsedByCallsAndReturns() {
		// CALL +2; JMP +1; RET
		GuestCode code = GuestCode.forLongMode().raw(0xE8, 2, 0, 0, 0, 0xEB, 1, 0xC3).movAl(3).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			assertEquals(3, guest.runToPort().rax());
			assertEquals(LongMode.STACK, guest.processor().getRegister(Register.RSP));
		}
	}

	@Test
	void aHundredThousandInstructionsComeToTheRightResult() {
		// MOV ECX, 50000; ADD RAX, RCX; DEC ECX; JNZ
		GuestCode code = GuestCode.forLongMode().movEax(0).movEcx(50_000).raw(0x48, 0x01, 0xC8, 0xFF, 0xC9, 0x75, 0xF9).out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			assertEquals(50_000L * 50_001 / 2, guest.runToPort().rax());
		}
	}
}
