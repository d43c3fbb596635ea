package mshv.backend.emu.exec.system;

import java.util.HashMap;
import java.util.Map;

import mshv.backend.emu.cpu.BarePlatform;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;

/** A platform without an APIC page: it keeps any MSR that a test has given it, and counts. */
final class FakePlatform extends BarePlatform {
	final Map<Integer, Long> msrs = new HashMap<>();
	int taskPriority;
	long counter;
	int hypercalls;

	@Override
	public int taskPriority() {
		return taskPriority;
	}

	@Override
	public void setTaskPriority(int priority) {
		taskPriority = priority;
	}

	@Override
	public long readMsr(Cpu cpu, int index) {
		if (!msrs.containsKey(index)) {
			throw cpu.raise(Vector.GP, 0);
		}
		return msrs.get(index);
	}

	@Override
	public void writeMsr(Cpu cpu, int index, long value) {
		if (msrs.replace(index, value) == null) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	@Override
	public void cpuid(Cpu cpu, int leaf, int subleaf, int[] result) {
		result[0] = leaf;
		result[1] = -1;
		result[2] = subleaf;
		result[3] = 3;
	}

	@Override
	public void hypercall(Cpu cpu) {
		hypercalls++;
	}

	@Override
	public long timeStampCounter() {
		return counter;
	}

	@Override
	public void setTimeStampCounter(long value) {
		counter = value;
	}
}
