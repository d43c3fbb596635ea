package mshv.vmm.device;

/** The far end of a serial line. */
public interface SerialLine {
	/** Takes a byte that the guest sent. @param value 0 to 255 */
	void transmit(int value);

	/** @return the next byte for the guest, 0 to 255, or -1 if there is none now */
	int receive();
}
