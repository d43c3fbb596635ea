package mshv.backend.emu.exec.integer;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.Arena;
import java.util.HexFormat;

import mshv.backend.emu.cpu.CodeCache;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Decoder;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.memory.PhysicalMemory;

/** A processor without paging in front of {@link #BYTES} bytes of memory at address 0, that executes single instructions. */
final class TestGuest implements CodeCache, AutoCloseable {
	/** Size of the memory: what lies behind is not mapped. */
	static final int BYTES = 0x20000;
	/** RIP of every instruction. */
	static final long START = 0x100;
	/** Result of {@link #run} for an instruction that completed. */
	static final int NO_FAULT = -100;

	private static final Handler[] HANDLERS = handlers();

	final FakePlatform platform = new FakePlatform();
	final PhysicalMemory memory;
	final Cpu cpu;
	/** Guest-physical address of a byte that stands for translated code, or -1. */
	long translated = -1;

	private final Arena arena = Arena.ofShared();
	private final long host;
	private final Decoder decoder = new Decoder();
	private final Instruction instruction = new Instruction();

	private TestGuest(TestGuest sharesMemory, int mode) {
		if (sharesMemory == null) {
			memory = new PhysicalMemory();
			host = arena.allocate(BYTES, 4096).address();
			for (int page = 0; page < BYTES / 4096; page++) {
				memory.setEntry(page, host + page * 4096L | PhysicalMemory.READ | PhysicalMemory.WRITE | PhysicalMemory.EXECUTE);
			}
		} else {
			memory = sharesMemory.memory;
			host = sharesMemory.host;
		}
		cpu = new Cpu(memory, platform, this, arena);
		cpu.r[Cpu.RSP] = 0x8000;
		cpu.r[Cpu.RDX] = 0;
		int size = mode == 16 ? 0 : Segment.DEFAULT | Segment.GRANULARITY;
		long limit = mode == 16 ? 0xFFFF : 0xFFFFFFFFL;
		for (int i = 0; i < 6; i++) {
			cpu.segments[i].set(0, 0, limit, 0x93 | size);
		}
		cpu.segments[Segment.CS].set(0, 0, limit, 0x9B | (mode == 64 ? Segment.LONG : size));
		if (mode != 16) {
			cpu.cr0 |= Cpu.CR0_PE;
		}
		if (mode == 64) {
			cpu.efer |= Cpu.EFER_LMA;
		}
		cpu.contextChanged();
	}

	/** Handlers of the group INTEGER, which must be complete; the others refuse. */
	private static Handler[] handlers() {
		HandlerTable table = new HandlerTable();
		IntegerHandlers.register(table);
		for (Opcode opcode : Opcode.values()) {
			if (opcode.group() != Opcode.Group.INTEGER) {
				table.add(opcode, (cpu, i) -> {
					throw new IllegalStateException("not an integer instruction: " + i.opcode);
				});
			}
		}
		return table.toArray();
	}

	/** A guest in real mode, all segments at 0. */
	static TestGuest realMode() {
		return new TestGuest(null, 16);
	}

	/** A guest in 32-bit protected mode at CPL 0, flat. */
	static TestGuest protectedMode() {
		return new TestGuest(null, 32);
	}

	/** A guest in 64-bit mode at CPL 0. */
	static TestGuest longMode() {
		return new TestGuest(null, 64);
	}

	/** A further processor in 64-bit mode with the memory of this one, which is closed later. */
	TestGuest sibling() {
		return new TestGuest(this, 64);
	}

	/** Enters virtual-8086 mode with an IOPL. */
	void enterVirtual8086(int ioPrivilege) {
		cpu.cpl = 3;
		cpu.systemFlags |= Flag.VM | ioPrivilege << 12;
		cpu.contextChanged();
	}

	/** Executes one instruction at {@link #START}; RIP then stands at what follows it, or after a fault still at it.
	 * @param hex its bytes
	 * @return {@link #NO_FAULT}, or the {@link GuestFault#vector} */
	int run(String hex) {
		decode(hex);
		return execute();
	}

	/** Prepares an instruction for {@link #execute}. */
	void decode(String hex) {
		byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
		int length = decoder.decode(bytes, 0, bytes.length, cpu.mode, START, instruction);
		if (length != bytes.length || instruction.opcode == Opcode.INVALID) {
			throw new IllegalArgumentException("not an instruction: " + hex);
		}
	}

	/** Executes the instruction that {@link #decode} prepared. */
	int execute() {
		cpu.rip = START;
		cpu.nextRip = START + instruction.length;
		try {
			HANDLERS[instruction.opcode.ordinal()].execute(cpu, instruction);
		} catch (GuestFault fault) {
			return fault.vector;
		}
		cpu.rip = cpu.nextRip;
		return NO_FAULT;
	}

	boolean flag(int flag) {
		return (cpu.rflags() & flag) != 0;
	}

	long read(long address, int size) {
		long value = 0;
		for (int i = size - 1; i >= 0; i--) {
			value = value << 8 | RAW.getByte(host + address + i) & 0xFF;
		}
		return value;
	}

	void write(long address, int size, long value) {
		for (int i = 0; i < size; i++) {
			RAW.putByte(host + address + i, (byte) (value >>> 8 * i));
		}
	}

	byte[] bytes() {
		byte[] bytes = new byte[BYTES];
		RAW.copyOut(host, bytes, 0, BYTES);
		return bytes;
	}

	void setBytes(byte[] bytes) {
		RAW.copyIn(bytes, 0, host, bytes.length);
	}

	@Override
	public boolean holds(long gpa, int size) {
		return gpa <= translated && translated < gpa + size;
	}

	@Override
	public void invalidate(long gpa, int size) {
		translated = -1;
	}

	@Override
	public void written(long gpa, int size) {
		// There are no other processors.
	}

	@Override
	public void willBeWritten(long gpa, int size) {
		// There are no other processors.
	}

	@Override
	public void drop(long page) {
		throw new AssertionError("no other processor asks for this");
	}

	@Override
	public void dropAll() {
		throw new AssertionError("no other processor asks for this");
	}

	@Override
	public void close() {
		arena.close();
	}
}
