package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.abi.RegisterPage;

/** Reads registers from the page that the hypervisor shares. The page means nothing while the processor runs. */
final class SharedRegisters {
	private static final int VERSION = 1;
	private static final int NOT_SHARED = -1;

	private final MemorySegment page;

	SharedRegisters(MemorySegment page) {
		this.page = page;
	}

	MemorySegment page() {
		return page;
	}

	/** @return whether the page mirrors the suspended processor */
	boolean valid() {
		return page.get(JAVA_BYTE, RegisterPage.IS_VALID) == 1 && page.get(JAVA_SHORT, RegisterPage.VERSION) == VERSION;
	}

	/** @return the value, null if the page does not hold the register */
	RegisterValue get(Register register) {
		int offset = offset(register);
		if (offset == NOT_SHARED) {
			return null;
		}
		return new RegisterValue(page.get(JAVA_LONG, offset), wide(register) ? page.get(JAVA_LONG, offset + 8) : 0);
	}

	private static boolean wide(Register register) {
		return switch (register) {
			case XMM0, XMM1, XMM2, XMM3, XMM4, XMM5, ES, CS, SS, DS, FS, GS -> true;
			default -> false;
		};
	}

	private static int offset(Register register) {
		return switch (register) {
			case RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 ->
				RegisterPage.RAX + 8 * (register.code() - Register.RAX.code());
			case RIP -> RegisterPage.RIP;
			case RFLAGS -> RegisterPage.RFLAGS;
			case XMM0, XMM1, XMM2, XMM3, XMM4, XMM5 -> RegisterPage.XMM0 + 16 * (register.code() - Register.XMM0.code());
			case ES, CS, SS, DS, FS, GS -> RegisterPage.ES + 16 * (register.code() - Register.ES.code());
			case CR0 -> RegisterPage.CR0;
			case CR3 -> RegisterPage.CR3;
			case CR4 -> RegisterPage.CR4;
			case CR8 -> RegisterPage.CR8;
			case EFER -> RegisterPage.EFER;
			case DR7 -> RegisterPage.DR7;
			case PENDING_INTERRUPTION -> RegisterPage.PENDING_INTERRUPTION;
			case INTERRUPT_STATE -> RegisterPage.INTERRUPT_STATE;
			case INSTRUCTION_EMULATION_HINTS -> RegisterPage.INSTRUCTION_EMULATION_HINTS;
			case XFEM -> RegisterPage.XFEM;
			default -> NOT_SHARED;
		};
	}
}
