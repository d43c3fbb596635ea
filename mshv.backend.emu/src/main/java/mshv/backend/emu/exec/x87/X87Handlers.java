package mshv.backend.emu.exec.x87;

import mshv.backend.emu.exec.HandlerTable;

/** The handlers of every opcode in the group X87. */
public final class X87Handlers {
	private X87Handlers() {}

	/** Adds all of them.
	 * @param table has none of these opcodes yet */
	public static void register(HandlerTable table) {
		Arithmetic.register(table);
		Functions.register(table);
		Comparisons.register(table);
		Loads.register(table);
		Stores.register(table);
		Moves.register(table);
		Control.register(table);
		Environment.register(table);
		ExtendedState.register(table);
	}
}
