package mshv.backend.emu.exec.sse;

import mshv.backend.emu.exec.HandlerTable;

/** All handlers of {@link mshv.backend.emu.isa.Opcode.Group#SSE}. */
public final class SseHandlers {
	private SseHandlers() {}

	/** Adds the handlers. */
	public static void register(HandlerTable table) {
		VectorMoves.register(table);
		ElementMoves.register(table);
		IntegerElements.register(table);
		Shuffles.register(table);
		ElementShifts.register(table);
		FloatArithmetic.register(table);
		FloatComparisons.register(table);
		Conversions.register(table);
	}
}
