package mshv.backend.emu.hypercall;

import mshv.api.abi.PortInfo;

/** A port: where messages, events or doorbells of another partition arrive. */
final class Port {
	private final long owner;
	private final int id;
	private final long connectionPartition;
	private final PortInfo info;

	/** Nothing arrives any more. Guarded by the SynIC that it belongs to. */
	boolean deleted;
	/** It was rung while its ring was full. Guarded likewise. */
	boolean waiting;

	/** @param owner id of the partition that it belongs to
	 * @param connectionPartition id of the partition that may connect to it */
	Port(long owner, int id, long connectionPartition, PortInfo info) {
		this.owner = owner;
		this.id = id;
		this.connectionPartition = connectionPartition;
		this.info = info;
	}

	long owner() {
		return owner;
	}

	int id() {
		return id;
	}

	long connectionPartition() {
		return connectionPartition;
	}

	PortInfo info() {
		return info;
	}
}
