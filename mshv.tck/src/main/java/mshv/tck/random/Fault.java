package mshv.tck.random;

/** Something that must not happen has happened. */
final class Fault extends RuntimeException {
	private static final long serialVersionUID = 1;

	Fault(String message) {
		super(message);
	}

	Fault(String message, Throwable cause) {
		super(message, cause);
	}
}
