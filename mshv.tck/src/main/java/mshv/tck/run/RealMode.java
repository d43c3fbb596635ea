package mshv.tck.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

@Conformance("real mode")
class RealMode {
	private final Hypervisor hypervisor;

	RealMode(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** The program of the smallest example of rust-vmm: prints 2 + 2. */
	@Test
	void twoAndTwoIsFour() {
		// MOV DX, 3F8h; ADD AL, BL; ADD AL, '0'; OUT DX, AL; MOV AL, 0; OUT DX, AL
		GuestCode code = GuestCode.forRealMode().raw(0xBA, 0xF8, 0x03, 0x00, 0xD8, 0x04, 0x30, 0xEE, 0xB0, 0x00, 0xEE);
		try (Guest guest = Guest.inRealMode(hypervisor, code)) {
			VirtualProcessor processor = guest.processor();
			processor.setRegisters(Map.of(Register.RAX, RegisterValue.of(2), Register.RBX, RegisterValue.of(2)));
			Intercept.IoPort first = guest.run(Intercept.IoPort.class);
			assertEquals(0x3F8, first.port());
			assertEquals('4', first.rax());
			assertEquals(1, first.size());
			assertNull(first.string());
			assertTrue(first.header().write());
			assertEquals(Guest.CODE + 7, first.header().rip());
			assertEquals(1, first.header().instructionLength());
			processor.setRegister(Register.RIP, first.header().rip() + 1);
			Intercept.IoPort second = guest.run(Intercept.IoPort.class);
			assertEquals(0x3F8, second.port());
			assertEquals(0, second.rax());
		}
	}

	@Test
	void executionStartsAtTheResetVector() {
		try (Guest guest = Guest.afterReset(hypervisor)) {
			MemorySegment rom = guest.memory(0x1000);
			byte[] code = GuestCode.forRealMode().movAl(42).out(1).toBytes();
			MemorySegment.copy(MemorySegment.ofArray(code), 0, rom, 0xFF0, code.length);
			guest.partition().mapMemory(new MemoryRegion(0xFFFF_F000L, rom, Set.of(MemoryRegion.Access.EXECUTABLE)));
			Intercept.IoPort access = guest.run(Intercept.IoPort.class);
			assertEquals(42, access.rax());
			assertEquals(0xFFF2, access.header().rip());
			assertEquals(0xFFFF_0000L, access.header().cs().segmentBase());
		}
	}

	@Test
	void theInterceptSaysInWhatStateTheProcessorIs() {
		GuestCode code = GuestCode.forRealMode().out(1);
		try (Guest guest = Guest.inRealMode(hypervisor, code)) {
			Intercept.Header header = guest.run(Intercept.IoPort.class).header();
			assertEquals(0, header.vpIndex());
			assertEquals(0, header.executionState() & 0x17, "CPL, PE and LMA");
			assertEquals(2, header.rflags());
			assertEquals(0, header.cr8());
		}
	}

	/** A processor that is not told otherwise tries the same instruction again. */
	@Test
	void withoutANewInstructionPointerTheAccessIsMadeAgain() {
		GuestCode code = GuestCode.forRealMode().movAl(1).out(1).movAl(2).out(1);
		try (Guest guest = Guest.inRealMode(hypervisor, code)) {
			Intercept.IoPort first = guest.run(Intercept.IoPort.class);
			assertEquals(first, guest.run(Intercept.IoPort.class));
			guest.skip(first.header());
			assertEquals(2, guest.run(Intercept.IoPort.class).rax());
		}
	}
}
