/** Several processors of one partition: atomicity, memory order, interrupts between them, code and mappings that change under them.
 * Tests of the suite. */
@Rule(Section.PROCESSOR)
package mshv.tck.smp;

import mshv.tck.Rule;
import mshv.tck.Section;
