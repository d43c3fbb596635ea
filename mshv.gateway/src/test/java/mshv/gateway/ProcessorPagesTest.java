package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import org.junit.jupiter.api.Test;

import mshv.api.abi.RegisterPage;

class ProcessorPagesTest {
	private final Arena arena = Arena.ofAuto();
	private final MemorySegment program = arena.allocate(ProcessorPages.SIZE, 8);
	private final MemorySegment registers = arena.allocate(4096, 8);
	private final MemorySegment message = arena.allocate(4096, 8);
	private final ProcessorPages pages = new ProcessorPages(program, registers, message);

	@Test
	void onlyWhatIsMarkedIsTakenOver() {
		program.set(JAVA_LONG, RegisterPage.RIP, 0x1000);
		program.set(JAVA_LONG, RegisterPage.RAX, 5);
		program.set(JAVA_INT, RegisterPage.DIRTY, RegisterPage.DIRTY_IP);
		pages.takeOver();
		assertEquals(0x1000, registers.get(JAVA_LONG, RegisterPage.RIP));
		assertEquals(0, registers.get(JAVA_LONG, RegisterPage.RAX));
		assertEquals(RegisterPage.DIRTY_IP, registers.get(JAVA_INT, RegisterPage.DIRTY));
		assertEquals(0, program.get(JAVA_INT, RegisterPage.DIRTY));
	}

	@Test
	void registersThatAreReadOnlyAreNeverTakenOver() {
		program.set(JAVA_LONG, RegisterPage.CR3, 0x5000);
		program.set(JAVA_LONG, RegisterPage.INTERRUPT_VECTORS, 1);
		program.set(JAVA_INT, RegisterPage.DIRTY, -1);
		pages.takeOver();
		assertEquals(0, registers.get(JAVA_LONG, RegisterPage.CR3));
		assertEquals(0, registers.get(JAVA_LONG, RegisterPage.INTERRUPT_VECTORS));
	}

	@Test
	void theProgramSeesWhatTheHypervisorWrote() {
		registers.set(JAVA_LONG, RegisterPage.RAX, 7);
		registers.set(JAVA_LONG, RegisterPage.CR3, 0x5000);
		message.set(JAVA_INT, 0, 0x80010000);
		pages.show();
		pages.showMessage();
		assertEquals(7, program.get(JAVA_LONG, RegisterPage.RAX));
		assertEquals(0x5000, program.get(JAVA_LONG, RegisterPage.CR3));
		assertEquals(0x80010000, program.get(JAVA_INT, 4096));
	}
}
