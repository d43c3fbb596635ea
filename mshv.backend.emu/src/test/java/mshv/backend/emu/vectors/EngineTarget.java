package mshv.backend.emu.vectors;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.Arena;
import java.lang.reflect.Proxy;

import mshv.backend.emu.block.BlockBuilder;
import mshv.backend.emu.block.BlockCache;
import mshv.backend.emu.block.BlockRunner;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Platform;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.integer.IntegerHandlers;
import mshv.backend.emu.exec.sse.SseHandlers;
import mshv.backend.emu.exec.system.SystemHandlers;
import mshv.backend.emu.exec.x87.X87Handlers;
import mshv.backend.emu.isa.Decoder;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * One of the engine's tiers on a processor whose page tables make the {@link AddressSpace}. Beyond that there is one supervisor page in
 * the upper half, for what INT3 needs. Used by one thread at a time.
 */
public final class EngineTarget implements VectorTarget, AutoCloseable {
	/** Which part of the engine executes the instruction. */
	public enum Tier {
		/** Its handler. */
		PRECISE,
		/** A block with the instruction and the HLT behind it; instructions that end a block go to their handlers. */
		BLOCKS,
		/** The same, translated to bytecode: every {@value #TRANSLATED_CASES}th case, the others are {@link #PRECISE}. */
		TRANSLATED
	}

	private static final int TRANSLATED_CASES = 16;

	private static final int PAGE = AddressSpace.PAGE;
	private static final int PRESENT = 1;
	private static final int WRITABLE = 2;
	private static final int USER = 4;
	private static final long NO_EXECUTE = 1L << 63;
	/** Guest pages: code, two of data, the supervisor page, then page tables from the top-level one on. */
	private static final int CODE_PAGE = 0;
	private static final int DATA_PAGE = 1;
	private static final int SYSTEM_PAGE = 3;
	private static final int TOP_TABLE = 4;
	private static final int PAGES = 32;
	/** The supervisor page: descriptor tables, task-state segment, and a stack that grows down from its end. */
	private static final long SYSTEM = 0xFFFF_8000_0000_0000L;
	private static final int IDT = 0;
	private static final int GDT = 0x800;
	private static final int TSS = 0x900;
	private static final int KERNEL_CODE = 8;
	/** Handlers, never executed, at consecutive addresses. */
	private static final long HANDLERS = SYSTEM + PAGE;
	/** INT3 pushes five quadwords. */
	private static final int FRAME = PAGE - 5 * 8;

	private final Arena arena = Arena.ofConfined();
	private final PhysicalMemory memory = new PhysicalMemory();
	private final long host = arena.allocate((long) PAGES * PAGE, PAGE).address();
	private final Tier tier;
	private final Cpu cpu;
	private final Handler[] handlers;
	private final BlockCache cache = new BlockCache(memory);
	private final BlockRunner runner;
	private final Decoder decoder = new Decoder();
	private final Instruction instruction = new Instruction();
	private final byte[] code = new byte[PAGE];
	private int tables = TOP_TABLE + 1;
	private int cases;

	/** Makes the processor and its memory. @param tier what executes the instructions */
	public EngineTarget(Tier tier) {
		this.tier = tier;
		for (int page = 0; page < PAGES; page++) {
			memory.setEntry(page, host + (long) page * PAGE | PhysicalMemory.READ | PhysicalMemory.WRITE | PhysicalMemory.EXECUTE);
		}
		map(AddressSpace.CODE, CODE_PAGE, USER);
		for (int i = 0; i < 2; i++) {
			map(AddressSpace.DATA_LOW + i * PAGE, DATA_PAGE + i, USER | WRITABLE | NO_EXECUTE);
			map(AddressSpace.DATA_HIGH + i * PAGE, DATA_PAGE + i, USER | WRITABLE | NO_EXECUTE);
		}
		map(SYSTEM, SYSTEM_PAGE, WRITABLE | NO_EXECUTE);
		fillSystemPage();
		RAW.fill(host + (long) CODE_PAGE * PAGE, PAGE, AddressSpace.CODE_FILL);
		cpu = new Cpu(memory, noPlatform(), cache, arena);
		handlers = handlers();
		cache.connect(cpu, new BlockBuilder(cpu, memory, handlers));
		runner = new BlockRunner(cpu, cache, tier == Tier.TRANSLATED ? 1 : 0);
		prepareSystem();
	}

	private void map(long linear, int page, long rights) {
		int table = TOP_TABLE;
		for (int level = 4; level > 1; level--) {
			long entry = entry(table, linear, level);
			if (RAW.getLong(entry) == 0) {
				RAW.putLong(entry, (long) tables++ * PAGE | PRESENT | WRITABLE | USER);
			}
			table = (int) (RAW.getLong(entry) / PAGE);
		}
		RAW.putLong(entry(table, linear, 1), (long) page * PAGE | PRESENT | rights);
	}

