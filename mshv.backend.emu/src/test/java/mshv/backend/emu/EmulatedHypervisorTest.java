package mshv.backend.emu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.abi.RegisterPage;

/** Guests that run from their first instruction, through the hypercall interface alone. */
class EmulatedHypervisorTest {
	private final Root root = new Root();

	@AfterEach
	void close() {
		root.close();
	}

	private static void code(MemorySegment memory, long at, int... bytes) {
		for (int i = 0; i < bytes.length; i++) {
			memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) bytes[i]);
		}
	}

	@Test
	void aRealModeGuestAddsAndWritesToAPort() throws InterruptedException {
		long partition = root.partition(Root.STANDARD);
		root.createVp(partition, 0);
		MemorySegment memory = root.map(partition, 0x1000, 1);
		code(memory, 0, 0xBA, 0xF8, 0x03, 0x00, 0xD8, 0x04, 0x30, 0xEE, 0xB0, 0x00, 0xEE);
		root.set(partition, 0, Register.CS, RegisterValue.segment(0, 0xFFFF, 0, 0x9B));
		root.set(partition, 0, Register.RAX, 2);
		root.set(partition, 0, Register.RBX, 2);
		root.set(partition, 0, Register.RIP, 0x1000);
		root.set(partition, 0, Register.RFLAGS, 2);

		Intercept.IoPort first = assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		assertEquals(0x3F8, first.port());
		assertEquals('4', first.rax());
		assertEquals(1, first.size());
		assertTrue(first.header().write());
		assertEquals(1, first.header().instructionLength());

		MemorySegment page = root.statePage(partition, 0, 0);
		assertEquals(first.header().rip(), page.get(ValueLayout.JAVA_LONG, RegisterPage.RIP));
		page.set(ValueLayout.JAVA_LONG, RegisterPage.RIP, first.header().rip() + 1);
		page.set(ValueLayout.JAVA_INT, RegisterPage.DIRTY, RegisterPage.DIRTY_IP);
		Intercept.IoPort second = assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		assertEquals(0, second.rax());
		assertEquals(0, page.get(ValueLayout.JAVA_INT, RegisterPage.DIRTY));
	}

	@Test
	void aTimerInterruptEndsAHalt() throws InterruptedException {
		long partition = root.partition(Root.STANDARD);
		root.createVp(partition, 0);
		MemorySegment memory = root.map(partition, 0, 32);
		root.flat64(partition, 0, memory, 0x1000);
		root.set(partition, 0, Register.RSP, 0x7000);
		// GDT at 0x2000: 64-bit code at 8, data at 16; IDT at 0x3000: gate 0x40 to 0x1800
		memory.set(ValueLayout.JAVA_LONG, 0x2008, 0x00AF9B000000FFFFL);
		memory.set(ValueLayout.JAVA_LONG, 0x2010, 0x00CF93000000FFFFL);
		memory.set(ValueLayout.JAVA_LONG, 0x3400, 0x00008E0000081800L);
		root.set(partition, 0, Register.GDTR, RegisterValue.table(0x2000, 0x17));
		root.set(partition, 0, Register.IDTR, RegisterValue.table(0x3000, 0xFFF));
		// mov ebx, 0xfee00000; SVR = 0x1ff; LVT timer = 0x40; divide by 1; initial count = 2 ms; sti; hlt; out 0x80, al; hlt
		code(memory, 0x1000, 0xBB, 0x00, 0x00, 0xE0, 0xFE, 0xC7, 0x83, 0xF0, 0, 0, 0, 0xFF, 0x01, 0, 0, //
			0xC7, 0x83, 0x20, 0x03, 0, 0, 0x40, 0, 0, 0, 0xC7, 0x83, 0xE0, 0x03, 0, 0, 0x0B, 0, 0, 0, //
			0xC7, 0x83, 0x80, 0x03, 0, 0, 0x80, 0x84, 0x1E, 0, 0xFB, 0xF4, 0xE6, 0x80);
		// handler: inc ecx; mov dword [rbx + 0xb0], 0; iretq
		code(memory, 0x1800, 0xFF, 0xC1, 0xC7, 0x83, 0xB0, 0, 0, 0, 0, 0, 0, 0, 0x48, 0xCF);

		Intercept.IoPort exit = assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		assertEquals(0x80, exit.port());
		assertEquals(1, root.get(partition, 0, Register.RCX));
	}
}
