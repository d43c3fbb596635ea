package mshv.api.replay;

import java.util.Optional;

/**
 * What came of a replay.
 *
 * @param calls of the trace that were looked at, up to the first difference
 * @param compared of these, calls whose result and data were compared
 * @param resultsOnly calls of which only the result was compared, because guest memory or a run that they depend on is not in the trace
 * @param notMade calls that were not made: those that a rule had answered, that a signal had ended, or runs without guest memory
 * @param limit why not everything was compared, empty if it was
 * @param difference the first
 */
public record ReplayReport(long calls, long compared, long resultsOnly, long notMade, String limit, Optional<Difference> difference) {
	/**
	 * A call that had another outcome.
	 *
	 * @param call its number in the trace, from 1 on
	 * @param thread of the program
	 * @param file that it was made on
	 * @param name of the call, with the hypercall's where it is one
	 * @param field what differs
	 * @param expected as the trace has it
	 * @param found in the replay
	 */
	public record Difference(long call, int thread, String file, String name, String field, String expected, String found) {}
}
