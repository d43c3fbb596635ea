package mshv.vmm.device;

/** What is left of the two 8259 interrupt controllers: their mask registers can be written and read. They deliver nothing. */
public final class InterruptMasks implements PortDevice {
	/** First port of the first controller; its masks are at the next. */
	public static final int MASTER = 0x20;
	/** First port of the second controller. */
	public static final int SLAVE = 0xA0;

	private int master = 0xFF;
	private int slave = 0xFF;

	@Override
	public int read(int port, int size) {
		return (port & 1) == 0 ? 0 : (port & 0x80) == 0 ? master : slave;
	}

	@Override
	public void write(int port, int size, int value) {
		if ((port & 1) != 0) {
			if ((port & 0x80) == 0) {
				master = value;
			} else {
				slave = value;
			}
		}
	}
}
