/**
 * The handles that users hold: a hypervisor that picks one of those that are there, and partitions and processors that outlive it.
 * It offers one more {@link mshv.api.Hypervisor}, ranked above the backends.
 */
package mshv.core.device;