	private long entry(int table, long linear, int level) {
		return host + (long) table * PAGE + (linear >>> 3 + 9 * level & 511) * 8;
	}

	/** What no user-mode instruction reaches, but for the address of the APIC page. */
	private static Platform noPlatform() {
		return (Platform) Proxy.newProxyInstance(Platform.class.getClassLoader(), new Class<?>[] {Platform.class}, (proxy, method, arguments) -> {
			if (method.getName().equals("apicPage")) {
				return -1L;
			}
			throw new UnsupportedOperationException(method.getName());
		});
	}

	/** @return the handlers of all instructions, by the ordinals of their opcodes */
	public static Handler[] handlers() {
		HandlerTable table = new HandlerTable();
		IntegerHandlers.register(table);
		X87Handlers.register(table);
		SseHandlers.register(table);
		SystemHandlers.register(table);
		return table.toArray();
	}

	private void fillSystemPage() {
		long page = host + (long) SYSTEM_PAGE * PAGE;
		RAW.putLong(page + GDT + KERNEL_CODE, 0x00AF9B000000FFFFL);
		RAW.putLong(page + TSS + 4, SYSTEM + PAGE);
		// The I/O permission bitmap lies beyond the limit.
		RAW.putShort(page + TSS + 0x66, (short) 0x68);
		final int gate = 0xEE00;
		for (int vector = 0; vector < 32; vector++) {
			long handler = HANDLERS + vector;
			RAW.putLong(page + IDT + 16 * vector, handler & 0xFFFF | KERNEL_CODE << 16 | (long) gate << 32 | (handler >>> 16 & 0xFFFF) << 48);
			RAW.putLong(page + IDT + 16 * vector + 8, handler >>> 32);
		}
	}

	private void prepareSystem() {
		cpu.gdtBase = SYSTEM + GDT;
		cpu.gdtLimit = KERNEL_CODE + 7;
		cpu.idtBase = SYSTEM + IDT;
		cpu.idtLimit = 32 * 16 - 1;
		final int unusable = 0;
		final int busyTask = 0x8B;
		cpu.segments[Segment.LDTR].set(0, 0, 0, unusable);
		cpu.segments[Segment.TR].set(0x40, SYSTEM + TSS, 0x67, busyTask);
		cpu.cr0 = Cpu.CR0_PE | Cpu.CR0_MP | Cpu.CR0_ET | Cpu.CR0_NE | Cpu.CR0_WP | Cpu.CR0_AM | Cpu.CR0_PG;
		cpu.cr3 = (long) TOP_TABLE * PAGE;
		cpu.cr4 = Cpu.CR4_PAE | Cpu.CR4_OSFXSR | Cpu.CR4_OSXMMEXCPT;
		cpu.efer = Cpu.EFER_LME | Cpu.EFER_LMA | Cpu.EFER_NXE;
	}

	private void enterUserMode() {
		cpu.cpl = 3;
		final int data = 0xC0F3;
		final int code = 0xA0FB;
		for (int segment : new int[] {Segment.ES, Segment.DS, Segment.FS, Segment.GS}) {
			cpu.segments[segment].set(0, 0, 0, 0);
		}
		cpu.segments[Segment.CS].set(0x33, 0, 0xFFFFFFFFL, code);
		cpu.segments[Segment.SS].set(0x2B, 0, 0xFFFFFFFFL, data);
		cpu.contextChanged();
	}

	@Override
	public void close() {
		arena.close();
	}

	@Override
	public void run(TestCase in, TestResult out) {
		int offset = (int) (in.state.rip - AddressSpace.CODE);
		RAW.copyIn(in.code, 0, host + (long) CODE_PAGE * PAGE + offset, in.codeLength);
		RAW.copyIn(in.state.data, 0, host + (long) DATA_PAGE * PAGE, AddressSpace.DATA_SIZE);
		load(in.state);
		out.vector = TestResult.NO_EXCEPTION;
		out.errorCode = 0;
		out.faultAddress = 0;
		try {
			fetch(offset);
			if (tier == Tier.PRECISE || tier == Tier.TRANSLATED && cases++ % TRANSLATED_CASES != 0 || endsBlock() || !executeBlock(offset)) {
				execute(in.repeats);
			}
			if (cpu.cpl != 3) {
				leaveHandler(out);
			}
		} catch (GuestFault fault) {
			if (fault.vector < 0) {
				throw new IllegalStateException("left guest execution: " + cpu.exit.kind, fault);
			}
			out.vector = fault.vector;
			out.errorCode = fault.hasErrorCode ? fault.errorCode : 0;
			out.faultAddress = fault.vector == Vector.PF ? cpu.cr2 : 0;
		}
		store(out.state);
		RAW.copyOut(host + (long) DATA_PAGE * PAGE, out.state.data, 0, AddressSpace.DATA_SIZE);
		RAW.fill(host + (long) CODE_PAGE * PAGE + offset, in.codeLength, AddressSpace.CODE_FILL);
	}

