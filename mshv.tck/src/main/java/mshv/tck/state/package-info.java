/** What else can be asked of a processor: state as a whole, translations, statistics. Tests of the suite. */
@Rule(Section.PROCESSOR_CALLS)
package mshv.tck.state;

import mshv.tck.Rule;
import mshv.tck.Section;
