package mshv.tck.run;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Rule(Section.INTERCEPTS)
@Conformance("port access")
class PortAccess {
	private static final int PORT = 0x510;
	private static final long BUFFER = 0x9000;

	private final Hypervisor hypervisor;

	PortAccess(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private void assertWrites(int size, GuestCode code) {
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.processor().setRegister(Register.RAX, 0x8765_4321L);
			Intercept.IoPort access = guest.run(Intercept.IoPort.class);
			assertEquals(PORT, access.port());
			assertEquals(size, access.size());
			assertTrue(access.header().write());
			assertNull(access.string());
			assertEquals(0x8765_4321L, access.rax());
			assertEquals(code.position() - 4, access.header().instructionLength());
		}
	}

	@Test
	void aByteIsWritten() {
		assertWrites(1, GuestCode.forLongMode().movDx(PORT).out(1));
	}

	@Test
	void aWordIsWritten() {
		assertWrites(2, GuestCode.forLongMode().movDx(PORT).out(2));
	}

	@Test
	void aDoublewordIsWritten() {
		assertWrites(4, GuestCode.forLongMode().movDx(PORT).out(4));
	}

	private void assertReads(int size) {
		GuestCode code = GuestCode.forLongMode().movDx(PORT).in(size).out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Intercept.IoPort access = guest.run(Intercept.IoPort.class);
			assertEquals(PORT, access.port());
			assertEquals(size, access.size());
			assertFalse(access.header().write());
			guest.processor().setRegisters(Map.of(Register.RAX, RegisterValue.of(0x1234_5678),
				Register.RIP, RegisterValue.of(access.header().rip() + access.header().instructionLength())));
			assertEquals(0x1234_5678, guest.runToPort().rax());
		}
	}

	@Test
	void aByteIsRead() {
		assertReads(1);
	}

	@Test
	void aWordIsRead() {
		assertReads(2);
	}

	@Test
	void aDoublewordIsRead() {
		assertReads(4);
	}

	@Test
	void theImmediateFormNamesItsPort() {
		try (Guest guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().raw(0xE6, 0x80))) {
			Intercept.IoPort access = guest.run(Intercept.IoPort.class);
			assertEquals(0x80, access.port());
			assertEquals(2, access.header().instructionLength());
		}
	}

	@Test
	void aRepeatedStringWriteSaysWhatIsToBeWritten() {
		GuestCode code = GuestCode.forLongMode().movDx(PORT).movRsi(BUFFER).movEcx(5).repeatOutsb().out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.write(BUFFER, "hello".getBytes(US_ASCII));
			StringBuilder written = new StringBuilder();
			Intercept.IoPort access = guest.run(Intercept.IoPort.class);
			while (access.string() != null) {
				assertEquals(PORT, access.port());
				assertEquals(1, access.size());
				assertTrue(access.string().repeat());
				assertTrue(access.header().write());
				assertEquals(0, access.string().ds().segmentBase());
				written.append((char) guest.ram().get(JAVA_BYTE, access.string().rsi()));
				completeOne(guest, access, Register.RSI, access.string().rsi() + 1);
				access = guest.run(Intercept.IoPort.class);
			}
			assertEquals("hello", written.toString());
			assertEquals(BUFFER + 5, guest.processor().getRegister(Register.RSI));
		}
	}

	@Test
	void aRepeatedStringReadSaysWhereTo() {
		GuestCode code = GuestCode.forLongMode().movDx(PORT).movRdi(BUFFER).movEcx(5).repeatInsb().out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			byte next = 'a';
			Intercept.IoPort access = guest.run(Intercept.IoPort.class);
			while (access.string() != null) {
				assertFalse(access.header().write());
				assertTrue(access.string().repeat());
				guest.ram().set(JAVA_BYTE, access.string().rdi(), next++);
				completeOne(guest, access, Register.RDI, access.string().rdi() + 1);
				access = guest.run(Intercept.IoPort.class);
			}
			byte[] read = guest.ram().asSlice(BUFFER, 5).toArray(JAVA_BYTE);
			assertEquals("abcde", new String(read, US_ASCII));
		}
	}

	@Test
	void aRepetitionOfZeroWritesNothing() {
		GuestCode code = GuestCode.forLongMode().movDx(PORT).movRsi(BUFFER).movEcx(0).repeatOutsb().out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			assertNull(guest.run(Intercept.IoPort.class).string());
		}
	}

	/** What a VMM does after one repetition: the instruction is left when the count is zero. */
	private static void completeOne(Guest guest, Intercept.IoPort access, Register pointer, long address) {
		long count = access.string().rcx() - 1;
		long rip = access.header().rip() + (count == 0 ? access.header().instructionLength() : 0);
		guest.processor().setRegisters(Map.of(pointer, RegisterValue.of(address), Register.RCX, RegisterValue.of(count),
			Register.RIP, RegisterValue.of(rip)));
	}
}
