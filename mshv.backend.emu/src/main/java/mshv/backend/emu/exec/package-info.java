/**
 * What every instruction handler needs: the handler's own shape, and access to operands.
 * The handlers themselves are in the packages below, one for each family of instructions.
 */
package mshv.backend.emu.exec;