	private void execute(boolean repeats) {
		cpu.precise = true;
		do {
			cpu.nextRip = cpu.rip + instruction.length;
			handlers[instruction.opcode.ordinal()].execute(cpu, instruction);
		} while (repeats && cpu.nextRip == cpu.rip);
		cpu.rip = cpu.nextRip;
	}

	private boolean endsBlock() {
		return instruction.repeat || instruction.repeatNot || instruction.opcode.group() == Opcode.Group.SYSTEM || switch (instruction.opcode) {
			case CALL, CALL_INDIRECT, JMP, JMP_INDIRECT, JCC, RET, LOOP, LOOPE, LOOPNE, JCXZ, POPF -> true;
			default -> false;
		};
	}

	/** Executes the instruction and what is behind it, which always faults.
	 * @return false if the instruction has to be repeated in the precise tier */
	private boolean executeBlock(int offset) {
		cache.invalidate(CODE_PAGE * PAGE + offset, PAGE - offset);
		long rip = cpu.rip;
		cpu.precise = false;
		try {
			runner.run();
			throw new IllegalStateException("the instruction behind did not fault");
		} catch (GuestFault fault) {
			if (fault.vector == GuestFault.CODE_WRITE) {
				return false;
			}
			if (cpu.rip == rip) {
				throw fault;
			}
			return true;
		}
	}

	/** Undoes the delivery of a software exception: its frame tells what the handler would see. */
	private void leaveHandler(TestResult out) {
		long frame = host + (long) SYSTEM_PAGE * PAGE + FRAME;
		out.vector = (int) (cpu.rip - HANDLERS);
		cpu.rip = RAW.getLong(frame);
		cpu.setRflags(RAW.getLong(frame + 16));
		cpu.r[Cpu.RSP] = RAW.getLong(frame + 24);
	}

	/** Decodes the instruction, or raises what fetching it raises. */
	private void fetch(int offset) {
		int available = Math.min(PAGE - offset, Instruction.MAX_LENGTH);
		RAW.copyOut(host + (long) CODE_PAGE * PAGE + offset, code, 0, available);
		int length = decoder.decode(code, 0, available, cpu.mode, cpu.rip, instruction);
		if (length == 0) {
			cpu.mmu.fetch(cpu.rip + available);
			throw new IllegalStateException("the page behind the code is mapped");
		}
		if (length == Decoder.TOO_LONG) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	private void load(CpuState s) {
		enterUserMode();
		System.arraycopy(s.gpr, 0, cpu.r, 0, 16);
		cpu.rip = s.rip;
		cpu.setRflags(s.rflags);
		cpu.setSegmentBase(Segment.FS, s.fsBase);
		cpu.setSegmentBase(Segment.GS, s.gsBase);
		cpu.fpu.control = s.fcw;
		cpu.fpu.status = s.fsw;
		cpu.fpu.valid = s.ftw;
		for (int i = 0; i < 8; i++) {
			int register = cpu.fpu.top() + i & 7;
			cpu.fpu.significand[register] = s.significand[i];
			cpu.fpu.signExponent[register] = s.signExponent[i];
		}
		cpu.setMxcsr(s.mxcsr);
		System.arraycopy(s.xmm, 0, cpu.xmm, 0, 32);
	}

	private void store(CpuState s) {
		System.arraycopy(cpu.r, 0, s.gpr, 0, 16);
		s.rip = cpu.rip;
		s.rflags = cpu.rflags() & ~(long) Flag.RF;
		s.fsBase = cpu.segments[Segment.FS].base;
		s.gsBase = cpu.segments[Segment.GS].base;
		s.fcw = cpu.fpu.control;
		s.fsw = cpu.fpu.status;
		s.ftw = cpu.fpu.valid;
		for (int i = 0; i < 8; i++) {
			int register = cpu.fpu.top() + i & 7;
			s.significand[i] = cpu.fpu.significand[register];
			s.signExponent[i] = cpu.fpu.signExponent[register];
		}
		s.mxcsr = cpu.mxcsr;
		System.arraycopy(cpu.xmm, 0, s.xmm, 0, 32);
	}
}
