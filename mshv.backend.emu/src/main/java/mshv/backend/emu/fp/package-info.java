/**
 * Floating-point arithmetic of the emulated processor: x87 double-extended and scalar SSE operations on raw bit patterns,
 * with IEEE 754 rounding and the exception flags of the Intel SDM (volume 1, chapters 4, 8, 11 and appendix E).
 * It depends on no other package; instruction decoding, register files and fault delivery are its callers' business.
 */
package mshv.backend.emu.fp;
