package mshv.api;

/**
 * Result of translating a guest-virtual address.
 *
 * @param result what came of it
 * @param guestAddress guest-physical address of the byte, meaningful on {@link Result#SUCCESS}
 */
public record Translation(Result result, long guestAddress) {
	/** HV_TRANSLATE_GVA_RESULT_CODE, by its value. */
	public enum Result {
		/** Translated. */
		SUCCESS,
		/** A paging-structure entry is not present. */
		PAGE_NOT_PRESENT,
		/** The access is not allowed. */
		PRIVILEGE_VIOLATION,
		/** A reserved bit is set in an entry. */
		INVALID_PAGE_TABLE_FLAGS,
		/** No memory at the guest-physical address. */
		GPA_UNMAPPED,
		/** The page may not be read. */
		GPA_NO_READ_ACCESS,
		/** The page may not be written. */
		GPA_NO_WRITE_ACCESS,
		/** An overlay page may not be accessed so. */
		GPA_ILLEGAL_OVERLAY_ACCESS,
		/** The access would be intercepted. */
		INTERCEPT,
		/** The page is not accepted by an isolated guest. */
		GPA_UNACCEPTED
	}
}
