/**
 * What a guest sees of the hypervisor and of its processor: CPUID, model-specific and synthetic registers, overlay pages, time.
 * Nothing here knows of partitions, hypercalls of the root, or dispatching.
 */
package mshv.backend.emu.guest;
