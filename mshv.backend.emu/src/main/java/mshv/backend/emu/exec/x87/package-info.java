/**
 * Handlers of x87 instructions and of those that save and restore x87, MMX and SSE state (Intel SDM vol. 1, chapters 8 and 10.5).
 * Arithmetic is in {@code fp}; here are the register stack, the status word, memory formats and exceptions.
 */
package mshv.backend.emu.exec.x87;
