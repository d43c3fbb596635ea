/** Lines on standard error; on a terminal a line about a kernel is overwritten by the next. */
final class Progress {
	private final boolean terminal = Boolean.getBoolean("bench.terminal");

	void passing(String text) {
		if (terminal) {
			System.err.print("\r\033[K" + text);
		}
	}

	void lasting(String text) {
		System.err.println((terminal ? "\r\033[K" : "") + text);
	}
}
