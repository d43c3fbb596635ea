/**
 * The guest's RAM: host memory and where the guest sees it.
 * Pages are committed by the host's system when they are touched first.
 */
package mshv.vmm.memory;
