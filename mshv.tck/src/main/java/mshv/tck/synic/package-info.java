/** The guest's synthetic interrupt controller and timers, and the hypercalls that it makes. Tests of the suite. */
@Rule(Section.SYNIC)
package mshv.tck.synic;

import mshv.tck.Rule;
import mshv.tck.Section;
