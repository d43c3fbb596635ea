package mshv.backend.emu.exec.x87;

import mshv.backend.emu.cpu.BarePlatform;
import mshv.backend.emu.cpu.NoCode;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.InstructionGuest;
import mshv.backend.emu.isa.Opcode;

/** Executes single x87 instructions, the first one after FNINIT. */
final class X87Guest extends InstructionGuest {
	/** Offset in CS of every instruction. */
	static final int START = 0x234;

	private static final Handler[] HANDLERS = handlers(Opcode.Group.X87, X87Handlers::register);

	private X87Guest(int mode) {
		super(mode, new BarePlatform(), new NoCode(), HANDLERS, START, null);
		cpu.fpu.initialize();
	}

	/** A guest in real mode. */
	static X87Guest realMode() {
		return new X87Guest(16);
	}

	/** A guest in 32-bit protected mode, flat. */
	static X87Guest protectedMode() {
		return new X87Guest(32);
	}

	/** A guest in 64-bit mode. */
	static X87Guest longMode() {
		return new X87Guest(64);
	}
}
