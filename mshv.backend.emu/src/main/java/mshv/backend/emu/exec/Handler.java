package mshv.backend.emu.exec;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Instruction;

/**
 * Executes one kind of instruction, precisely.
 * <p>
 * On entry {@link Cpu#rip} is the instruction's own offset and {@link Cpu#nextRip} that of the next one; a branch replaces
 * {@code nextRip}. A handler either completes or throws {@link mshv.backend.emu.cpu.GuestFault} having changed nothing that the
 * architecture says is unchanged: so it reads, checks and stores to memory first, and changes registers and flags last. A handler that
 * must leave guest execution (I/O) describes why in {@link Cpu#exit} and returns or throws {@link Cpu#leave}.
 */
@FunctionalInterface
public interface Handler {
	/** Executes the instruction. */
	void execute(Cpu cpu, Instruction instruction);
}
