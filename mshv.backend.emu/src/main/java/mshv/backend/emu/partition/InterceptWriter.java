package mshv.backend.emu.partition;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import mshv.api.Intercept;
import mshv.api.RegisterValue;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MessageType;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.Segment;

/**
 * Writes intercept messages to a processor's intercept page. The one for ports is written field by field, because guests spend their exits
 * on them; the others go through {@link InterceptMessage}. Layouts: HV_MESSAGE and the payloads of TLFS chapter 11.
 */
final class InterceptWriter {
	private static final int PAYLOAD = 16;
	private static final int PORT_PAYLOAD = 128;
	private static final int READ = 0, WRITE = 1, EXECUTE = 2;
	private static final int INSTRUCTION_BYTES = 16;
	private static final int SOFTWARE_EXCEPTION = 2;
	private static final int HYPERCALL_PAYLOAD = 196, STARTUP_PAYLOAD = 48, DELIVERABLE_PAYLOAD = 48;
	/** In the order of the hypercall message. */
	private static final int[] HYPERCALL_REGISTERS = {Cpu.RAX, Cpu.RBX, Cpu.RCX, Cpu.RDX, 8, Cpu.RSI, Cpu.RDI};

	private final VirtualProcessor processor;
	private final Cpu cpu;
	private final long sender;
	private final long page;

	/** @param sender partition id
	 * @param page host address of the page */
	InterceptWriter(VirtualProcessor processor, Cpu cpu, long sender, long page) {
		this.processor = processor;
		this.cpu = cpu;
		this.sender = sender;
		this.page = page;
	}

	/** IN, OUT, INS or OUTS. */
	void port() {
		final Cpu cpu = this.cpu;
		final long at = page + PAYLOAD;
		Exit exit = cpu.exit;
		// Materialized once for the message and the register page
		cpu.setArithmeticFlags(cpu.arithmeticFlags());
		RAW.putInt(page, MessageType.X64_IO_PORT_INTERCEPT);
		RAW.putInt(page + 4, PORT_PAYLOAD);
		RAW.putLong(page + 8, sender);
		header(at, exit.instructionLength, exit.write ? WRITE : READ);
		RAW.putLong(at + 40, exit.port & 0xFFFFL | (exit.size | (exit.string ? 8 : 0) | (exit.repeat ? 16 : 0)) << 16);
		RAW.putLong(at + 48, cpu.r[Cpu.RAX]);
		RAW.putLong(at + 56, 0);
		RAW.putLong(at + 64, 0);
		segment(at + 72, cpu.segments[Segment.DS]);
		segment(at + 88, cpu.segments[Segment.ES]);
		RAW.putLong(at + 104, cpu.r[Cpu.RCX]);
		RAW.putLong(at + 112, cpu.r[Cpu.RSI]);
		RAW.putLong(at + 120, cpu.r[Cpu.RDI]);
	}

	private static void segment(long at, Segment segment) {
		RAW.putLong(at, segment.base);
		RAW.putLong(at + 8, segment.upper);
	}

	private int executionState() {
		return cpu.cpl | (int) (cpu.cr0 & Cpu.CR0_PE) << 2 | ((cpu.cr0 & Cpu.CR0_AM) != 0 ? 1 << 3 : 0)
			| (cpu.longModeActive() ? 1 << 4 : 0) | ((cpu.dr[7] & 0xFF) != 0 ? 1 << 5 : 0)
			| (PendingInterruption.pending(processor.execution().pendingInterruption()) ? 1 << 6 : 0) | (cpu.interruptShadow() ? 1 << 12 : 0);
	}

	@SuppressWarnings("restricted")
	private void write(Intercept intercept) {
		InterceptMessage.encode(intercept, sender, MemorySegment.ofAddress(page).reinterpret(InterceptMessage.SIZE));
	}

	private Intercept.Header header(int access) {
		Segment cs = cpu.segments[Segment.CS];
		return new Intercept.Header(processor.index(), cpu.exit.instructionLength & 15, cpu.platform.taskPriority(), access,
			executionState(), new RegisterValue(cs.base, cs.upper), cpu.rip, cpu.rflags());
	}

	/** Access to memory that is not mapped, or not with that right. */
	void memory(AddressTranslator translator) {
		Exit exit = cpu.exit;
		byte[] code = new byte[INSTRUCTION_BYTES];
		long base = cpu.mode == 64 ? 0 : cpu.segments[Segment.CS].base;
		int length = translator.readCode(base + cpu.rip, code);
		int access = exit.execute ? EXECUTE : exit.write ? WRITE : READ;
		write(new Intercept.Memory(header(access), exit.mapped, exit.gva, exit.gvaValid, exit.gpa, Arrays.copyOf(code, length)));
	}

