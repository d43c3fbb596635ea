/**
 * Events that devices signal and drivers wait for: what an eventfd is to a Linux program.
 * An event is in this process; the same interface also stands for an eventfd shared with another.
 */
@Export
@Version("1.1.0")
package mshv.api.event;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
