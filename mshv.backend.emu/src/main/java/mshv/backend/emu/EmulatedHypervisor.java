package mshv.backend.emu;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

import mshv.api.hypercall.HypercallInterface;
import mshv.backend.emu.apic.TimerQueue;
import mshv.backend.emu.hypercall.Dispatcher;
import mshv.backend.emu.hypercall.PartitionTable;
import mshv.backend.emu.hypercall.PendingCalls;
import mshv.backend.emu.hypercall.RootSynic;
import mshv.backend.emu.partition.AwakeProcessors;
import mshv.backend.emu.partition.Host;
import mshv.backend.emu.partition.VpScheduler;
import mshv.backend.emu.partition.VpThreads;

/** The emulated hypervisor as its root partition reaches it. */
@Component(service = HypercallInterface.class, property = HypercallInterface.NAME + "=emu")
@Designate(ocd = EmulatedHypervisorConfig.class)
public final class EmulatedHypervisor implements HypercallInterface {
	private static final long LOWEST_FREQUENCY = 100_000_000;
	private static final long HIGHEST_FREQUENCY = 60_000_000_000L;
	/** HV_SCHEDULER_TYPE: the first, and the one that leaves scheduling to the root. */
	private static final int FIRST_SCHEDULER = 1, ROOT_SCHEDULER = 4;

	private final TimerQueue timers = new TimerQueue();
	private final RootSynic synic = new RootSynic(timers);
	private final PendingCalls pending = new PendingCalls(synic);
	private final PartitionTable partitions;
	private final Dispatcher dispatcher;

	/** A hypervisor without partitions. @param config configuration */
	@Activate
	public EmulatedHypervisor(EmulatedHypervisorConfig config) {
		this(config.timeStampFrequency(), config.schedulerType(), config.translationThreshold());
	}

	/** A hypervisor without partitions.
	 * @param timeStampFrequency frequency of the guests' time-stamp counters, 100 MHz to 60 GHz, in Hz
	 * @param schedulerType HV_SCHEDULER_TYPE: 4 the root dispatches processors, 1 to 3 the hypervisor schedules them
	 * @param translationThreshold how often code is come to before it is translated; 0: never */
	EmulatedHypervisor(long timeStampFrequency, int schedulerType, int translationThreshold) {
		if (timeStampFrequency < LOWEST_FREQUENCY || timeStampFrequency > HIGHEST_FREQUENCY) {
			throw new IllegalArgumentException("time-stamp counter of " + timeStampFrequency + " Hz");
		}
		if (schedulerType < FIRST_SCHEDULER || schedulerType > ROOT_SCHEDULER) {
			throw new IllegalArgumentException("scheduler type " + schedulerType);
		}
		if (translationThreshold < 0) {
			throw new IllegalArgumentException("translation threshold of " + translationThreshold);
		}
		VpScheduler scheduler = schedulerType == ROOT_SCHEDULER ? VpScheduler.ROOT : new VpThreads(synic::intercepted);
		partitions = new PartitionTable(new Host(timers, synic, new AwakeProcessors(), scheduler, timeStampFrequency, translationThreshold), synic);
		dispatcher = new Dispatcher(partitions, synic, pending, schedulerType);
	}

	/** Stops every processor and frees every partition: after it returns nothing of the hypervisor runs. */
	@Deactivate
	void close() {
		partitions.close();
		pending.close();
		synic.setInterruptHandler(null);
		timers.close();
		synic.close();
	}

	@Override
	public long hypercall(long control, long input, long output) {
		return dispatcher.call(control, input, output);
	}

	@Override
	public long readMsr(int index) {
		return synic.readMsr(index);
	}

	@Override
	public void writeMsr(int index, long value) {
		synic.writeMsr(index, value);
	}

	@Override
	public void setInterruptHandler(InterruptHandler handler) {
		synic.setInterruptHandler(handler);
	}
}
