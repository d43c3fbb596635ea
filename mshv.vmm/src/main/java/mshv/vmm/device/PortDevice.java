package mshv.vmm.device;

/** A device in port space. Several processors may access it at a time. */
public interface PortDevice {
	/** @return widest access in bytes that the device takes as one: 1, 2 or 4; wider ones reach it in bytes */
	default int width() {
		return 1;
	}

	/** @param port port number @param size bytes: 1, 2 or 4 @return the value; bits beyond the size are not looked at */
	int read(int port, int size);

	/** @param port port number @param size bytes: 1, 2 or 4 @param value zero-extended */
	void write(int port, int size, int value);
}
