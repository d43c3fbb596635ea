/**
 * The hypercall client: pages for input and output, repetition, memory deposit and errors for whatever module issues hypercalls.
 * It offers one {@link mshv.api.driver.HypercallClient} for each hypervisor that is there, and knows none of its users.
 */
package mshv.core.common;
