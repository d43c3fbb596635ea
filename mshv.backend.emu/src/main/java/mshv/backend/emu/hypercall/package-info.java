/**
 * The root's side of the hypervisor: checks and carries out its hypercalls, and sends it messages through its SynIC.
 * What a call does to a partition is the partition's matter.
 */
package mshv.backend.emu.hypercall;
