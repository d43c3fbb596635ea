/**
 * Handlers of MMX, SSE and SSE2 instructions (Intel SDM vol. 1, chapters 9 to 11).
 * A vector is two 64-bit halves; element-wise operations work on halves with ordinary integer arithmetic.
 */
package mshv.backend.emu.exec.sse;
