package mshv.eventfd;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.InterruptRequest;
import mshv.api.driver.EventBindings;

/** A partition that remembers its interrupts, and whose guest is the test. */
final class FakeTarget implements EventBindings.Target {
	/** Interrupts that were asserted. */
	final List<InterruptRequest> asserted = Collections.synchronizedList(new ArrayList<>());
	/** Doorbells by {@code address/length/match}. */
	final Map<String, Runnable> doorbells = Collections.synchronizedMap(new LinkedHashMap<>());
	/** What is done with an interrupt. */
	volatile Consumer<InterruptRequest> sink = asserted::add;
	/** External interrupts that were taken back. */
	volatile int cleared;
	/** Whether doorbells are refused. */
	volatile boolean full;

	@Override
	public void assertInterrupt(InterruptRequest request) {
		sink.accept(request);
	}

	@Override
	public void clearInterrupt() {
		cleared++;
	}

	@Override
	public EventBindings.Doorbell connectDoorbell(long address, int length, OptionalLong match, Runnable doorbell) {
		if (full) {
			throw new HypervisorException("no port is free", Errno.ENOMEM);
		}
		String name = Long.toHexString(address) + "/" + length + "/" + (match.isPresent() ? match.getAsLong() : "any");
		doorbells.put(name, doorbell);
		return () -> doorbells.remove(name);
	}
}
