package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

/**
 * Delivers exceptions and interrupts (Intel SDM vol. 3, chapter 6), at an instruction boundary: {@link Cpu#rip} is the instruction that
 * raised the exception or that would come next. Afterwards {@code rip} and {@code nextRip} are the handler's.
 * <p>
 * An exception met during delivery is delivered in its place, as a double fault where the architecture says so. If delivery needs an exit
 * (triple fault, memory that is not mapped), that {@link GuestFault} is thrown with the registers unchanged; for memory, the processor's
 * {@link Exit} then tells which event is to be delivered again.
 */
public final class Interrupts {
	private static final int DEBUG_GENERAL_DETECT = 1 << 13;
	/** Divide error, invalid TSS, segment not present, stack fault, general protection. */
	private static final int CONTRIBUTORY = 1 << Vector.DE | 1 << Vector.TS | 1 << Vector.NP | 1 << Vector.SS | 1 << Vector.GP;

	private Interrupts() {}

	/** Delivers the exception that an instruction raised.
	 * @param fault what was thrown; its vector is not negative */
	public static void deliverFault(Cpu cpu, GuestFault fault) {
		if (fault.vector == Vector.DB) {
			Debug.report(cpu, Debug.GENERAL_DETECT);
		} else {
			// Breakpoints that the instruction met before it faulted are met again when it is restarted; what MOV SS held back is lost.
			cpu.pendingDebug = 0;
		}
		deliver(cpu, fault.vector, EventType.FAULT, fault.errorCode, fault.hasErrorCode);
	}

	/** Delivers an external interrupt. @param vector 0 to 255 */
	public static void deliverInterrupt(Cpu cpu, int vector) {
		deliver(cpu, vector, EventType.EXTERNAL_INTERRUPT, 0, false);
	}

	/** Delivers a non-maskable interrupt and masks further ones until IRET. */
	public static void deliverNmi(Cpu cpu) {
		deliver(cpu, Vector.NMI, EventType.NMI, 0, false);
	}

	/** Delivers a debug exception: a trap after an instruction, or an instruction breakpoint before one.
	 * @param dr6Bits conditions to report in DR6 */
	public static void deliverDebug(Cpu cpu, long dr6Bits) {
		Debug.report(cpu, dr6Bits);
		deliver(cpu, Vector.DB, EventType.TRAP, 0, false);
	}

	/** Delivers any event, and what its delivery raises.
	 * @param vector 0 to 255
	 * @param type for the three of software, {@link Cpu#nextRip} must be the instruction's end
	 * @param errorCode pushed if {@code hasErrorCode}, but never in real mode */
	public static void deliver(Cpu cpu, int vector, EventType type, int errorCode, boolean hasErrorCode) {
		int currentVector = vector;
		EventType currentType = type;
		int code = errorCode;
		boolean hasCode = hasErrorCode;
		if (type == EventType.NMI) {
			cpu.nmiMasked = true;
		}
		for (;;) {
			try {
				deliverOnce(cpu, currentVector, currentType, code, hasCode);
				cpu.rip = cpu.nextRip;
				cpu.endShadow();
				return;
			} catch (GuestFault fault) {
				if (fault.vector < 0) {
					describe(cpu, currentVector, currentType, code, hasCode);
					throw fault;
				}
				boolean exception = currentType == EventType.FAULT || currentType == EventType.TRAP;
				currentVector = exception ? combine(cpu, currentVector, fault.vector) : fault.vector;
				boolean doubled = currentVector != fault.vector;
				currentType = EventType.FAULT;
				code = doubled ? 0 : fault.errorCode;
				hasCode = doubled || fault.hasErrorCode;
			}
		}
	}

	/** Notes the event that could not be delivered. */
	private static void describe(Cpu cpu, int vector, EventType type, int errorCode, boolean hasErrorCode) {
		Exit exit = cpu.exit;
		exit.delivering = true;
		exit.eventType = type.number();
		exit.eventVector = vector;
		exit.eventErrorCode = errorCode;
		exit.eventHasErrorCode = hasErrorCode;
		exit.eventLength = type.afterInstruction() ? (int) (cpu.nextRip - cpu.rip) & 15 : 0;
	}

	/** @return the vector to deliver for an exception raised by the delivery of another (Intel SDM vol. 3, table 6-5); a triple fault
	 * leaves guest execution */
	private static int combine(Cpu cpu, int first, int second) {
		boolean contributory = (CONTRIBUTORY >> second & 1) != 0;
		if (first == Vector.DF && (contributory || second == Vector.PF)) {
			throw cpu.leave(Exit.Kind.TRIPLE_FAULT);
		}
		boolean afterContributory = first < 32 && (CONTRIBUTORY >> first & 1) != 0 && contributory;
		boolean afterPageFault = first == Vector.PF && (contributory || second == Vector.PF);
		return afterContributory || afterPageFault ? Vector.DF : second;
	}

