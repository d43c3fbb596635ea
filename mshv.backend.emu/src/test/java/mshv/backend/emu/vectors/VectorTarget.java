package mshv.backend.emu.vectors;

/** Something that executes one user-mode instruction: the processor itself or the engine under test. */
@FunctionalInterface
public interface VectorTarget {
	/**
	 * Executes the instruction at {@code in.state.rip} once; a string instruction with a repeat prefix runs to its end.
	 *
	 * @param in the case, not to be changed; memory and segments are those of {@link AddressSpace}
	 * @param out receives the whole state afterwards and the exception, if any; it starts with the contents of an earlier case
	 */
	void run(TestCase in, TestResult out);
}
