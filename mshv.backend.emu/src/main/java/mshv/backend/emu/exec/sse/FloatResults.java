package mshv.backend.emu.exec.sse;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.fp.SseContext;

/** What every floating-point instruction does between computing and writing its result. */
public final class FloatResults {
	private FloatResults() {}

	/** Records the exceptions that the computation raised; an unmasked one raises #XM, or #UD where the system does not handle it. */
	public static void settle(Cpu cpu) {
		SseContext context = cpu.sse.context;
		if (context.exceptions == 0) {
			return;
		}
		int flags = context.flags();
		boolean unmasked = context.unmasked();
		context.clear();
		if ((cpu.mxcsr | flags) != cpu.mxcsr) {
			cpu.setMxcsr(cpu.mxcsr | flags);
		}
		if (unmasked) {
			throw cpu.raise((cpu.cr4 & Cpu.CR4_OSXMMEXCPT) != 0 ? Vector.XM : Vector.UD);
		}
	}
}
