package mshv.shell.fake;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.InterruptRequest;
import mshv.api.Partition;
import mshv.api.Translation;
import mshv.api.VpState;
import mshv.api.VpStatistics;
import mshv.fake.FakeHypervisor;
import mshv.fake.FakePartition;
import mshv.fake.FakeProcessor;
import mshv.fake.Script;

/** Makes partitions whose processors play a list of intercepts and are idle then. Linear addresses are physical up to 1 GiB. */
public final class ScriptedHypervisor extends FakeHypervisor {
	private static final long MAPPED = 1L << 30;
	private static final int EXCEPTIONS = 3;

	/** Interrupts that were asserted. */
	public final List<InterruptRequest> asserted = new CopyOnWriteArrayList<>();

	/** @param name of the backend @param script what each processor does */
	public ScriptedHypervisor(String name, Intercept... script) {
		super(name, Script.of(script));
	}

	@Override
	protected FakePartition newPartition() {
		return new FakePartition(this) {
			@Override
			protected FakeProcessor newProcessor(int index, Script script) {
				return new Processor(this, index, script);
			}

			@Override
			public void assertInterrupt(InterruptRequest request) {
				asserted.add(request);
			}

			@Override
			public void installIntercept(int access, int type, long parameter) {
				if (type == EXCEPTIONS) {
					throw new HypervisorException("no intercepts of exceptions", Errno.EINVAL);
				}
			}
		};
	}

	private static final class Processor extends FakeProcessor {
		Processor(Partition partition, int index, Script script) {
			super(partition, index, script);
		}

		@Override
		public byte[] getState(VpState state) {
			return new byte[4096];
		}

		@Override
		public Translation translate(long address, long flags) {
			return address >= 0 && address < MAPPED ? new Translation(Translation.Result.SUCCESS, address)
				: new Translation(Translation.Result.PAGE_NOT_PRESENT, 0);
		}

		@Override
		public VpStatistics statistics() {
			return new VpStatistics(5_000_000, 100_000_000, 17, 3);
		}
	}
}
