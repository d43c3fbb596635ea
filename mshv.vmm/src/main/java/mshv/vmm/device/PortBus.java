package mshv.vmm.device;

import java.util.Objects;

/** Port space: 65536 ports, each with at most one device. Ports without one read all-ones and ignore writes. */
public final class PortBus {
	private static final int PORTS = 0x10000;

	private final PortDevice[] devices = new PortDevice[PORTS];

	/** Puts a device at some ports.
	 * @param first first port @param count number of ports
	 * @throws IllegalArgumentException if one of them is taken */
	public void add(PortDevice device, int first, int count) {
		Objects.checkFromIndexSize(first, count, PORTS);
		for (int port = first; port < first + count; port++) {
			if (devices[port] != null) {
				throw new IllegalArgumentException("port 0x%x is taken".formatted(port));
			}
			devices[port] = device;
		}
	}

	/** @param port 0 to 65535 @param size 1, 2 or 4 @return the value, zero-extended */
	public int read(int port, int size) {
		PortDevice device = devices[port];
		if (device != null && size <= device.width()) {
			return device.read(port, size) & mask(size);
		}
		int value = 0;
		for (int i = 0; i < size; i++) {
			PortDevice at = devices[port + i & PORTS - 1];
			value |= (at == null ? 0xFF : at.read(port + i & PORTS - 1, 1) & 0xFF) << 8 * i;
		}
		return value;
	}

	/** @param port 0 to 65535 @param size 1, 2 or 4 @param value bits beyond the size are ignored */
	public void write(int port, int size, int value) {
		PortDevice device = devices[port];
		if (device != null && size <= device.width()) {
			device.write(port, size, value & mask(size));
			return;
		}
		for (int i = 0; i < size; i++) {
			PortDevice at = devices[port + i & PORTS - 1];
			if (at != null) {
				at.write(port + i & PORTS - 1, 1, value >>> 8 * i & 0xFF);
			}
		}
	}

	private static int mask(int size) {
		return size == 4 ? -1 : (1 << 8 * size) - 1;
	}
}
