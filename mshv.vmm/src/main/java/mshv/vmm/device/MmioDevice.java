package mshv.vmm.device;

/** A device in memory space. */
public interface MmioDevice {
	/** @param offset bytes from the device's first @param size 1, 2, 4 or 8; the access does not leave the device
	 * @return the value; bits beyond the size are not looked at */
	long read(long offset, int size);

	/** @param offset bytes from the device's first @param size 1, 2, 4 or 8; the access does not leave the device
	 * @param value zero-extended */
	void write(long offset, int size, long value);
}
