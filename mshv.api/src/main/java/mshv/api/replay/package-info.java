/**
 * Traces of programs' calls, made once more as a service: on another backend, or another version of this system.
 * What is compared is what a program can see.
 */
@Export
@Version("1.0.0")
package mshv.api.replay;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
