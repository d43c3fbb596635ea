/** Writes of the guest that signal events. */
@Rule(Section.IOEVENTFD)
package mshv.tck.doorbell;

import mshv.tck.Rule;
import mshv.tck.Section;
