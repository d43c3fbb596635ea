/**
 * Handlers of the general-purpose instructions ({@link mshv.backend.emu.isa.Opcode.Group#INTEGER}), by subject.
 * {@link mshv.backend.emu.exec.integer.IntegerHandlers} registers them all; nothing else is public.
 */
package mshv.backend.emu.exec.integer;
