/** Running guests: what they execute, and what makes them leave. Tests of the suite. */
@Rule(Section.PROCESSOR)
package mshv.tck.run;

import mshv.tck.Rule;
import mshv.tck.Section;
