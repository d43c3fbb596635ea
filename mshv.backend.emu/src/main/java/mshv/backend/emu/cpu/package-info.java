/**
 * The state of one emulated processor, the MMU that translates its addresses, and the faults and exits it can raise.
 * What surrounds a processor is reached through {@link mshv.backend.emu.cpu.Platform}; instructions are executed elsewhere.
 */
package mshv.backend.emu.cpu;
