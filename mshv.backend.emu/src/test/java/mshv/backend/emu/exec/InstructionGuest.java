package mshv.backend.emu.exec;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.foreign.Arena;
import java.util.HexFormat;
import java.util.function.Consumer;

import mshv.backend.emu.cpu.CodeCache;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Platform;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.isa.Decoder;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.memory.PhysicalMemory;

/** A processor without paging in front of {@link #BYTES} bytes of memory at address 0, that executes single instructions of one group. */
public abstract class InstructionGuest implements AutoCloseable {
	/** Size of the memory: what lies behind is not mapped. */
	public static final int BYTES = 0x20000;
	/** Result of {@link #run} for an instruction that completed. */
	public static final int NO_FAULT = -100;

	/** The processor: in real mode with all segments at 0, or flat at CPL 0. */
	public final Cpu cpu;
	/** Its memory. */
	public final PhysicalMemory memory;
	/** Host address of the memory. */
	protected final long host;
	private final long start;
	private final Handler[] handlers;
	private final Arena arena = Arena.ofShared();
	private final Decoder decoder = new Decoder();
	private final Instruction instruction = new Instruction();

	/** @param mode 16 for real mode, 32 for protected mode, 64 for 64-bit mode
	 * @param start RIP of every instruction
	 * @param sharesMemory guest whose memory this one has too, and which is closed later; null for none */
	protected InstructionGuest(int mode, Platform platform, CodeCache codeCache, Handler[] handlers, long start,
			InstructionGuest sharesMemory) {
		this.handlers = handlers;
		this.start = start;
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
		cpu = new Cpu(memory, platform, codeCache, arena);
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

	/** @param registration enters the handlers of the group
	 * @return those handlers, which must be complete; the others refuse */
	protected static Handler[] handlers(Opcode.Group group, Consumer<HandlerTable> registration) {
		HandlerTable table = new HandlerTable();
		registration.accept(table);
		for (Opcode opcode : Opcode.values()) {
			if (opcode.group() != group) {
				table.add(opcode, (cpu, i) -> {
					throw new IllegalStateException("not of the group " + group + ": " + i.opcode);
				});
			}
		}
		return table.toArray();
	}

	/** Executes one instruction; RIP then stands at what follows it, or after a fault still at it.
	 * @param hex its bytes
	 * @return {@link #NO_FAULT}, or the {@link GuestFault#vector} */
	public int run(String hex) {
		decode(hex);
		return execute();
	}

	/** Prepares an instruction for {@link #execute}. */
	public void decode(String hex) {
		byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
		int length = decoder.decode(bytes, 0, bytes.length, cpu.mode, start, instruction);
		if (length != bytes.length || instruction.opcode == Opcode.INVALID) {
			throw new IllegalArgumentException("not an instruction: " + hex);
		}
	}

	/** Executes the instruction that {@link #decode} prepared. */
	public int execute() {
		cpu.rip = start;
		cpu.nextRip = start + instruction.length;
		try {
			handlers[instruction.opcode.ordinal()].execute(cpu, instruction);
		} catch (GuestFault fault) {
			return fault.vector;
		}
		cpu.rip = cpu.nextRip;
		return NO_FAULT;
	}

	/** @return {@code size} bytes of memory, zero-extended */
	public long read(long address, int size) {
		long value = 0;
		for (int i = size - 1; i >= 0; i--) {
			value = value << 8 | RAW.getByte(host + address + i) & 0xFF;
		}
		return value;
	}

	/** Writes {@code size} bytes of memory. */
	public void write(long address, int size, long value) {
		for (int i = 0; i < size; i++) {
			RAW.putByte(host + address + i, (byte) (value >>> 8 * i));
		}
	}

	@Override
	public void close() {
		arena.close();
	}
}
