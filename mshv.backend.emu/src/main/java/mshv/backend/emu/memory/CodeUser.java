package mshv.backend.emu.memory;

/** A processor as a keeper of translated code. */
public interface CodeUser {
	/** Code on guest pages may have changed: the processor drops what it has of them before its next instruction but a few, and before
	 * any if it does not execute now. Any thread, with the lock of {@link CodePages}; must not block.
	 * @param pages guest page numbers, not to be changed
	 * @return true if the processor executes no guest code now */
	boolean codeChanged(long[] pages);
}
