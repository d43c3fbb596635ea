package mshv.core.root;

import java.util.OptionalLong;

import mshv.api.HypervisorException;
import mshv.api.abi.PortInfo;
import mshv.api.abi.PortType;
import mshv.api.driver.EventBindings.Doorbell;
import mshv.api.driver.Synic;

/** A doorbell port of the root that is connected to an address of a guest. Its connection has the id of the port. */
final class DoorbellPort implements Doorbell {
	private final Hypercalls calls;
	private final Synic synic;
	private final long partition;
	private final int id;

	private DoorbellPort(Hypercalls calls, Synic synic, long partition, int id) {
		this.calls = calls;
		this.synic = synic;
		this.partition = partition;
		this.id = id;
	}

	/** Makes and connects a port; if a step fails, the earlier ones are undone.
	 * @param length bytes of the write, 0 for any
	 * @param match value of the write, empty for any */
	static DoorbellPort connect(Hypercalls calls, Synic synic, long partition, long address, int length, OptionalLong match,
			Runnable doorbell) {
		int id = synic.allocatePort(doorbell);
		try {
			calls.createPort(Hypercalls.SELF, id, partition, new PortInfo(PortType.DOORBELL, synic.doorbellSint(), PortInfo.ANY_VP, 0, 0));
			try {
				calls.connectDoorbell(id, partition, address, length, match);
			} catch (HypervisorException e) {
				calls.deletePort(Hypercalls.SELF, id);
				throw e;
			}
		} catch (HypervisorException e) {
			synic.freePort(id);
			throw e;
		}
		return new DoorbellPort(calls, synic, partition, id);
	}

	/** Whatever the hypervisor refuses, nobody is told any more. */
	@Override
	public void close() {
		try {
			calls.disconnectPort(partition, id, true);
		} catch (HypervisorException e) {
			// The partition is gone, and the connection with it
		}
		try {
			calls.deletePort(Hypercalls.SELF, id);
		} catch (HypervisorException e) {
			// A port that does not exist rings nothing
		}
		synic.freePort(id);
	}
}
