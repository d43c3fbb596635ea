package mshv.backend.emu.cpu;

/** Whoever keeps translations of guest code: told of writes to pages that are marked as holding code. */
public interface CodeCache {
	/** @return true if a write of {@code size} bytes at guest-physical {@code gpa} would touch a translated instruction */
	boolean holds(long gpa, int size);

	/** Drops every translation that has a byte in the range; called before the write. */
	void invalidate(long gpa, int size);
}
