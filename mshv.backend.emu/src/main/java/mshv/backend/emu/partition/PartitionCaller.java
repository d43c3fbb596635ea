package mshv.backend.emu.partition;

import java.util.BitSet;

import mshv.api.HvStatus;
import mshv.backend.emu.guest.GuestInterface;
import mshv.backend.emu.guestcall.Caller;
import mshv.backend.emu.guestcall.StartContext;

/** A processor that makes hypercalls, as a part of its partition. */
final class PartitionCaller implements Caller {
	private final VirtualProcessor processor;
	private final Partition partition;

	PartitionCaller(VirtualProcessor processor) {
		this.processor = processor;
		partition = processor.partition();
	}

	@Override
	public int index() {
		return processor.index();
	}

	@Override
	public GuestInterface guest() {
		return partition.guest();
	}

	@Override
	public HvStatus post(int connection, int type, byte[] payload) {
		return partition.connections().post(partition.id(), connection, type, payload);
	}

	@Override
	public HvStatus signal(int connection, int flag) {
		return partition.connections().signal(partition.id(), connection, flag);
	}

	@Override
	public void flush(BitSet targets, long[] pages) {
		partition.flushTranslations(targets, pages);
	}

	@Override
	public void interrupt(BitSet targets, int vector) {
		partition.interrupt(targets, vector);
	}

	@Override
	public HvStatus start(int index, StartContext context) {
		VirtualProcessor target = partition.processor(index);
		if (target == null) {
			return HvStatus.INVALID_VP_INDEX;
		}
		return target.activity().start(context) ? HvStatus.SUCCESS : HvStatus.INVALID_VP_STATE;
	}

	@Override
	public int indexOf(long apicId) {
		return partition.indexOf(apicId);
	}

	@Override
	public boolean readRegister(int name) {
		return processor.readRegister(name);
	}

	@Override
	public long low() {
		return processor.low();
	}

	@Override
	public long high() {
		return processor.high();
	}

	@Override
	public HvStatus writeRegister(int name, long low, long high) {
		HvStatus status = processor.writeRegister(name, low, high);
		// The processor takes its new context over on the way out
		processor.stop();
		return status;
	}
}
