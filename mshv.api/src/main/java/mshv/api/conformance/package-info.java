/**
 * The conformance suite as a service: one test for each rule of the contract, run against a backend inside the framework.
 * Also its random operations, which look for what no rule's test thought of.
 */
@Export
@Version("1.0.0")
package mshv.api.conformance;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
