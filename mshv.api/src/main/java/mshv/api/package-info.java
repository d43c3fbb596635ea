/**
 * What users of a hypervisor hold: hypervisors, partitions, virtual processors, memory regions, intercepts and registers.
 * The semantics are those of the ioctls of Linux's {@code /dev/mshv}; refusals are {@link mshv.api.HypervisorException}s.
 */
@Export
@Version("1.1.0")
package mshv.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
