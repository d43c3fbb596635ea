package mshv.vmm.device;

/** The wire from a device to a pin of an interrupt controller. Any thread. */
@FunctionalInterface
public interface InterruptLine {
	/** @param asserted the line's level from now on */
	void set(boolean asserted);
}
