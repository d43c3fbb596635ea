/** Hypercalls that users make themselves through the handles of partitions, processors and the hypervisor. */
package mshv.tck.passthrough;
