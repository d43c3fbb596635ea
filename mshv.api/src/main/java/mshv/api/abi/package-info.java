/**
 * The binary ABI: one codec for every structure that crosses the hypercall interface or the driver's boundary, and its constants.
 * Structures are little-endian; offsets and sizes are those of the Linux headers (include/hyperv) and the TLFS.
 */
@Export
@Version("1.3.0")
package mshv.api.abi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
