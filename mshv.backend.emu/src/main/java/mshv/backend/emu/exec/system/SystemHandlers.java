package mshv.backend.emu.exec.system;

import mshv.backend.emu.exec.HandlerTable;

/** The handlers of every opcode in the group SYSTEM. */
public final class SystemHandlers {
	private SystemHandlers() {}

	/** Adds all of them.
	 * @param table has none of these opcodes yet */
	public static void register(HandlerTable table) {
		SoftwareInterrupts.register(table);
		InterruptReturn.register(table);
		FastCalls.register(table);
		FarTransfers.register(table);
		SegmentMoves.register(table);
		DescriptorTableRegisters.register(table);
		SelectorQueries.register(table);
		ControlRegisters.register(table);
		DebugRegisters.register(table);
		ModelSpecificRegisters.register(table);
		SegmentBases.register(table);
		PortAccess.register(table);
		InterruptFlag.register(table);
		Caches.register(table);
		Identification.register(table);
		Undefined.register(table);
		Serialization.apply(table);
	}
}
