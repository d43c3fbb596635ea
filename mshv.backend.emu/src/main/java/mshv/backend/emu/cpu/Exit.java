package mshv.backend.emu.cpu;

/** Why a processor left guest execution. One object a processor, reused; RIP is still that of the instruction that caused it. */
public final class Exit {
	/** Kinds of exit. */
	public enum Kind {
		/** The processor did not leave. */
		NONE,
		/** IN, OUT, INS, OUTS. */
		IO_PORT,
		/** Access to a guest-physical page that is not mapped, or not with that right. */
		MEMORY,
		/** RDMSR or WRMSR that the partition intercepts. */
		MSR,
		/** CPUID that the partition intercepts. */
		CPUID,
		/** An exception that the partition intercepts; not delivered. RIP is past the instruction for a trap. */
		EXCEPTION,
		/** A hypercall that the partition intercepts. */
		HYPERCALL,
		/** HLT was executed: RIP is past it. */
		HALT,
		/** An exception arose while a double fault was being delivered. */
		TRIPLE_FAULT,
		/** Another thread asked for it. */
		REQUESTED
	}

	/** Why. */
	public Kind kind = Kind.NONE;
	/** Port number of an I/O exit. */
	public int port;
	/** Bytes accessed: 1, 2, 4 for ports, 1 to 16 for memory. */
	public int size;
	/** True for OUT, a store, WRMSR. */
	public boolean write;
	/** True for an instruction fetch. */
	public boolean execute;
	/** True for INS and OUTS. */
	public boolean string;
	/** True if the instruction is a string instruction that repeats. */
	public boolean repeat;
	/** RCX of an instruction that repeats. */
	public long count;
	/** Guest-physical address of a memory exit. */
	public long gpa;
	/** Linear address of a memory exit, where {@link #gvaValid}. */
	public long gva;
	/** True if {@link #gva} is the address that the instruction used (not a page-table access). */
	public boolean gvaValid;
	/** True if a page is mapped there, but not with the right that the access needs. */
	public boolean mapped;
	/** MSR index. */
	public int msr;
	/** Vector of an exception. */
	public int vector;
	/** Error code of an exception, where {@link #hasErrorCode}. */
	public int errorCode;
	/** True if the exception has an error code. */
	public boolean hasErrorCode;
	/** CR2 of a page fault, DR6 bits of a debug exception, else 0. */
	public long parameter;
	/** True if an instruction raised the exception on purpose: INT1, INT3, INTO. */
	public boolean software;
	/** Length of the instruction in bytes, 0 if not known. */
	public int instructionLength;
	/** DR6 bits that the instruction is to be trapped for: reported if it is completed, met again if it is begun anew. */
	public long traps;

	/** True if a memory exit arose while an event was being delivered: the event, described below, has not been delivered. */
	public boolean delivering;
	/** Interruption type of the event (Intel SDM vol. 3, table 25-17). */
	public int eventType;
	/** Vector of the event. */
	public int eventVector;
	/** Error code of the event, where {@link #eventHasErrorCode}. */
	public int eventErrorCode;
	/** True if the event has an error code. */
	public boolean eventHasErrorCode;
	/** Length in bytes of the instruction that raised an event of software, else 0. */
	public int eventLength;
}