	/** An intercepted exception. */
	void exception(AddressTranslator translator) {
		Exit exit = cpu.exit;
		byte[] code = new byte[INSTRUCTION_BYTES];
		long base = cpu.mode == 64 ? 0 : cpu.segments[Segment.CS].base;
		int length = translator.readCode(base + cpu.rip, code);
		write(new Intercept.Exception(header(EXECUTE), exit.vector, exit.hasErrorCode, exit.errorCode, exit.parameter,
			Arrays.copyOf(code, length)));
		if (exit.software) {
			RAW.putByte(page + PAYLOAD + 42, (byte) SOFTWARE_EXCEPTION);
		}
		segment(page + PAYLOAD + 80, cpu.segments[Segment.DS]);
		segment(page + PAYLOAD + 96, cpu.segments[Segment.SS]);
		for (int n = 0; n < 16; n++) {
			RAW.putLong(page + PAYLOAD + 112 + 8 * n, cpu.r[n]);
		}
	}

	/** RDMSR or WRMSR. */
	void msr() {
		write(new Intercept.Msr(header(cpu.exit.write ? WRITE : READ), cpu.exit.msr, cpu.r[Cpu.RDX], cpu.r[Cpu.RAX]));
	}

	/** CPUID. @param defaults EAX, EBX, ECX, EDX that it would give */
	void cpuid(int[] defaults) {
		write(new Intercept.Cpuid(header(EXECUTE), cpu.r[Cpu.RAX], cpu.r[Cpu.RCX], defaults[0] & 0xFFFFFFFFL, defaults[1] & 0xFFFFFFFFL,
			defaults[2] & 0xFFFFFFFFL, defaults[3] & 0xFFFFFFFFL));
		RAW.putLong(page + PAYLOAD + 56, cpu.r[Cpu.RDX]);
		RAW.putLong(page + PAYLOAD + 64, cpu.r[Cpu.RBX]);
	}

	/** A hypercall. */
	void hypercall() {
		write(new Intercept.Other(MessageType.HYPERCALL_INTERCEPT, new byte[HYPERCALL_PAYLOAD]));
		long at = page + PAYLOAD;
		header(at, cpu.exit.instructionLength, EXECUTE);
		int offset = 40;
		for (int register : HYPERCALL_REGISTERS) {
			RAW.putLong(at + offset, cpu.r[register]);
			offset += 8;
		}
		for (int i = 0; i < 12; i++) {
			RAW.putLong(at + offset + 8 * i, cpu.xmm[i]);
		}
	}

	/** A start-up IPI that was sent; RIP is past the instruction. */
	void startup(int target, int vector) {
		write(new Intercept.Other(MessageType.X64_SIPI_INTERCEPT, new byte[STARTUP_PAYLOAD]));
		header(page + PAYLOAD, 0, EXECUTE);
		RAW.putInt(page + PAYLOAD + 40, target);
		RAW.putInt(page + PAYLOAD + 44, vector);
	}

	/** An interrupt or NMI could be injected. @param type HV_X64_PENDING_INTERRUPTION_TYPE */
	void interruptionDeliverable(int type) {
		write(new Intercept.Other(MessageType.X64_INTERRUPTION_DELIVERABLE, new byte[DELIVERABLE_PAYLOAD]));
		header(page + PAYLOAD, 0, EXECUTE);
		RAW.putInt(page + PAYLOAD + 40, type);
	}

	/** Slots of SINTs are free. @param sints one bit each */
	void sintDeliverable(int sints) {
		write(new Intercept.Other(MessageType.SYNIC_SINT_DELIVERABLE, new byte[DELIVERABLE_PAYLOAD]));
		header(page + PAYLOAD, 0, EXECUTE);
		RAW.putInt(page + PAYLOAD + 40, sints);
	}

	private void header(long at, int instructionLength, int access) {
		// In one store, because it is read in one
		RAW.putLong(at, processor.index() | (instructionLength & 15L | cpu.platform.taskPriority() << 4 & 0xF0) << 32 | (long) access << 40
			| (long) executionState() << 48);
		segment(at + 8, cpu.segments[Segment.CS]);
		RAW.putLong(at + 24, cpu.rip);
		RAW.putLong(at + 32, cpu.rflags());
	}

	/** HLT that nothing can end. */
	void halt() {
		write(new Intercept.Halt(header(READ)));
	}

	/** Triple fault. */
	void tripleFault() {
		write(new Intercept.UnrecoverableException(header(READ)));
	}

	/** End of a level-triggered interrupt. */
	void endOfInterrupt(int vector) {
		write(new Intercept.ApicEoi(processor.index(), vector));
	}

	/** The registers contradict each other. */
	void invalidRegisters() {
		byte[] payload = new byte[8];
		payload[0] = (byte) processor.index();
		write(new Intercept.Other(MessageType.INVALID_VP_REGISTER_VALUE, payload));
	}
}
