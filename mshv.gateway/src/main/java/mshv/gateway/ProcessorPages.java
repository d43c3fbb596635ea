package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

import mshv.api.abi.InterceptMessage;
import mshv.api.abi.RegisterPage;

/**
 * The pages of a processor that a program may map, kept like those that the hypervisor shares: page 0 registers, page 1 the intercept
 * message. They are copied while the processor does not run, which is when they mean anything.
 */
final class ProcessorPages {
	static final int SIZE = 2 * 4096;
	private static final int MESSAGE = 4096;
	private static final int REGISTERS_SIZE = 696;

	private final MemorySegment program;
	private final MemorySegment registers;
	private final MemorySegment message;

	/** @param program what the program maps @param registers the hypervisor's @param message the hypervisor's */
	ProcessorPages(MemorySegment program, MemorySegment registers, MemorySegment message) {
		this.program = program;
		this.registers = registers;
		this.message = message;
	}

	/** Takes over the classes of registers that the program has marked. */
	void takeOver() {
		int dirty = program.get(JAVA_INT, RegisterPage.DIRTY);
		if (dirty == 0) {
			return;
		}
		take(dirty, RegisterPage.DIRTY_GENERAL, RegisterPage.RAX, RegisterPage.RIP);
		take(dirty, RegisterPage.DIRTY_IP, RegisterPage.RIP, RegisterPage.RFLAGS);
		take(dirty, RegisterPage.DIRTY_FLAGS, RegisterPage.RFLAGS, RegisterPage.RFLAGS + 8);
		take(dirty, RegisterPage.DIRTY_XMM, RegisterPage.XMM0, RegisterPage.ES);
		take(dirty, RegisterPage.DIRTY_SEGMENT, RegisterPage.ES, RegisterPage.CR0);
		registers.set(JAVA_INT, RegisterPage.DIRTY, registers.get(JAVA_INT, RegisterPage.DIRTY) | dirty);
		program.set(JAVA_INT, RegisterPage.DIRTY, 0);
	}

	private void take(int dirty, int bit, int from, int to) {
		if ((dirty & bit) != 0) {
			MemorySegment.copy(program, from, registers, from, to - from);
		}
	}

	/** @return the register page as the program has left it, up to what it has marked; null if it has marked nothing */
	byte[] changed() {
		int dirty = program.get(JAVA_INT, RegisterPage.DIRTY);
		int size = (dirty & RegisterPage.DIRTY_SEGMENT) != 0 ? RegisterPage.CR0 : (dirty & RegisterPage.DIRTY_XMM) != 0 ? RegisterPage.ES
			: RegisterPage.RFLAGS + 8;
		return dirty == 0 ? null : program.asSlice(0, size).toArray(JAVA_BYTE);
	}

	/** Changes what the program maps, as the program would. @param page the first bytes of the register page */
	void change(byte[] page) {
		MemorySegment.copy(page, 0, program, JAVA_BYTE, 0, Math.min(page.length, REGISTERS_SIZE));
	}

	/** Shows the program the processor's state. */
	void show() {
		MemorySegment.copy(registers, 0, program, 0, REGISTERS_SIZE);
	}

	/** Shows the program the message of an intercept. */
	void showMessage() {
		MemorySegment.copy(message, 0, program, MESSAGE, InterceptMessage.SIZE);
	}

	/** @return the message, 256 bytes */
	MemorySegment message() {
		return message.asSlice(0, InterceptMessage.SIZE);
	}
}
