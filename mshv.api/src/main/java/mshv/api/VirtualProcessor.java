package mshv.api;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A virtual processor. What a VP descriptor is to a Linux program.
 * <p>
 * {@link #run} executes the guest on the calling thread. Registers may be read and written at any time; while the processor runs they
 * are those of some instruction boundary, and a write takes effect at one.
 */
@ProviderType
public interface VirtualProcessor {
	/** @return index in the partition, 0 to 255 */
	int index();

	/** @return the partition that it belongs to */
	Partition partition();

	/** Runs the guest on this thread until something needs the caller (MSHV_RUN_VP).
	 * An idle guest (HLT with interrupts enabled) blocks the thread until it has work.
	 * @return what happened; RIP still points at the instruction, except where the intercept says otherwise;
	 *         {@link Intercept.Interrupted} if {@link #interrupt} ended the run
	 * @throws HypervisorException if the processor cannot run, or another thread runs it */
	Intercept run();

	/** Makes the present {@link #run}, or the next one if none is under way, return {@link Intercept.Interrupted}. Any thread.
	 * Several calls before a run returns count as one; none is lost. */
	void interrupt();

	/** Reads registers.
	 * @param registers at least one
	 * @return values in the same order */
	List<RegisterValue> getRegisters(List<Register> registers);

	/** Writes registers in the iteration order of the map. All are refused if one is not known; a value that is refused leaves the
	 * earlier ones written, as the hypercall does. */
	void setRegisters(Map<Register, RegisterValue> values);

	/** @return the low 64 bits of one register */
	default long getRegister(Register register) {
		return getRegisters(List.of(register)).getFirst().low();
	}

	/** Writes a register of up to 64 bits. */
	default void setRegister(Register register, long value) {
		setRegisters(Map.of(register, new RegisterValue(value, 0)));
	}

	/** Reads a block of state.
	 * @return as many bytes as the block has */
	byte[] getState(VpState state);

	/** Writes a block of state. @param bytes as {@link #getState} gave them */
	void setState(VpState state, byte[] bytes);

	/** Translates a guest-virtual address with the processor's present paging (HVCALL_TRANSLATE_VIRTUAL_ADDRESS).
	 * @param address guest-virtual address
	 * @param flags HV_TRANSLATE_GVA control flags, 0x1 read, 0x2 write, 0x4 execute, …
	 * @return result code and guest-physical address */
	Translation translate(long address, long flags);

	/** Asks what CPUID gives (HVCALL_GET_VP_CPUID_VALUES).
	 * @param queries at least one
	 * @param ownStates XCR0 and IA32_XSS are the processor's, not those of the queries
	 * @param registered results set by {@link Partition#registerInterceptResult} are applied
	 * @return results in the same order */
	List<CpuidResult> cpuidValues(List<CpuidQuery> queries, boolean ownStates, boolean registered);

	/** Reads guest memory as the processor would (HVCALL_READ_GPA).
	 * @param address guest-physical address
	 * @param size 1 to {@link GpaAccess#MAX_SIZE} bytes, which do not cross a page */
	GpaAccess readGpa(long address, int size);

	/** Writes guest memory as the processor would (HVCALL_WRITE_GPA).
	 * @param address guest-physical address
	 * @param data 1 to {@link GpaAccess#MAX_SIZE} bytes, which do not cross a page */
	GpaAccess.Result writeGpa(long address, byte[] data);

	/** Hands a hypercall through (MSHV_ROOT_HVCALL of a processor): as {@link Partition#passThrough}, but for
	 * HVCALL_SET_PARTITION_PROPERTY. The processor that the call is about is the one that its input names. */
	PassThroughResult passThrough(PassThroughCall call);

	/** @return the register page that the hypervisor shares (layout: {@link mshv.api.abi.RegisterPage}), 4096 bytes, valid as long as
	 *         the partition is open; to be touched only while the processor does not run */
	MemorySegment registerPage();

	/** @return the intercept message page, 4096 bytes; holds the message that {@link #run} returned last */
	MemorySegment interceptPage();

	/** @return what the processor has done so far */
	VpStatistics statistics();
}
