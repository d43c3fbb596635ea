package mshv.backend.emu.partition;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The processors of a partition. Any thread looks them up; who adds and removes them holds a lock. */
final class Processors {
	private volatile VirtualProcessor[] byIndex = new VirtualProcessor[0];
	private volatile List<VirtualProcessor> all = List.of();

	/** @return the processor, null if there is none with this index */
	VirtualProcessor get(int index) {
		VirtualProcessor[] some = byIndex;
		return index >= 0 && index < some.length ? some[index] : null;
	}

	/** @return those that exist now, in the order of their indexes; never changed */
	List<VirtualProcessor> all() {
		return all;
	}

	void add(VirtualProcessor processor) {
		VirtualProcessor[] some = Arrays.copyOf(byIndex, Math.max(processor.index() + 1, byIndex.length));
		some[processor.index()] = processor;
		set(some);
	}

	void remove(VirtualProcessor processor) {
		VirtualProcessor[] some = byIndex.clone();
		some[processor.index()] = null;
		set(some);
	}

	private void set(VirtualProcessor[] some) {
		byIndex = some;
		all = Arrays.stream(some).filter(Objects::nonNull).toList();
	}
}
