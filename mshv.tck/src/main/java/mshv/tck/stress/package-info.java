/** Random operations for a short while: what must not happen does not. Tests of the suite. */
@Rule(Section.LESSONS)
package mshv.tck.stress;

import mshv.tck.Rule;
import mshv.tck.Section;
