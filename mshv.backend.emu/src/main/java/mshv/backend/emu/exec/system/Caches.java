package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** INVLPG, INVD and WBINVD. There are no data caches to see; the translations are the processor's own. */
final class Caches {
	private Caches() {}

	static void register(HandlerTable table) {
		table.add(Opcode.INVLPG, Caches::invalidatePage);
		table.add(Opcode.INVD, (cpu, i) -> Privilege.requireSupervisor(cpu));
		table.add(Opcode.WBINVD, (cpu, i) -> Privilege.requireSupervisor(cpu));
	}

	/** The segment's base counts, not its limit or type; a non-canonical address has no translation. */
	private static void invalidatePage(Cpu cpu, Instruction i) {
		Privilege.requireSupervisor(cpu);
		long offset = Operands.offset(cpu, i);
		if (cpu.mode != 64) {
			cpu.mmu.flushPage(cpu.segments[i.segment].base + offset & 0xFFFFFFFFL);
			return;
		}
		long address = i.segment >= Segment.FS ? cpu.segments[i.segment].base + offset : offset;
		if (Privilege.canonical(address)) {
			cpu.mmu.flushPage(address);
		}
	}
}
