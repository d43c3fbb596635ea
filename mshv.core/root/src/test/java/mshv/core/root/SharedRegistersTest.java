package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import mshv.api.Register;
import mshv.api.RegisterValue;

class SharedRegistersTest {
	private final MemorySegment page = Arena.ofAuto().allocate(4096, 8);
	private final SharedRegisters registers = new SharedRegisters(page);

	@ParameterizedTest
	@CsvSource({"RAX, 8", "RCX, 16", "RDX, 24", "RBX, 32", "RSP, 40", "RBP, 48", "RSI, 56", "RDI, 64", "R8, 72", "R15, 128", "RIP, 136",
		"RFLAGS, 144", "CR0, 352", "CR3, 360", "CR4, 368", "CR8, 376", "EFER, 384", "DR7, 392", "PENDING_INTERRUPTION, 400",
		"INTERRUPT_STATE, 408", "INSTRUCTION_EMULATION_HINTS, 416", "XFEM, 424"})
	void aRegisterOf64BitsIsAtItsOffset(Register register, long offset) {
		page.fill((byte) 0xFF);
		page.set(JAVA_LONG, offset, 0x1234);
		assertEquals(RegisterValue.of(0x1234), registers.get(register));
	}

	@ParameterizedTest
	@CsvSource({"XMM0, 160", "XMM5, 240", "ES, 256", "CS, 272", "SS, 288", "DS, 304", "FS, 320", "GS, 336"})
	void aRegisterOf128BitsIsAtItsOffset(Register register, long offset) {
		page.set(JAVA_LONG, offset, 0x1234);
		page.set(JAVA_LONG, offset + 8, 0x5678);
		assertEquals(new RegisterValue(0x1234, 0x5678), registers.get(register));
	}

	@ParameterizedTest
	@CsvSource({"XMM6", "CR2", "LDTR", "TR", "IDTR", "EXPLICIT_SUSPEND", "APIC_BASE"})
	void otherRegistersAreNotInThePage(Register register) {
		assertNull(registers.get(register));
	}

	@Test
	void thePageIsValidInItsVersionOnly() {
		page.set(JAVA_BYTE, 0, (byte) 1);
		assertFalse(registers.valid());
		page.set(JAVA_BYTE, 2, (byte) 1);
		assertTrue(registers.valid());
		page.set(JAVA_BYTE, 0, (byte) 2);
		assertFalse(registers.valid());
	}
}
