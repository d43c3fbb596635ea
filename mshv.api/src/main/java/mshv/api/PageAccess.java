package mshv.api;

/** What the hypervisor notes of each guest page, by the value in {@code mshv_gpap_access_bitmap.access_type}. */
public enum PageAccess {
	/** The guest has read, written or executed the page. */
	ACCESSED,
	/** The guest has written the page. */
	DIRTY
}
