/**
 * The kernel's own {@code /dev/mshv} as a hypervisor, through {@code java.lang.foreign}: ioctls, mappings and eventfds, no driver logic.
 * It is offered where the device can be opened, which is also so under a gateway.
 */
package mshv.backend.mshv;
