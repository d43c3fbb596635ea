/**
 * A small machine that boots guests through {@link mshv.api} alone.
 * Start with {@link mshv.vmm.MachineConfig}, then {@link mshv.vmm.Machine#create}.
 */
@Export
@Version("1.0.0")
package mshv.vmm;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
