/**
 * The interface between the driver and a hypervisor: hypercalls, synthetic MSRs and the interrupts that announce messages.
 * Structures cross it in their true binary layout, see {@link mshv.api.abi}.
 */
@Export
@Version("1.0.0")
package mshv.api.hypercall;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
