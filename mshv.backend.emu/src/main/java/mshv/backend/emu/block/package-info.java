/**
 * The fast tier: straight runs of instructions, pre-decoded once into code words, chained and executed by one compact loop.
 * Whatever has no operation of its own goes to the handlers of the precise tier.
 */
package mshv.backend.emu.block;
