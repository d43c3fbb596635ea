package mshv.backend.emu.exec;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

import mshv.backend.emu.isa.Opcode;

/** Collects one handler for each opcode; each family of handlers adds its own. */
public final class HandlerTable {
	private final Map<Opcode, Handler> handlers = new EnumMap<>(Opcode.class);

	/** An empty table. */
	public HandlerTable() {}

	/** Adds the handler of an opcode that has none yet. */
	public void add(Opcode opcode, Handler handler) {
		if (handlers.put(opcode, handler) != null) {
			throw new IllegalStateException("two handlers for " + opcode);
		}
	}

	/** Replaces the handler of an opcode that has one. */
	public void change(Opcode opcode, UnaryOperator<Handler> change) {
		handlers.compute(opcode, (_, handler) -> change.apply(Objects.requireNonNull(handler)));
	}

	/** @return handlers at the ordinals of their opcodes; every opcode has one */
	public Handler[] toArray() {
		Handler[] all = new Handler[Opcode.values().length];
		for (Opcode opcode : Opcode.values()) {
			Handler handler = handlers.get(opcode);
			if (handler == null) {
				throw new IllegalStateException("no handler for " + opcode);
			}
			all[opcode.ordinal()] = handler;
		}
		return all;
	}
}
