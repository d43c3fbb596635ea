package mshv.backend.emu.cpu;

import mshv.backend.emu.fp.SseArithmetic;
import mshv.backend.emu.fp.SseComparison;
import mshv.backend.emu.fp.SseContext;
import mshv.backend.emu.fp.SseConversions;

/** The arithmetic of one processor's SSE unit, with the modes that MXCSR gives. */
public final class SseUnit {
	/** Modes and exceptions. */
	public final SseContext context = new SseContext();
	/** Addition to square root. */
	public final SseArithmetic arithmetic = new SseArithmetic(context);
	/** Comparison, minimum, maximum. */
	public final SseComparison comparison = new SseComparison(context);
	/** Conversion between formats. */
	public final SseConversions conversions = new SseConversions(context);

	SseUnit() {}
}
