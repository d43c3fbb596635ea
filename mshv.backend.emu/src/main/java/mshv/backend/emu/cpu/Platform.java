package mshv.backend.emu.cpu;

/**
 * What surrounds a processor: its local APIC, the hypervisor's MSRs, CPUID leaves and clock.
 * All methods are called on the thread that runs the processor. A refused access raises the fault itself ({@link Cpu#raise}).
 */
public interface Platform {
	/** @return guest-physical address of the local APIC's page in xAPIC mode, or -1 while there is none */
	long apicPage();

	/** Reads the APIC page.
	 * @param offset within the page
	 * @param size bytes, 1 to 8
	 * @return the value, zero-extended */
	long readApic(int offset, int size);

	/** Writes the APIC page. */
	void writeApic(int offset, int size, long value);

	/** @return vector of the interrupt that the APIC delivers now, taking it from IRR to ISR, or -1 if none is deliverable */
	int acknowledgeInterrupt();

	/** @return true if a non-maskable interrupt was waiting; it no longer is */
	boolean takeNmi();

	/** @return CR8: bits 4-7 of the task-priority register, 0 to 15 */
	int taskPriority();

	/** @param priority new CR8, 0 to 15 */
	void setTaskPriority(int priority);

	/** Reads an MSR that the processor does not keep itself; raises #GP(0), or asks for an exit, if there is none.
	 * @param index MSR number */
	long readMsr(Cpu cpu, int index);

	/** Writes an MSR that the processor does not keep itself. */
	void writeMsr(Cpu cpu, int index, long value);

	/** Fills {@code result} with EAX, EBX, ECX, EDX of a leaf. */
	void cpuid(Cpu cpu, int leaf, int subleaf, int[] result);

	/** VMCALL or VMMCALL: a hypercall with its operands in the registers; RIP is moved on by the caller. Raises #UD if not offered. */
	void hypercall(Cpu cpu);

	/** @return the time-stamp counter */
	long timeStampCounter();

	/** WRMSR to the time-stamp counter. */
	void setTimeStampCounter(long value);
}
