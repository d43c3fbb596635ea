package mshv.backend.emu.cpu;

/** Whoever keeps translations of guest code for one processor: told of writes to pages that are marked as holding code. */
public interface CodeCache {
	/** @return true if a write of {@code size} bytes at guest-physical {@code gpa} would touch an instruction that some processor of the
	 * memory has translated */
	boolean holds(long gpa, int size);

	/** Drops every own translation that has a byte in the range; called before the write. */
	void invalidate(long gpa, int size);

	/** Lets other processors drop theirs; called after the write. */
	void written(long gpa, int size);

	/** The range is about to be written by an instruction of the precise tier; {@link #written} is due after it. */
	void willBeWritten(long gpa, int size);

	/** Drops every own translation of a page. @param page guest page number */
	void drop(long page);

	/** Drops every own translation. */
	void dropAll();
}
