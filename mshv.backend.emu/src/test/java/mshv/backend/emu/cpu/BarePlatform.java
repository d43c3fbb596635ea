package mshv.backend.emu.cpu;

/** Nothing surrounds the processor: no APIC, no interrupts. What a test needs it overrides, the rest fails it. */
public class BarePlatform implements Platform {
	/** A platform without anything. */
	public BarePlatform() {}

	@Override
	public long apicPage() {
		return -1;
	}

	@Override
	public long readApic(int offset, int size) {
		throw new UnsupportedOperationException();
	}

	@Override
	public void writeApic(int offset, int size, long value) {
		throw new UnsupportedOperationException();
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
		throw new UnsupportedOperationException();
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
		throw new UnsupportedOperationException();
	}

	@Override
	public void setTimeStampCounter(long value) {
		throw new UnsupportedOperationException();
	}
}
