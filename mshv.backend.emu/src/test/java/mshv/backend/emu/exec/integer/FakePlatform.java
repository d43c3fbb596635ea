package mshv.backend.emu.exec.integer;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Platform;

/** A platform with one device page, whose registers are bytes, and nothing else. */
final class FakePlatform implements Platform {
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

	@Override
	public int acknowledgeInterrupt() {
		return -1;
	}

	@Override
	public boolean takeNmi() {
		return false;
	}

	@Override
	public int taskPriority() {
		return 0;
	}

	@Override
	public void setTaskPriority(int priority) {
		throw new UnsupportedOperationException();
	}

	@Override
	public long readMsr(Cpu cpu, int index) {
		throw new UnsupportedOperationException();
	}

	@Override
	public void writeMsr(Cpu cpu, int index, long value) {
		throw new UnsupportedOperationException();
	}

	@Override
	public void cpuid(Cpu cpu, int leaf, int subleaf, int[] result) {
		throw new UnsupportedOperationException();
	}

	@Override
	public void hypercall(Cpu cpu) {
		throw new UnsupportedOperationException();
	}

	@Override
	public long timeStampCounter() {
		return 0;
	}

	@Override
	public void setTimeStampCounter(long value) {
		throw new UnsupportedOperationException();
	}
}
