package mshv.backend.emu.apic;

/** The processor that an APIC belongs to. Methods are called on any thread, must not block, and may find the processor running. */
public interface ApicOwner {
	/** An interrupt or NMI may have become deliverable. */
	void interruptPending();

	/** @return true while the processor services a non-maskable interrupt */
	boolean nmiMasked();

	/** An INIT arrived. */
	void initReceived();

	/** A start-up IPI arrived.
	 * @param vector page number of the first instruction, 0 to 255 */
	void startupReceived(int vector);

	/** The processor ended the service of an interrupt. On its own thread. */
	void interruptEnded();

	/** The processor ended the service of a level-triggered interrupt: sources that still assert it send it again. On its own thread.
	 * @param vector interrupt vector */
	void levelInterruptEnded(int vector);

	/** The processor sends a start-up IPI. On its own thread.
	 * @param apicId of the processor that it is for
	 * @param vector page number of the first instruction, 0 to 255
	 * @return true if the root is told instead of the other processor */
	boolean startupIntercepted(int apicId, int vector);
}
