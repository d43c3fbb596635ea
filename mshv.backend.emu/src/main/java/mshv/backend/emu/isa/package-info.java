/**
 * The instruction set: the decoded form of an x86 instruction and the decoder that makes it.
 * One decoded form serves every execution tier; nothing here executes anything.
 */
package mshv.backend.emu.isa;
