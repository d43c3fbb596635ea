package mshv.backend.emu.partition;

/** Decides who executes processors. */
public interface VpScheduler {
	/** The root does: it dispatches them. */
	VpScheduler ROOT = new VpScheduler() {
		@Override
		public boolean ofHypervisor() {
			return false;
		}

		@Override
		public void created(VirtualProcessor processor) {
			// The root knows: it asked for it
		}

		@Override
		public void ready(VirtualProcessor processor) {
			// The root is told by a message
		}

		@Override
		public void removed(VirtualProcessor processor) {
			// The root knows: it asked for it
		}
	};

	/** @return true if the hypervisor executes processors as their suspend registers say, false if the root dispatches them */
	boolean ofHypervisor();

	/** There is one more processor; it is suspended. */
	void created(VirtualProcessor processor);

	/** A processor that was blocked may execute. Must not block. */
	void ready(VirtualProcessor processor);

	/** A processor is closed: when this returns nothing of it executes. */
	void removed(VirtualProcessor processor);
}
