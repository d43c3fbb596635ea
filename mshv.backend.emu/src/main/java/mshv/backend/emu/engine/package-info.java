/**
 * The processor as a whole: chooses the execution tier, delivers exceptions and interrupts, and stops when something needs the outside.
 * One engine is one virtual processor's executor.
 */
package mshv.backend.emu.engine;
