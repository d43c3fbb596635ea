package mshv.backend.emu.partition;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;

/** What INIT and start-up IPIs do to a processor (Intel SDM vol. 3, table 10-1 and 9.4). */
final class ProcessorReset {
	private ProcessorReset() {}

	/** INIT: the state after RESET, but for the x87 and SSE registers, the cache modes and TSC_AUX. */
	static void init(Cpu cpu) {
		long cacheModes = cpu.cr0 & (Cpu.CR0_CD | Cpu.CR0_NW);
		long[] xmm = cpu.xmm.clone();
		int mxcsr = cpu.mxcsr;
		long timeStampAux = cpu.tscAux;
		FpuCopy fpu = FpuCopy.of(cpu.fpu);
		cpu.reset();
		cpu.cr0 = cpu.cr0 & ~(Cpu.CR0_CD | Cpu.CR0_NW) | cacheModes;
		System.arraycopy(xmm, 0, cpu.xmm, 0, xmm.length);
		cpu.setMxcsr(mxcsr);
		cpu.tscAux = timeStampAux;
		fpu.restore(cpu.fpu);
	}

	/** Start-up: execution begins in real mode at a page. @param vector page number, 0 to 255 */
	static void start(Cpu cpu, int vector) {
		cpu.segments[Segment.CS].set(vector << 8, (long) vector << 12, 0xFFFF, 0x9B);
		cpu.rip = 0;
		cpu.nextRip = 0;
	}
}
