/** Guest memory: mapping it, accesses that leave the guest, changes under a running processor. Tests of the suite. */
@Rule(Section.MEMORY)
package mshv.tck.memory;

import mshv.tck.Rule;
import mshv.tck.Section;
