/**
 * Emulation of the instructions by which a guest reaches device memory (Intel SDM vol. 2): decoder and execution.
 * An instruction that is not known ends the machine with an error that names its bytes.
 */
package mshv.vmm.mmio;
