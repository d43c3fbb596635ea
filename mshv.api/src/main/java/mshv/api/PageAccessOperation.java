package mshv.api;

/** What becomes of the notes on pages once they are read, by the value in {@code mshv_gpap_access_bitmap.access_op}. */
public enum PageAccessOperation {
	/** They stay. */
	NOOP,
	/** They are cleared: a page that was not accessed is not dirty either. No access made meanwhile is lost. */
	CLEAR,
	/** They are set: a page that is dirty was accessed too. */
	SET
}
