/**
 * The conformance suite that every backend must pass: the tests are in the packages below, one for each subject.
 * Here is what they are made of, for tests of one's own too: guests of a few instructions, and the report.
 */
@Export
@Version("1.0.0")
package mshv.tck;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
