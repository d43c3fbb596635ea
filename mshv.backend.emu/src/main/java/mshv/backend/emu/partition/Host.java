package mshv.backend.emu.partition;

import mshv.backend.emu.apic.TimerQueue;

/**
 * What partitions need of the hypervisor around them.
 *
 * @param timers wakes the timers of all processors
 * @param signals tells the root's scheduler of processors that can run again
 * @param awake the processors that are not blocked
 * @param scheduler executes processors, or has the root do it
 * @param timeStampFrequency frequency of the guests' time-stamp counters, Hz
 * @param translationThreshold how often code is come to before it is translated to bytecode; 0: never
 */
public record Host(TimerQueue timers, VpSignals signals, AwakeProcessors awake, VpScheduler scheduler, long timeStampFrequency, int translationThreshold) {
	/** Tells the root's scheduler that a processor which blocked can run again. */
	@FunctionalInterface
	public interface VpSignals {
		/** Must not block. @return true if a message will be sent for this call; false if one is already on its way */
		boolean signal(VirtualProcessor processor);
	}
}
