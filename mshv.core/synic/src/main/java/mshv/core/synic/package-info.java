/**
 * The root's side of the synthetic interrupt controller: message pages, the interrupt handler, event rings, event flags and ports.
 * It offers one {@link mshv.api.driver.Synic} for each hypervisor that is there.
 */
package mshv.core.synic;
