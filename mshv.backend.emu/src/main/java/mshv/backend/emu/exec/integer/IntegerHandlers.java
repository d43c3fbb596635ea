package mshv.backend.emu.exec.integer;

import mshv.backend.emu.exec.HandlerTable;

/** The handlers of every opcode in the group INTEGER. */
public final class IntegerHandlers {
	private IntegerHandlers() {}

	/** Adds all of them.
	 * @param table has none of these opcodes yet */
	public static void register(HandlerTable table) {
		Arithmetic.register(table);
		Logic.register(table);
		Shifts.register(table);
		Rotates.register(table);
		Multiply.register(table);
		Divide.register(table);
		BitOperations.register(table);
		DataMovement.register(table);
		Exchange.register(table);
		Stack.register(table);
		StackFrames.register(table);
		ControlTransfer.register(table);
		StringMoves.register(table);
		StringComparisons.register(table);
		FlagOperations.register(table);
		Decimal.register(table);
		Hints.register(table);
	}
}
