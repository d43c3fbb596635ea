/** Hypercalls that users make themselves through the handles of partitions, processors and the hypervisor. */
@Rule(Section.PASS_THROUGH)
package mshv.tck.passthrough;

import mshv.tck.Rule;
import mshv.tck.Section;
