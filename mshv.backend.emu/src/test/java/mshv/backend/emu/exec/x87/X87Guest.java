package mshv.backend.emu.exec.x87;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.Arena;
import java.lang.reflect.Proxy;
import java.util.HexFormat;

import mshv.backend.emu.cpu.CodeCache;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Platform;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Decoder;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.memory.PhysicalMemory;

/** A processor without paging, after FNINIT, that executes single x87 instructions. */
final class X87Guest implements CodeCache, AutoCloseable {
	/** Size of the memory at address 0: what lies behind is not mapped. */
	static final int BYTES = 0x20000;
	/** Offset in CS of every instruction. */
	static final int START = 0x234;
	/** Result of {@link #run} for an instruction that completed. */
	static final int NO_FAULT = -100;

	private static final Handler[] HANDLERS = handlers();

	final Cpu cpu;
	private final Arena arena = Arena.ofConfined();
	private final long host = arena.allocate(BYTES, 4096).address();
	private final Decoder decoder = new Decoder();
	private final Instruction instruction = new Instruction();

	private X87Guest(int mode) {
		PhysicalMemory memory = new PhysicalMemory();
		for (int page = 0; page < BYTES / 4096; page++) {
			memory.setEntry(page, host + page * 4096L | PhysicalMemory.READ | PhysicalMemory.WRITE | PhysicalMemory.EXECUTE);
		}
		Platform platform = (Platform) Proxy.newProxyInstance(Platform.class.getClassLoader(), new Class<?>[] {Platform.class},
			(proxy, method, arguments) -> -1L);
		cpu = new Cpu(memory, platform, this, arena);
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
		cpu.fpu.initialize();
	}

	/** Handlers of the group X87, which must be complete; the others refuse. */
	private static Handler[] handlers() {
		HandlerTable table = new HandlerTable();
		X87Handlers.register(table);
		for (Opcode opcode : Opcode.values()) {
			if (opcode.group() != Opcode.Group.X87) {
				table.add(opcode, (cpu, i) -> {
					throw new IllegalStateException("not an x87 instruction: " + i.opcode);
				});
			}
		}
		return table.toArray();
	}

	/** A guest in real mode. */
	static X87Guest realMode() {
		return new X87Guest(16);
	}

	/** A guest in 32-bit protected mode, flat. */
	static X87Guest protectedMode() {
		return new X87Guest(32);
	}

	/** A guest in 64-bit mode. */
	static X87Guest longMode() {
		return new X87Guest(64);
	}

	/** Executes one instruction.
	 * @param hex its bytes
	 * @return {@link #NO_FAULT}, or the {@link GuestFault#vector} */
	int run(String hex) {
		byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
		int length = decoder.decode(bytes, 0, bytes.length, cpu.mode, START, instruction);
		if (length != bytes.length || instruction.opcode == Opcode.INVALID) {
			throw new IllegalArgumentException("not an instruction: " + hex);
		}
		cpu.rip = START;
		cpu.nextRip = START + length;
		try {
			HANDLERS[instruction.opcode.ordinal()].execute(cpu, instruction);
		} catch (GuestFault fault) {
			return fault.vector;
		}
		return NO_FAULT;
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

	@Override
	public boolean holds(long gpa, int size) {
		return false;
	}

	@Override
	public void invalidate(long gpa, int size) {
		// There are no translations.
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
