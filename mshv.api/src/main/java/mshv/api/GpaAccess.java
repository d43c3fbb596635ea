package mshv.api;

/**
 * What came of an access to guest memory through the hypervisor.
 *
 * @param result whether it was made
 * @param data what was read, on success of a read; else empty
 */
public record GpaAccess(Result result, byte[] data) {
	/** Most bytes of one access. */
	public static final int MAX_SIZE = 16;

	/** HV_ACCESS_GPA_RESULT_CODE, by its value. */
	public enum Result {
		/** Made. */
		SUCCESS,
		/** No memory there. */
		UNMAPPED,
		/** The page may not be read. */
		READ_INTERCEPT,
		/** The page may not be written. */
		WRITE_INTERCEPT,
		/** The hypervisor has laid a page over it that may not be accessed so. */
		ILLEGAL_OVERLAY_ACCESS
	}
}
