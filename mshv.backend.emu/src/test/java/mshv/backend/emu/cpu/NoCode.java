package mshv.backend.emu.cpu;

/** Keeps no translations of code: a processor that executes single instructions has none. Others may override what they look at. */
public class NoCode implements CodeCache {
	/** Keeper of nothing. */
	public NoCode() {}

	@Override
	public boolean holds(long gpa, int size) {
		return false;
	}

	@Override
	public void invalidate(long gpa, int size) {
		throw new AssertionError("no code is translated");
	}

	@Override
	public void written(long gpa, int size) {
		// There are no other processors
	}

	@Override
	public void willBeWritten(long gpa, int size) {
		// There are no other processors
	}

	@Override
	public void drop(long page) {
		throw new AssertionError("no other processor asks for this");
	}

	@Override
	public void dropAll() {
		throw new AssertionError("no other processor asks for this");
	}
}
