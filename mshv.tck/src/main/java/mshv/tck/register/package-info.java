/** Registers of a processor: the state after RESET, what can be written, the shared page. Tests of the suite. */
@Rule(Section.REGISTERS)
package mshv.tck.register;

import mshv.tck.Rule;
import mshv.tck.Section;
