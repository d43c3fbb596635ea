/**
 * What the pieces of the driver offer one another: hypercalls made easy, messages and ports, interrupt and doorbell bindings.
 * Users of a hypervisor need nothing of it.
 */
@Export
@Version("1.3.0")
package mshv.api.driver;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
