package mshv.backend.emu.apic;

import java.util.ArrayList;
import java.util.List;

/** What a processor was told by its APIC. */
final class FakeOwner implements ApicOwner {
	int ends;
	int pending;
	int inits;
	boolean servicing;
	int startup = -1;
	final List<Integer> ended = new ArrayList<>();

	@Override
	public boolean startupIntercepted(int apicId, int vector) {
		return false;
	}

	@Override
	public void interruptPending() {
		pending++;
	}

	@Override
	public boolean nmiMasked() {
		return servicing;
	}

	@Override
	public void initReceived() {
		inits++;
	}

	@Override
	public void startupReceived(int vector) {
		startup = vector;
	}

	@Override
	public void interruptEnded() {
		ends++;
	}

	@Override
	public void levelInterruptEnded(int vector) {
		ended.add(vector);
	}
}
