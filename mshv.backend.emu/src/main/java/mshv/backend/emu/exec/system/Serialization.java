package mshv.backend.emu.exec.system;

import java.lang.invoke.VarHandle;

import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Opcode;

/** Instructions that serialize (Intel SDM vol. 3, 9.3): what the processor has stored before is seen by others before it goes on. */
final class Serialization {
	private static final Opcode[] OPCODES = {Opcode.CPUID, Opcode.IRET, Opcode.MOV_TO_CR, Opcode.MOV_TO_DR, Opcode.WRMSR, Opcode.INVLPG,
		Opcode.INVD, Opcode.WBINVD, Opcode.LGDT, Opcode.LIDT, Opcode.LLDT, Opcode.LTR};

	private Serialization() {}

	/** Changes the handlers of these instructions. @param table has them */
	static void apply(HandlerTable table) {
		for (Opcode opcode : OPCODES) {
			table.change(opcode, Serialization::serializing);
		}
	}

	private static Handler serializing(Handler handler) {
		return (cpu, i) -> {
			if (cpu.shared) {
				VarHandle.fullFence();
			}
			handler.execute(cpu, i);
		};
	}
}
