/** Ends the command with one line on standard error and an exit status. */
final class Failure extends Exception {
	private static final long serialVersionUID = 1;
	static final int RESULTS_DIFFER = 1, MISSING = 2, RUN_FAILED = 3;

	final int status;

	Failure(int status, String message) {
		super(message);
		this.status = status;
	}
}
