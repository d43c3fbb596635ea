package mshv.tck.random;

/** Does random operations of one kind, one after another, on one thread. */
interface Worker extends AutoCloseable {
	/** Does one operation. @return what came of it */
	Outcome step();

	/** @return what is being done; any thread */
	String doing();

	/** Frees everything. */
	@Override
	void close();

	/** What came of an operation. */
	enum Outcome {
		/** Done. */
		DONE,
		/** Refused, and nothing has changed. */
		REFUSED
	}
}
