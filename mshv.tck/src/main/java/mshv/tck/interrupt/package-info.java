/** Interrupts of the guest, and of the run itself. Tests of the suite. */
@Rule(Section.IRQFD)
package mshv.tck.interrupt;

import mshv.tck.Rule;
import mshv.tck.Section;