	/** Delivers one event and sets {@link Cpu#nextRip}; throws what goes wrong, having changed no register. INT n and its like execute
	 * through this, so that what goes wrong is a fault of the instruction. */
	static void deliverOnce(Cpu cpu, int vector, EventType type, int errorCode, boolean hasErrorCode) {
		long flags = cpu.rflags();
		long pending = cpu.pendingDebug;
		if (type == EventType.FAULT) {
			flags |= Flag.RF;
		} else if (type.afterInstruction()) {
			flags &= ~(long) Flag.RF;
		}
		long rip = type.afterInstruction() ? cpu.nextRip : cpu.rip;
		if (!cpu.protectedMode()) {
			real(cpu, vector, type, flags, rip);
		} else if (cpu.longModeActive()) {
			longMode(cpu, vector, type, flags, rip, errorCode, hasErrorCode);
		} else {
			protectedMode(cpu, vector, type, flags, rip, errorCode, hasErrorCode);
		}
		if (vector == Vector.DB && type != EventType.SOFTWARE_INTERRUPT) {
			cpu.dr[7] &= ~DEBUG_GENERAL_DETECT;
			if (pending != 0) {
				// What MOV SS held back is reported with this debug exception.
				Debug.report(cpu, pending);
				cpu.pendingDebug &= ~pending;
			}
		}
	}

	private static void real(Cpu cpu, int vector, EventType type, long flags, long rip) {
		int ext = type.fromProgram() ? 0 : 1;
		if (4 * vector + 3 > (cpu.idtLimit & 0xFFFF)) {
			throw cpu.raise(Vector.GP, 8 * vector + 2 + ext);
		}
		long target = SystemMemory.read(cpu, cpu.idtBase + 4L * vector, 4);
		PushStack stack = PushStack.current(cpu, ext);
		stack.push(flags, 2);
		stack.push(cpu.segments[Segment.CS].selector, 2);
		stack.push(rip, 2);
		long offset = target & 0xFFFF;
		CodeSegment.checkRealOffset(cpu, offset);
		cpu.r[Cpu.RSP] = stack.pointer();
		cpu.systemFlags &= ~(long) (Flag.IF | Flag.TF | Flag.AC | Flag.RF);
		CodeSegment.loadReal(cpu, (int) (target >>> 16));
		cpu.nextRip = offset;
	}

	/** Raises #GP for a gate that a program may not call, #NP for one that is not present. */
	private static void checkGate(Cpu cpu, long gate, EventType type, int idtError) {
		if (type.fromProgram() && Descriptor.dpl(gate) < cpu.cpl) {
			throw cpu.raise(Vector.GP, idtError);
		}
		if (!Descriptor.present(gate)) {
			throw cpu.raise(Vector.NP, idtError);
		}
	}

