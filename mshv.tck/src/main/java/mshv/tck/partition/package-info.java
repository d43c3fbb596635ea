/** Partitions: their life cycle and properties. Tests of the suite. */
@Rule(Section.LIFE_CYCLE)
package mshv.tck.partition;

import mshv.tck.Rule;
import mshv.tck.Section;
