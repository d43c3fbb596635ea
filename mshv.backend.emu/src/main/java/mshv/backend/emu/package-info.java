/**
 * The emulated hypervisor as a bundle: the components that it offers as services, and their configuration.
 * Everything under it works without OSGi.
 */
package mshv.backend.emu;
