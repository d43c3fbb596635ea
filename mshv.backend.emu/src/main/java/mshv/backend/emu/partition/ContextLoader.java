package mshv.backend.emu.partition;

import java.util.Arrays;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.isa.Flag;

/** Makes a processor take up registers that were written from outside: derives its mode, and refuses what contradicts itself. */
final class ContextLoader {
	private ContextLoader() {}

	/** Takes up control registers, flags and segments.
	 * @param paging the paging registers were written too
	 * @return false if the registers contradict each other: the processor cannot run */
	static boolean load(Cpu cpu, boolean paging) {
		boolean protectedMode = (cpu.cr0 & Cpu.CR0_PE) != 0;
		boolean pagingEnabled = (cpu.cr0 & Cpu.CR0_PG) != 0;
		boolean longMode = (cpu.efer & Cpu.EFER_LMA) != 0;
		boolean extended = (cpu.cr4 & Cpu.CR4_PAE) != 0;
		boolean virtual8086 = (cpu.systemFlags & Flag.VM) != 0;
		if (pagingEnabled && !protectedMode || longMode != ((cpu.efer & Cpu.EFER_LME) != 0 && pagingEnabled) || longMode && !extended
				|| virtual8086 && (longMode || !protectedMode) || (cpu.cr0 & Cpu.CR0_NW) != 0 && (cpu.cr0 & Cpu.CR0_CD) == 0) {
			return false;
		}
		if (longMode) {
			Segment code = cpu.segments[Segment.CS];
			int sizes = Segment.LONG | Segment.DEFAULT;
			if ((code.attributes & sizes) == sizes) {
				return false;
			}
		}
		cpu.cpl = !protectedMode ? 0 : virtual8086 ? 3 : cpu.segments[Segment.SS].dpl();
		if (paging) {
			cpu.mmu.flush();
			if (pagingEnabled && extended && !longMode && !loadPointers(cpu)) {
				return false;
			}
		}
		cpu.contextChanged();
		if ((cpu.systemFlags & Flag.TF) != 0 || (cpu.dr[7] & 0xFF) != 0) {
			cpu.requestAttention(Cpu.ATTENTION_PRECISE);
		}
		cpu.interruptsEnabled();
		return true;
	}

	private static boolean loadPointers(Cpu cpu) {
		try {
			return cpu.mmu.loadPdptr(cpu.cr3);
		} catch (GuestFault notMapped) {
			// Without memory behind CR3 nothing is mapped
			Arrays.fill(cpu.pdptr, 0);
			return true;
		}
	}
}
