/**
 * Partitions, virtual processors, guest memory and scheduling, built on hypercalls: the driver proper.
 * It offers one {@link mshv.api.Hypervisor} for each hypervisor whose hypercall client and SynIC are there.
 */
package mshv.core.root;
