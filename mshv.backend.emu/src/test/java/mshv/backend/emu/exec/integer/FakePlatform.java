package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.BarePlatform;

/** A platform with one device page, whose registers are bytes, and nothing else. */
final class FakePlatform extends BarePlatform {
	/** Guest-physical address of the device page, or -1. */
	long devicePage = -1;
	/** Contents of the device page. */
	final byte[] device = new byte[4096];

	@Override
	public long apicPage() {
		return devicePage;
	}

	@Override
	public long readApic(int offset, int size) {
		long value = 0;
		for (int i = size - 1; i >= 0; i--) {
			value = value << 8 | device[offset + i] & 0xFF;
		}
		return value;
	}

	@Override
	public void writeApic(int offset, int size, long value) {
		for (int i = 0; i < size; i++) {
			device[offset + i] = (byte) (value >>> 8 * i);
		}
	}
}