	/** Reads and checks a handler's code segment. */
	private static long handlerSegment(Cpu cpu, int selector, int ext) {
		if (DescriptorTables.isNull(selector)) {
			throw cpu.raise(Vector.GP, ext);
		}
		long raw = DescriptorTables.read(cpu, selector, Vector.GP, ext);
		if (!Descriptor.code(raw) || Descriptor.dpl(raw) > cpu.cpl) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, ext);
		}
		return raw;
	}

	private static int handlerPrivilege(Cpu cpu, long raw) {
		return Descriptor.conforming(raw) ? cpu.cpl : Descriptor.dpl(raw);
	}

	private static void longMode(Cpu cpu, int vector, EventType type, long flags, long rip, int errorCode, boolean hasErrorCode) {
		int ext = type.fromProgram() ? 0 : 1;
		int idtError = 8 * vector + 2 + ext;
		if (16 * vector + 15 > (cpu.idtLimit & 0xFFFF)) {
			throw cpu.raise(Vector.GP, idtError);
		}
		long gate = SystemMemory.read(cpu, cpu.idtBase + 16L * vector, 8);
		long upper = SystemMemory.read(cpu, cpu.idtBase + 16L * vector + 8, 8);
		int gateType = Descriptor.systemType(gate);
		if (gateType != Descriptor.INTERRUPT_GATE32 && gateType != Descriptor.TRAP_GATE32) {
			throw cpu.raise(Vector.GP, idtError);
		}
		checkGate(cpu, gate, type, idtError);
		int selector = Descriptor.gateSelector(gate);
		long raw = handlerSegment(cpu, selector, ext);
		if (!Descriptor.longCode(raw) || Descriptor.big(raw)) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, ext);
		}
		CodeSegment.checkPresent(cpu, selector, raw, ext);
		long offset = Descriptor.gateOffset(gate) | upper << 32;
		if (!Privilege.canonical(offset)) {
			throw cpu.raise(Vector.GP, ext);
		}
		int privilege = handlerPrivilege(cpu, raw);
		int interruptStack = (int) (gate >>> 32) & 7;
		long pointer = cpu.r[Cpu.RSP];
		if (interruptStack != 0) {
			pointer = TaskState.interruptStack(cpu, interruptStack, ext);
		} else if (privilege != cpu.cpl) {
			pointer = TaskState.longStack(cpu, privilege, ext);
		}
		long accessed = DescriptorTables.access(cpu, selector, raw);
		PushStack stack = PushStack.flat(cpu, pointer & ~15L, ext);
		int cpl = cpu.cpl;
		int mode = cpu.mode;
		InnerPrivilege.begin(cpu, privilege);
		try {
			stack.push(cpu.segments[Segment.SS].selector, 8);
			stack.push(cpu.r[Cpu.RSP], 8);
			stack.push(flags, 8);
			stack.push(cpu.segments[Segment.CS].selector, 8);
			stack.push(rip, 8);
			if (hasErrorCode) {
				stack.push(errorCode & 0xFFFFFFFFL, 8);
			}
		} catch (GuestFault fault) {
			InnerPrivilege.abandon(cpu, cpl, mode);
			throw fault;
		}
		if (privilege != cpl) {
			SegmentLoader.loadNullStack(cpu, privilege);
		}
		cpu.r[Cpu.RSP] = stack.pointer();
		enter(cpu, selector, accessed, privilege, offset, gateType == Descriptor.INTERRUPT_GATE32);
	}

	/** Loads CS:RIP of a handler and the flags that it starts with. */
	private static void enter(Cpu cpu, int selector, long raw, int privilege, long offset, boolean interruptGate) {
		cpu.systemFlags &= ~(long) (Flag.TF | Flag.NT | Flag.RF | Flag.VM | (interruptGate ? Flag.IF : 0));
		CodeSegment.load(cpu, selector, raw, privilege);
		cpu.nextRip = offset;
	}

	private static void protectedMode(Cpu cpu, int vector, EventType type, long flags, long rip, int errorCode, boolean hasErrorCode) {
		int ext = type.fromProgram() ? 0 : 1;
		int idtError = 8 * vector + 2 + ext;
		if (8 * vector + 7 > (cpu.idtLimit & 0xFFFF)) {
			throw cpu.raise(Vector.GP, idtError);
		}
		long gate = SystemMemory.read(cpu, cpu.idtBase + 8L * vector, 8);
		int gateType = Descriptor.systemType(gate);
		switch (gateType) {
			case Descriptor.TASK_GATE, Descriptor.INTERRUPT_GATE16, Descriptor.TRAP_GATE16, Descriptor.INTERRUPT_GATE32,
				Descriptor.TRAP_GATE32 -> checkGate(cpu, gate, type, idtError);
			default -> throw cpu.raise(Vector.GP, idtError);
		}
		if (gateType == Descriptor.TASK_GATE) {
			TaskSwitch.throughInterrupt(cpu, gate, rip, flags, ext, errorCode, hasErrorCode);
			return;
		}
		int selector = Descriptor.gateSelector(gate);
		long raw = handlerSegment(cpu, selector, ext);
		CodeSegment.checkPresent(cpu, selector, raw, ext);
		int privilege = handlerPrivilege(cpu, raw);
		boolean fromVirtual = (flags & Flag.VM) != 0;
		if (fromVirtual && privilege != 0) {
			throw DescriptorTables.refuse(cpu, Vector.GP, selector, ext);
		}
		int size = gateType >= Descriptor.TSS32 ? 4 : 2;
		long offset = size == 4 ? Descriptor.gateOffset(gate) : gate & 0xFFFF;
		boolean inner = privilege != cpu.cpl;
		TaskState.InnerStack innerStack = inner ? TaskState.innerStack(cpu, privilege, ext) : null;
		CodeSegment.checkOffset(cpu, raw, offset, ext);
		long accessed = DescriptorTables.access(cpu, selector, raw);
		PushStack stack = inner ? innerStack.begin(cpu, ext) : PushStack.current(cpu, ext);
		int cpl = cpu.cpl;
		int mode = cpu.mode;
		InnerPrivilege.begin(cpu, privilege);
		try {
			if (fromVirtual) {
				pushVirtualSegments(cpu, stack, size);
			}
			if (inner) {
				stack.push(cpu.segments[Segment.SS].selector, size);
				stack.push(cpu.r[Cpu.RSP], size);
			}
			stack.push(flags, size);
			stack.push(cpu.segments[Segment.CS].selector, size);
			stack.push(rip, size);
			if (hasErrorCode) {
				stack.push(errorCode, size);
			}
		} catch (GuestFault fault) {
			InnerPrivilege.abandon(cpu, cpl, mode);
			throw fault;
		}
		if (inner) {
			Descriptor.load(cpu.segments[Segment.SS], innerStack.selector(), innerStack.raw());
		}
		if (fromVirtual) {
			clear(cpu, Segment.ES);
			clear(cpu, Segment.DS);
			clear(cpu, Segment.FS);
			clear(cpu, Segment.GS);
		}
		cpu.r[Cpu.RSP] = stack.pointer();
		enter(cpu, selector, accessed, privilege, offset, (gateType & 1) == 0);
	}

	private static void pushVirtualSegments(Cpu cpu, PushStack stack, int size) {
		stack.push(cpu.segments[Segment.GS].selector, size);
		stack.push(cpu.segments[Segment.FS].selector, size);
		stack.push(cpu.segments[Segment.DS].selector, size);
		stack.push(cpu.segments[Segment.ES].selector, size);
	}

	private static void clear(Cpu cpu, int register) {
		cpu.segments[register].set(0, 0, 0, 0);
	}
}
