package mshv.backend.emu.hypercall;

import mshv.backend.emu.memory.Doorbells;

/**
 * A connection to a port.
 *
 * @param port where it leads
 * @param doorbell the write that uses it, null unless it is a doorbell's
 */
record Connection(Port port, Doorbells.Connection doorbell) {}
