package mshv.backend.emu.cpu;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * One x86-64 processor: its registers, its mode, and its view of memory.
 * <p>
 * Used by one thread at a time, except {@link #attention} and {@link #requestAttention}, which any thread may use. Fields are public
 * because every execution tier works on them; whoever changes CR0, CR3, CR4, EFER, CS, SS or the flags VM and AC directly calls
 * {@link #contextChanged} afterwards. Linear addresses are 64 bits wide, canonical in 64-bit mode and below 2<sup>32</sup> otherwise.
 */
public final class Cpu {
	/** Slot of {@link #r} that is always zero. */
	public static final int ZERO = 16;
	/** Slot of {@link #r} that mirrors the FS base, so that address arithmetic can use it as an index. */
	public static final int FS_BASE = 17;
	/** Slot of {@link #r} that mirrors the GS base. */
	public static final int GS_BASE = 18;
	/** Slots of {@link #r} from here on are scratch for the execution tiers. */
	public static final int SCRATCH = 19;

	/** General-purpose registers in encoding order. */
	public static final int RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7;

	/** Signature of the processor, as CPUID tells it: family 6, model 0x36, stepping 1. */
	public static final int SIGNATURE = 0x00030661;

	/** Attention: an interrupt or NMI may be deliverable. */
	public static final int ATTENTION_INTERRUPT = 1;
	/** Attention: leave guest execution with {@link Exit.Kind#REQUESTED}. */
	public static final int ATTENTION_STOP = 2;
	/** Attention: run instruction by instruction (single step, breakpoints, pending debug exception). */
	public static final int ATTENTION_PRECISE = 4;
	/** Attention: there is something in {@link #requests}. */
	public static final int ATTENTION_REQUEST = 8;

	/** CR0 bits. */
	public static final long CR0_PE = 1, CR0_MP = 2, CR0_EM = 4, CR0_TS = 8, CR0_ET = 16, CR0_NE = 32, CR0_WP = 1 << 16,
		CR0_AM = 1 << 18, CR0_NW = 1 << 29, CR0_CD = 1 << 30, CR0_PG = 1L << 31;
	/** CR4 bits. */
	public static final long CR4_VME = 1, CR4_PVI = 2, CR4_TSD = 4, CR4_DE = 8, CR4_PSE = 16, CR4_PAE = 32, CR4_MCE = 64, CR4_PGE = 128,
		CR4_PCE = 256, CR4_OSFXSR = 512, CR4_OSXMMEXCPT = 1024, CR4_UMIP = 1 << 11, CR4_FSGSBASE = 1 << 16, CR4_SMEP = 1 << 20,
		CR4_SMAP = 1 << 21;
	/** EFER bits. */
	public static final long EFER_SCE = 1, EFER_LME = 1 << 8, EFER_LMA = 1 << 10, EFER_NXE = 1 << 11;

	private static final long NO_SHADOW = -1;
	private static final VarHandle ATTENTION;

	static {
		try {
			ATTENTION = MethodHandles.lookup().findVarHandle(Cpu.class, "attention", int.class);
		} catch (ReflectiveOperationException e) {
			throw new ExceptionInInitializerError(e);
		}
	}

	/** Register file: 0 to 15 are the general-purpose registers, the rest as the constants above say. */
	public final long[] r = new long[32];
	/** Offset in CS of the instruction being executed. */
	public long rip;
	/** Offset in CS of the instruction to execute next; a branch sets it. */
	public long nextRip;

	/** How the arithmetic flags follow from the three fields below: a constant of {@link FlagKind}. */
	public int flagKind;
	/** First operand, sign-extended. */
	public long flagA;
	/** Second operand, sign-extended, or what the kind says. */
	public long flagB;
	/** Result, sign-extended; for {@link FlagKind#EXPLICIT} the flags. */
	public long flagResult;
	/** RFLAGS but for the six arithmetic flags. */
	public long systemFlags = Flag.FIXED;

	/** ES, CS, SS, DS, FS, GS, LDTR, TR. */
	public final Segment[] segments = new Segment[8];
	/** Base of the global descriptor table. */
	public long gdtBase;
	/** Limit of the global descriptor table. */
	public int gdtLimit;
	/** Base of the interrupt descriptor table. */
	public long idtBase;
	/** Limit of the interrupt descriptor table. */
	public int idtLimit;

	/** Control registers. CR8 is the platform's. */
	public long cr0, cr2, cr3, cr4;
	/** IA32_EFER. */
	public long efer;
	/** PAE page-directory-pointer registers, loaded with CR3. */
	public final long[] pdptr = new long[4];
	/** DR0 to DR3, DR6, DR7 at their numbers. */
	public final long[] dr = new long[8];
	/** Current privilege level, 0 to 3. */
	public int cpl;

	/** SYSCALL and SYSENTER targets. */
	public long star, lstar, cstar, sfmask, sysenterCs, sysenterEsp, sysenterEip;
	/** Swapped in by SWAPGS. */
	public long kernelGsBase;
	/** IA32_PAT. */
	public long pat;
	/** IA32_TSC_AUX, 32 bits. */
	public long tscAux;

	/** x87 and MMX registers. */
	public final FpuState fpu = new FpuState();
	/** XMM registers: low half of register n at 2n, high half at 2n+1. */
	public final long[] xmm = new long[32];
	/** MXCSR; changed through {@link #setMxcsr}. */
	public int mxcsr;
	/** Arithmetic of the SSE unit. */
	public final SseUnit sse = new SseUnit();
	/** Arithmetic of the x87 unit. */
	public final X87Unit x87 = new X87Unit();

	/** Bits of decode mode: 16, 32 or 64. */
	public int mode;
	/** RIP of the instruction that the STI, MOV SS or POP SS before it shields from interrupts, -1 if there is none. */
	public long shadowedRip = NO_SHADOW;
	/** The shadow is that of MOV SS or POP SS, which holds back debug exceptions too. */
	public boolean stackShadow;
	/** True from the delivery of an NMI to the next IRET. */
	public boolean nmiMasked;
	/** DR6 bits of debug conditions met by the current instruction, reported as a trap after it; at an instruction boundary, those of the
	 * instruction before it. */
	public long pendingDebug;
	/** True while the precise tier executes, which may write translated code. */
	public boolean precise = true;
	/** Bit n set: exception n leaves guest execution instead of being delivered. Looked at on the processor's thread. */
	public int interceptedExceptions;
	/** An interrupt was seen while it could not be delivered; looked at again when IF is set. */
	public boolean interruptHeld;

	/** Why the processor left guest execution. */
	public final Exit exit = new Exit();
	/** What {@link #raise} throws. */
	public final GuestFault fault = new GuestFault();
	/** What the processor has; fixed before it runs. */
	public CpuFeatures features = CpuFeatures.ALL;
	/** What surrounds this processor. */
	public final Platform platform;
	/** Translation of linear addresses. */
	public final Mmu mmu;
	/** What other processors want of this one. */
	public final Requests requests;
	/** Other processors execute from the same memory. */
	public boolean shared;
	/** No other processor of the group executes until the present instruction has ended. */
	public boolean alone;
	/** Data accesses are implicit supervisor accesses whatever the CPL; see {@link Mmu#beginSystemAccess}. */
	boolean systemAccess;
	/** The group of processors that execute from the same memory, null for one on its own. */
	ProcessorGroup group;
	/** Bit of this processor in its group. */
	long member = 1;

	/** Base of the table of readable pages for the current mode; see {@link Tlb}. */
	public long readTable;
	/** Base of the table of writable pages for the current mode. */
	public long writeTable;
	/** Generation of the translations that are valid, in the low 12 bits. */
	public long generation;

	/** Why guest execution must pause at the next instruction boundary: bits {@code ATTENTION_}. */
	public volatile int attention;

	/** A processor after reset.
	 * @param memory the partition's guest-physical memory
	 * @param platform what surrounds the processor
	 * @param codeCache whom to tell of writes to translated code
	 * @param arena owner of the translation tables; outlives the processor */
	public Cpu(PhysicalMemory memory, Platform platform, CodeCache codeCache, Arena arena) {
		this.platform = platform;
		for (int i = 0; i < segments.length; i++) {
			segments[i] = new Segment();
		}
		mmu = new Mmu(this, memory, codeCache, arena);
		requests = new Requests(this, codeCache);
		reset();
	}

	/** Sets the state after RESET (Intel SDM vol. 3, table 10-1). */
	public void reset() {
		java.util.Arrays.fill(r, 0);
		r[RDX] = SIGNATURE;
		rip = 0xFFF0;
		nextRip = rip;
		flagKind = FlagKind.EXPLICIT;
		flagResult = 0;
		systemFlags = Flag.FIXED;
		for (int i = 0; i < 6; i++) {
			segments[i].set(0, 0, 0xFFFF, 0x93);
		}
		segments[Segment.CS].set(0xF000, 0xFFFF0000L, 0xFFFF, 0x9B);
		segments[Segment.LDTR].set(0, 0, 0xFFFF, 0x82);
		segments[Segment.TR].set(0, 0, 0xFFFF, 0x8B);
		gdtBase = 0;
		gdtLimit = 0xFFFF;
		idtBase = 0;
		idtLimit = 0xFFFF;
		cr0 = CR0_CD | CR0_NW | CR0_ET;
		cr2 = 0;
		cr3 = 0;
		cr4 = 0;
		efer = 0;
		java.util.Arrays.fill(pdptr, 0);
		java.util.Arrays.fill(dr, 0);
		dr[6] = 0xFFFF0FF0L;
		dr[7] = 0x400;
		cpl = 0;
		star = lstar = cstar = sfmask = sysenterCs = sysenterEsp = sysenterEip = kernelGsBase = tscAux = 0;
		pat = 0x0007040600070406L;
		fpu.reset();
		java.util.Arrays.fill(xmm, 0);
		setMxcsr(0x1F80);
		endShadow();
		nmiMasked = false;
		pendingDebug = 0;
		interruptHeld = false;
		mmu.flush();
		contextChanged();
	}

	/** Recomputes all that depends on CR0, CR4, EFER, CS, SS, CPL and the flags VM and AC. Does not flush translations. */
	public void contextChanged() {
		Segment cs = segments[Segment.CS];
		if ((efer & EFER_LMA) != 0 && (cs.attributes & Segment.LONG) != 0) {
			mode = 64;
		} else {
			mode = (cs.attributes & Segment.DEFAULT) != 0 ? 32 : 16;
		}
		r[FS_BASE] = segments[Segment.FS].base;
		r[GS_BASE] = segments[Segment.GS].base;
		mmu.selectTables();
	}

	/** Changes the base of FS or GS, keeping its mirror in the register file. */
	public void setSegmentBase(int segment, long base) {
		segments[segment].base = base;
		if (segment == Segment.FS) {
			r[FS_BASE] = base;
		} else if (segment == Segment.GS) {
			r[GS_BASE] = base;
		}
	}

	/** @return true in protected mode, long mode included */
	public boolean protectedMode() {
		return (cr0 & CR0_PE) != 0;
	}

	/** @return true in virtual-8086 mode */
	public boolean virtual8086() {
		return (systemFlags & Flag.VM) != 0;
	}

	/** @return true in real or virtual-8086 mode: segment bases are selectors times 16 */
	public boolean realAddressing() {
		return (cr0 & CR0_PE) == 0 || (systemFlags & Flag.VM) != 0;
	}

	/** @return true if EFER.LMA is set: 64-bit or compatibility mode */
	public boolean longModeActive() {
		return (efer & EFER_LMA) != 0;
	}

	/** @return true if the present access is one of user mode */
	boolean userAccess() {
		return cpl == 3 && !systemAccess;
	}

	/** Asks the processor to pause at the next instruction boundary. Any thread.
	 * @param reasons bits {@code ATTENTION_} */
	public void requestAttention(int reasons) {
		ATTENTION.getAndBitwiseOr(this, reasons);
	}

	/** Withdraws reasons for a pause. @param reasons bits {@code ATTENTION_} */
	public void clearAttention(int reasons) {
		ATTENTION.getAndBitwiseAnd(this, ~reasons);
	}

	/** Replaces MXCSR and with it the modes of SSE arithmetic. @param value without reserved bits */
	public void setMxcsr(int value) {
		mxcsr = value;
		sse.context.setMxcsr(value);
	}

	// Flags

	/** @return the six arithmetic flags at their places in RFLAGS */
	public int arithmeticFlags() {
		return Flags.arithmetic(flagKind, flagA, flagB, flagResult);
	}

	/** Replaces the six arithmetic flags. @param flags other bits are ignored */
	public void setArithmeticFlags(int flags) {
		flagKind = FlagKind.EXPLICIT;
		flagResult = flags & Flag.ALL;
	}

	/** @return RFLAGS */
	public long rflags() {
		return systemFlags | arithmeticFlags();
	}

	/** Replaces RFLAGS without any check of privilege.
	 * @param value new value; bit 1 is set and reserved bits are cleared */
	public void setRflags(long value) {
		boolean enabling = (systemFlags & Flag.IF) == 0 && (value & Flag.IF) != 0;
		long changed = systemFlags ^ value;
		setArithmeticFlags((int) value);
		systemFlags = value & 0x3F7700 | Flag.FIXED;
		if ((changed & (Flag.VM | Flag.AC)) != 0) {
			contextChanged();
		}
		if ((value & Flag.TF) != 0) {
			requestAttention(ATTENTION_PRECISE);
		}
		if (enabling) {
			interruptsEnabled();
		}
	}

	/** To be called when IF goes from 0 to 1: an interrupt that could not be delivered is looked at again. */
	public void interruptsEnabled() {
		if (interruptHeld) {
			interruptHeld = false;
			requestAttention(ATTENTION_INTERRUPT);
		}
	}

	/** Shields the instruction at {@link #nextRip} from interrupts. @param stack true after MOV SS and POP SS */
	public void beginShadow(boolean stack) {
		shadowedRip = nextRip;
		stackShadow = stack;
	}

	/** Shields no instruction any more. */
	public void endShadow() {
		shadowedRip = NO_SHADOW;
	}

	/** A shadow needs no end: RIP moves out of it. After a jump back to the shadowed instruction this is true once more, which delays an
	 * interrupt by that one instruction.
	 * @return true if no interrupt may come before the instruction at {@link #rip} */
	public boolean interruptShadow() {
		return rip == shadowedRip;
	}

	/** @return true if no debug exception may come before the instruction at {@link #rip} */
	public boolean debugShadow() {
		return stackShadow && rip == shadowedRip;
	}

	/** @return CF as 0 or 1 */
	public int carry() {
		return Flags.carry(flagKind, flagA, flagB, flagResult) ? 1 : 0;
	}

	/** @param condition condition code 0 to 15
	 * @return true if it holds for the current flags */
	public boolean condition(int condition) {
		return Flags.condition(condition, flagKind, flagA, flagB, flagResult);
	}

	// Faults

	/** Prepares an exception without a meaningful error code (0 is pushed where the vector has one).
	 * @return the fault to throw */
	public GuestFault raise(int vector) {
		return raise(vector, 0);
	}

	/** Prepares an exception. @return the fault to throw */
	public GuestFault raise(int vector, int errorCode) {
		fault.vector = vector;
		fault.errorCode = errorCode;
		fault.hasErrorCode = Vector.hasErrorCode(vector);
		fault.nonCanonical = false;
		return fault;
	}

	/** Prepares an exit whose details stand in {@link #exit}. @return the fault to throw */
	public GuestFault leave(Exit.Kind kind) {
		exit.kind = kind;
		exit.traps = 0;
		exit.repeat = false;
		exit.delivering = false;
		fault.vector = GuestFault.EXIT;
		fault.nonCanonical = false;
		return fault;
	}

	/** Does something at an instruction boundary while no other processor of the group executes. */
	public void alone(Runnable action) {
		group.alone(this, action);
	}

	/** Prepares to begin the instruction anew in another way. @param why {@link GuestFault#CODE_WRITE}, {@link GuestFault#RETRY} or {@link GuestFault#ALONE}
	 * @return the fault to throw */
	public GuestFault leaveFor(int why) {
		fault.vector = why;
		fault.nonCanonical = false;
		return fault;
	}

	/** Drops the writable translations that processors have of a host page which is marked as holding code. Raises
	 * {@link GuestFault#RETRY} if others asked for something meanwhile.
	 * @param host address of the page
	 * @param writers bits of the processors */
	public void protect(long host, long writers) {
		if (!shared) {
			mmu.protect(host);
			return;
		}
		group.protect(this, host, writers);
		if ((attention & ATTENTION_REQUEST) != 0) {
			throw leaveFor(GuestFault.RETRY);
		}
	}

	// Segmented addresses

	/** Forms the linear address of a data access and checks it against the segment.
	 * @param segment segment register 0 to 5
	 * @param offset effective address, already cut to the address size
	 * @param size bytes accessed
	 * @param write true if the access writes
	 * @return linear address; raises #GP or #SS */
	public long linear(int segment, long offset, int size, boolean write) {
		if (mode == 64) {
			long address = segment >= Segment.FS ? r[FS_BASE + segment - Segment.FS] + offset : offset;
			if (address << 16 >> 16 != address) {
				throw raise(segment == Segment.SS ? Vector.SS : Vector.GP, 0);
			}
			return address;
		}
		Segment s = segments[segment];
		long last = offset + size - 1;
		boolean refused;
		if (realAddressing()) {
			refused = last > s.limit;
		} else {
			int type = s.type();
			boolean code = (type & 8) != 0;
			if (!s.present() || (write ? code || (type & 2) == 0 : code && (type & 2) == 0)) {
				refused = true;
			} else if (!code && (type & 4) != 0) {
				long top = (s.attributes & Segment.DEFAULT) != 0 ? 0xFFFFFFFFL : 0xFFFF;
				refused = offset <= s.limit || last > top;
			} else {
				refused = last > s.limit;
			}
		}
		if (refused) {
			throw raise(segment == Segment.SS ? Vector.SS : Vector.GP, 0);
		}
		return s.base + offset & 0xFFFFFFFFL;
	}

	/** @return mask of the stack pointer's bits that push and pop use: 16, 32 or 64 bits */
	public long stackMask() {
		return mode == 64 ? -1L : (segments[Segment.SS].attributes & Segment.DEFAULT) != 0 ? 0xFFFFFFFFL : 0xFFFF;
	}

	/** Replaces the bits of RSP that the stack's size selects. */
	public void setStackPointer(long value) {
		long mask = stackMask();
		r[RSP] = mask == 0xFFFF ? r[RSP] & ~mask | value & mask : value & mask;
	}

	/** Pushes a value; RSP changes only if the store succeeds. @param size 2, 4 or 8 bytes */
	public void push(long value, int size) {
		long pointer = r[RSP] - size & stackMask();
		write(linear(Segment.SS, pointer, size, true), size, value);
		setStackPointer(pointer);
	}

	/** Reads the value at the top of the stack plus {@code displacement} without moving the stack pointer. @param size 2, 4 or 8 bytes */
	public long peek(int displacement, int size) {
		return read(linear(Segment.SS, r[RSP] + displacement & stackMask(), size, false), size);
	}

	/** Pops a value. @param size 2, 4 or 8 bytes */
	public long pop(int size) {
		long value = peek(0, size);
		setStackPointer(r[RSP] + size);
		return value;
	}

	// Linear memory

	/** @return the byte at a linear address, zero-extended */
	public long readByte(long address) {
		long entry = readTable + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address & Tlb.PAGE | generation)) {
			return RAW.getByte(address + RAW.getLong(entry + 8)) & 0xFF;
		}
		return mmu.readSlow(address, 1);
	}

	/** @return the 16-bit value at a linear address, zero-extended */
	public long readWord(long address) {
		long entry = readTable + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + 1 & Tlb.PAGE | generation)) {
			return RAW.getShort(address + RAW.getLong(entry + 8)) & 0xFFFF;
		}
		return mmu.readSlow(address, 2);
	}

	/** @return the 32-bit value at a linear address, zero-extended */
	public long readDword(long address) {
		long entry = readTable + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + 3 & Tlb.PAGE | generation)) {
			return RAW.getInt(address + RAW.getLong(entry + 8)) & 0xFFFFFFFFL;
		}
		return mmu.readSlow(address, 4);
	}

	/** @return the 64-bit value at a linear address */
	public long readQword(long address) {
		long entry = readTable + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + 7 & Tlb.PAGE | generation)) {
			return RAW.getLong(address + RAW.getLong(entry + 8));
		}
		return mmu.readSlow(address, 8);
	}

	/** Stores 8 bits. */
	public void writeByte(long address, long value) {
		long entry = writeTable + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address & Tlb.PAGE | generation)) {
			RAW.putByte(address + RAW.getLong(entry + 8), (byte) value);
		} else {
			mmu.writeSlow(address, 1, value);
		}
	}

	/** Stores 16 bits. */
	public void writeWord(long address, long value) {
		long entry = writeTable + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + 1 & Tlb.PAGE | generation)) {
			RAW.putShort(address + RAW.getLong(entry + 8), (short) value);
		} else {
			mmu.writeSlow(address, 2, value);
		}
	}

	/** Stores 32 bits. */
	public void writeDword(long address, long value) {
		long entry = writeTable + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + 3 & Tlb.PAGE | generation)) {
			RAW.putInt(address + RAW.getLong(entry + 8), (int) value);
		} else {
			mmu.writeSlow(address, 4, value);
		}
	}

	/** Stores 64 bits. */
	public void writeQword(long address, long value) {
		long entry = writeTable + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + 7 & Tlb.PAGE | generation)) {
			RAW.putLong(address + RAW.getLong(entry + 8), value);
		} else {
			mmu.writeSlow(address, 8, value);
		}
	}

	/** Reads a value of 1, 2, 4 or 8 bytes, zero-extended. */
	public long read(long address, int size) {
		return switch (size) {
			case 1 -> readByte(address);
			case 2 -> readWord(address);
			case 4 -> readDword(address);
			default -> readQword(address);
		};
	}

	/** Stores the low 1, 2, 4 or 8 bytes of a value. */
	public void write(long address, int size, long value) {
		switch (size) {
			case 1 -> writeByte(address, value);
			case 2 -> writeWord(address, value);
			case 4 -> writeDword(address, value);
			default -> writeQword(address, value);
		}
	}

	/** Finds the host memory behind a range that is about to be written, for read-modify-write and for bulk stores.
	 * The range lies in one page and is plain memory, else 0 is returned; a store through the address needs no further check.
	 * @param size bytes, at least 1
	 * @return host address, or 0 if the slow way must be taken: {@link #readForWrite} and {@link #write}; raises what a store would */
	public long hostForWrite(long address, int size) {
		long entry = writeTable + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + size - 1 & Tlb.PAGE | generation)) {
			return address + RAW.getLong(entry + 8);
		}
		return mmu.hostSlow(address, size, true);
	}

	/** Finds the host memory behind a range that is about to be read; see {@link #hostForWrite}. */
	public long hostForRead(long address, int size) {
		long entry = readTable + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + size - 1 & Tlb.PAGE | generation)) {
			return address + RAW.getLong(entry + 8);
		}
		return mmu.hostSlow(address, size, false);
	}

	/** Reads a value that will be written back: raises what the store would, so that the store cannot fail after it.
	 * @param size 1, 2, 4 or 8 bytes */
	public long readForWrite(long address, int size) {
		long host = hostForWrite(address, size);
		if (host == 0) {
			mmu.probeWrite(address, size);
			return mmu.readSlow(address, size);
		}
		return switch (size) {
			case 1 -> RAW.getByte(host) & 0xFF;
			case 2 -> RAW.getShort(host) & 0xFFFF;
			case 4 -> RAW.getInt(host) & 0xFFFFFFFFL;
			default -> RAW.getLong(host);
		};
	}
}
