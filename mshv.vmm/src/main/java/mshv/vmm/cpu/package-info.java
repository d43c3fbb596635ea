/**
 * The processor as the VMM sees it during an exit: registers, memory by linear address, and the completion of port instructions.
 * All of it is used by the thread that runs the processor, while the processor does not run.
 */
package mshv.vmm.cpu;
