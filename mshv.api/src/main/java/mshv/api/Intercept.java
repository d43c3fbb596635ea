package mshv.api;

/**
 * Why a virtual processor stopped running and what it needs: the intercept messages of the hypervisor (TLFS chapter 11, x64), typed.
 * RIP has not moved: whoever handles I/O, MSR and CPUID intercepts advances it by the instruction length.
 */
public sealed interface Intercept {
	/**
	 * What every intercept that an instruction caused says of the processor.
	 *
	 * @param vpIndex index of the processor
	 * @param instructionLength bytes, 0 if not known
	 * @param cr8 task priority
	 * @param access 0 read, 1 write, 2 execute
	 * @param executionState bits 0-1 CPL, 2 CR0.PE, 3 CR0.AM, 4 EFER.LMA, 5 debug active, 6 interruption pending, 12 interrupt shadow
	 * @param cs code segment
	 * @param rip instruction pointer
	 * @param rflags flags
	 */
	record Header(int vpIndex, int instructionLength, int cr8, int access, int executionState, RegisterValue cs, long rip, long rflags) {
		/** @return true for a write access */
		public boolean write() {
			return access == 1;
		}
	}

	/**
	 * IN, OUT, INS or OUTS (HVMSG_X64_IO_PORT_INTERCEPT). A read is completed by setting RAX.
	 *
	 * @param header the processor
	 * @param port port number
	 * @param size bytes: 1, 2 or 4
	 * @param rax RAX
	 * @param string what INS and OUTS access memory with; null for IN and OUT
	 */
	record IoPort(Header header, int port, int size, long rax, StringOperands string) implements Intercept {}

	/**
	 * Registers that a string instruction uses.
	 *
	 * @param repeat with a repeat prefix
	 * @param rcx RCX
	 * @param rsi RSI
	 * @param rdi RDI
	 * @param ds source segment
	 * @param es destination segment
	 */
	record StringOperands(boolean repeat, long rcx, long rsi, long rdi, RegisterValue ds, RegisterValue es) {}

	/**
	 * Access to guest-physical memory that is not mapped, or not with that right (HVMSG_UNMAPPED_GPA, HVMSG_GPA_INTERCEPT).
	 * The VMM emulates the instruction.
	 *
	 * @param header the processor
	 * @param mapped a page is mapped there, but not with the right that the access needs
	 * @param guestVirtualAddress address that the instruction used, if {@code guestVirtualAddressValid}
	 * @param guestVirtualAddressValid whether it is
	 * @param guestAddress guest-physical address
	 * @param instruction up to 16 bytes from RIP on; empty if they could not be read
	 */
	record Memory(Header header, boolean mapped, long guestVirtualAddress, boolean guestVirtualAddressValid, long guestAddress,
			byte[] instruction) implements Intercept {}

	/**
	 * RDMSR or WRMSR of an intercepted register (HVMSG_X64_MSR_INTERCEPT).
	 *
	 * @param header the processor; its access says which
	 * @param msr MSR index
	 * @param rdx upper half of the value
	 * @param rax lower half of the value
	 */
	record Msr(Header header, int msr, long rdx, long rax) implements Intercept {}

	/**
	 * CPUID of an intercepted leaf (HVMSG_X64_CPUID_INTERCEPT).
	 *
	 * @param header the processor
	 * @param rax leaf
	 * @param rcx subleaf
	 * @param defaultRax what the hypervisor would answer
	 * @param defaultRbx what the hypervisor would answer
	 * @param defaultRcx what the hypervisor would answer
	 * @param defaultRdx what the hypervisor would answer
	 */
	record Cpuid(Header header, long rax, long rcx, long defaultRax, long defaultRbx, long defaultRcx, long defaultRdx)
			implements Intercept {}

	/**
	 * An intercepted exception, not delivered to the guest (HVMSG_X64_EXCEPTION_INTERCEPT).
	 *
	 * @param header the processor; RIP is past the instruction where the exception is a trap, but at it for INT1, INT3 and INTO
	 * @param vector 0 to 31
	 * @param errorCodeValid whether the exception has an error code
	 * @param errorCode the error code
	 * @param parameter CR2 of a page fault, DR6 conditions of a debug exception
	 * @param instruction up to 16 bytes from RIP on
	 */
	record Exception(Header header, int vector, boolean errorCodeValid, int errorCode, long parameter, byte[] instruction)
			implements Intercept {}

	/** HLT that nothing can end: interrupts disabled, or a partition without local APICs (HVMSG_X64_HALT).
	 * @param header the processor */
	record Halt(Header header) implements Intercept {}

	/** An exception during the delivery of a double fault: a triple fault (HVMSG_UNRECOVERABLE_EXCEPTION).
	 * @param header the processor */
	record UnrecoverableException(Header header) implements Intercept {}

	/**
	 * The guest ended the service of a level-triggered interrupt (HVMSG_X64_APIC_EOI).
	 *
	 * @param vpIndex index of the processor
	 * @param vector interrupt vector
	 */
	record ApicEoi(int vpIndex, int vector) implements Intercept {}

	/**
	 * A message that this version gives no type.
	 *
	 * @param messageType HV_MESSAGE_TYPE
	 * @param payload payload bytes
	 */
	record Other(int messageType, byte[] payload) implements Intercept {}

	/** Not a message: {@link VirtualProcessor#interrupt} ended the run. */
	record Interrupted() implements Intercept {
		/** The only value needed. */
		public static final Interrupted INSTANCE = new Interrupted();
	}
}
