package mshv.core.root;

import java.util.OptionalLong;

import mshv.api.InterruptRequest;
import mshv.api.driver.EventBindings;
import mshv.api.driver.Synic;

/** What events do to a partition. Once it is gone the hypervisor itself refuses. */
final class EventTarget implements EventBindings.Target {
	private final Hypercalls calls;
	private final Synic synic;
	private final long partition;

	EventTarget(Hypercalls calls, Synic synic, long partition) {
		this.calls = calls;
		this.synic = synic;
		this.partition = partition;
	}

	@Override
	public void assertInterrupt(InterruptRequest request) {
		calls.assertInterrupt(partition, request);
	}

	@Override
	public void clearInterrupt() {
		calls.clearVirtualInterrupt(partition);
	}

	@Override
	public EventBindings.Doorbell connectDoorbell(long address, int length, OptionalLong match, Runnable doorbell) {
		return DoorbellPort.connect(calls, synic, partition, address, length, match, doorbell);
	}
}
