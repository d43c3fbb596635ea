package mshv.backend.emu.apic;

/** Time as an APIC's timer sees it. Any thread. */
public interface ApicClock {
	/** @return guest time in nanoseconds; stands while the partition is frozen */
	long nanoseconds();

	/** @return true while guest time stands */
	boolean frozen();

	/** @param timeStamp value of the processor's time-stamp counter
	 * @return guest time at which the counter reaches it; may lie in the past, saturates at Long.MAX_VALUE */
	long nanosecondsAt(long timeStamp);
}
