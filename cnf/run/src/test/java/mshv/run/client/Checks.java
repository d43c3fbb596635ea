package mshv.run.client;

/** Says what is not as it should be, and at the end how much was looked at. */
final class Checks {
	private int count;

	/** @param expected result of a call: 0 or more, or an error number, negated */
	void expect(String what, long expected, long actual) {
		count++;
		if (expected != actual) {
			System.out.println(what + ": " + actual + " instead of " + expected);
		}
	}

	/** Says how many there were. */
	void end() {
		System.out.println("checked " + count);
	}
}
