/**
 * Puts kernels into guest memory and says in which state the processor enters them.
 * Linux by its 64-bit boot protocol, PVH, multiboot 1.
 */
package mshv.vmm.loader;
