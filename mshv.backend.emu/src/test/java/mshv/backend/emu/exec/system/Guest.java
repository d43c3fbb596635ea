package mshv.backend.emu.exec.system;

import static mshv.backend.emu.memory.RawMemory.RAW;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.NoCode;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Decoder;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.memory.PhysicalMemory;

/** A processor with 256 KiB of memory, a GDT with one descriptor of each kind, an empty IDT and a TSS; it executes single instructions. */
final class Guest implements AutoCloseable {
	static final int GDT = 0x1000, IDT = 0x2000, TSS = 0x3000, SECOND_TSS = 0x3800, LDT_TABLE = 0x3C00;
	static final int IST1 = 0x4FF8, KERNEL_STACK = 0x6000, STACK = 0x7000, CODE_AT = 0x8000, PAGE_TABLES = 0x10000;
	/** Selectors. */
	static final int CODE = 0x08, DATA = 0x10, USER_CODE = 0x1B, USER_DATA = 0x23, TASK = 0x28, CODE64 = 0x38, USER_CODE64 = 0x43,
		CONFORMING = 0x48, ABSENT = 0x50, CODE16 = 0x58, DATA16 = 0x60, CALL_GATE = 0x68, LDT = 0x78, SECOND_TASK = 0x88, TASK_GATE = 0x90,
		READ_ONLY = 0x98, ABSENT_CODE = 0xA0, BEYOND = 0x100;

	private static final int SIZE = 0x40000;

	final FakePlatform platform = new FakePlatform();
	final PhysicalMemory memory = new PhysicalMemory();
	final Cpu cpu;
	private final Arena arena = Arena.ofConfined();
	private final long host;
	private final Handler[] handlers = new Handler[Opcode.values().length];
	private final Decoder decoder = new Decoder();
	final Instruction instruction = new Instruction();

	/** What an instruction raised. */
	record Fault(int vector, int errorCode) {}

	private Guest() {
		host = arena.allocate(SIZE, 4096).address();
		for (int page = 0; page < SIZE >> 12; page++) {
			memory.setEntry(page, host + ((long) page << 12) | PhysicalMemory.READ | PhysicalMemory.WRITE | PhysicalMemory.EXECUTE);
		}
		cpu = new Cpu(memory, platform, new NoCode(), arena);
		HandlerTable table = new HandlerTable();
		SystemHandlers.register(table);
		for (Opcode opcode : Opcode.values()) {
			if (opcode.group() != Opcode.Group.SYSTEM) {
				table.add(opcode, (c, i) -> {
					throw new AssertionError("not a system instruction: " + i.opcode);
				});
			}
		}
		System.arraycopy(table.toArray(), 0, handlers, 0, handlers.length);
		writeTables();
	}

	/** In real mode, CS and SS zero. */
	static Guest real() {
		Guest guest = new Guest();
		Cpu cpu = guest.cpu;
		cpu.segments[Segment.CS].set(0, 0, 0xFFFF, 0x9B);
		cpu.idtBase = 0;
		cpu.idtLimit = 0x3FF;
		cpu.r[Cpu.RSP] = STACK;
		cpu.rip = CODE_AT;
		cpu.contextChanged();
		return guest;
	}

	/** In 32-bit protected mode at CPL 0, without paging. */
	static Guest protectedMode() {
		Guest guest = new Guest();
		guest.enterProtected();
		return guest;
	}

	/** In 64-bit mode at CPL 0, everything mapped to itself for all privilege levels. */
	static Guest longMode() {
		Guest guest = new Guest();
		guest.enterProtected();
		guest.put64(GDT + TASK, 0x0000_8900_3000_0067L);
		guest.put64(GDT + TASK + 8, 0);
		guest.writePageTables(7);
		Cpu cpu = guest.cpu;
		cpu.cr4 = Cpu.CR4_PAE;
		cpu.cr3 = PAGE_TABLES;
		cpu.efer = Cpu.EFER_LME | Cpu.EFER_LMA | Cpu.EFER_SCE;
		cpu.cr0 |= Cpu.CR0_PG;
		guest.loadSegment(Segment.CS, CODE64);
		cpu.contextChanged();
		return guest;
	}

	/** In virtual-8086 mode. */
	static Guest virtual8086(int ioPrivilege) {
		Guest guest = protectedMode();
		Cpu cpu = guest.cpu;
		cpu.cpl = 3;
		cpu.setRflags(Flag.VM | Flag.IF | ioPrivilege << 12);
		for (int register = 0; register < 6; register++) {
			SegmentLoader.loadReal(cpu, register, register == Segment.CS ? 0x800 : 0x100 + register);
		}
		cpu.r[Cpu.RSP] = 0x1000;
		cpu.rip = 0;
		cpu.contextChanged();
		return guest;
	}

	/** Continues at CPL 3 with flat user segments. */
	Guest asUser() {
		cpu.cpl = 3;
		loadSegment(Segment.CS, cpu.longModeActive() ? USER_CODE64 : USER_CODE);
		loadSegment(Segment.SS, USER_DATA);
		loadSegment(Segment.DS, USER_DATA);
		loadSegment(Segment.ES, USER_DATA);
		cpu.contextChanged();
		return this;
	}

	/** Continues in a 32-bit segment under long mode, at CPL 0. */
	Guest asCompatibility() {
		loadSegment(Segment.CS, CODE);
		cpu.contextChanged();
		return this;
	}

	private void enterProtected() {
		cpu.cr0 = Cpu.CR0_PE | Cpu.CR0_NE | Cpu.CR0_ET;
		cpu.gdtBase = GDT;
		cpu.gdtLimit = 0xFF;
		cpu.idtBase = IDT;
		cpu.idtLimit = 0xFFF;
		for (int register = 0; register < 6; register++) {
			loadSegment(register, register == Segment.CS ? CODE : DATA);
		}
		cpu.segments[Segment.TR].set(TASK, TSS, 0xFFF, 0x8B);
		cpu.segments[Segment.LDTR].set(0, 0, 0, 0);
		cpu.r[Cpu.RSP] = STACK;
		cpu.rip = CODE_AT;
		cpu.contextChanged();
	}

	/** Fills a segment register from the GDT without any check. */
	void loadSegment(int register, int selector) {
		Descriptor.load(cpu.segments[register], selector, get64(GDT + (selector & ~7)) | Descriptor.ACCESSED);
		cpu.setSegmentBase(register, cpu.segments[register].base);
	}

	private void writeTables() {
		put64(GDT + CODE, 0x00CF_9A00_0000_FFFFL);
		put64(GDT + DATA, 0x00CF_9200_0000_FFFFL);
		put64(GDT + (USER_CODE & ~7), 0x00CF_FA00_0000_FFFFL);
		put64(GDT + (USER_DATA & ~7), 0x00CF_F200_0000_FFFFL);
		put64(GDT + TASK, 0x0000_8B00_3000_0FFFL);
		put64(GDT + CODE64, 0x00AF_9A00_0000_FFFFL);
		put64(GDT + (USER_CODE64 & ~7), 0x00AF_FA00_0000_FFFFL);
		put64(GDT + CONFORMING, 0x00CF_9E00_0000_FFFFL);
		put64(GDT + ABSENT, 0x00CF_1200_0000_FFFFL);
		put64(GDT + CODE16, 0x0000_9A00_0000_FFFFL);
		put64(GDT + DATA16, 0x0000_9200_0000_FFFFL);
		put64(GDT + LDT, 0x0000_8200_3C00_000FL);
		put64(GDT + SECOND_TASK, 0x0000_8900_3800_0067L);
		put64(GDT + TASK_GATE, 0x0000_E500_0088_0000L);
		put64(GDT + READ_ONLY, 0x00CF_9000_0000_FFFFL);
		put64(GDT + ABSENT_CODE, 0x00CF_1A00_0000_FFFFL);
		put32(TSS + 4, KERNEL_STACK);
		put32(TSS + 8, DATA);
	}

	/** Maps the first 2 MiB to themselves with four-level tables. */
	private void writePageTables(int rights) {
		put64(PAGE_TABLES, PAGE_TABLES + 0x1000 | 7);
		put64(PAGE_TABLES + 0x1000, PAGE_TABLES + 0x2000 | 7);
		put64(PAGE_TABLES + 0x2000, PAGE_TABLES + 0x3000 | 7);
		for (int page = 0; page < SIZE >> 12; page++) {
			put64(PAGE_TABLES + 0x3000 + 8 * page, (long) page << 12 | rights);
		}
	}

	/** Changes how a page is mapped in long mode. @param rights low bits of its entry */
	void mapPage(long address, int rights) {
		put64((int) (PAGE_TABLES + 0x3000 + (address >>> 12) * 8), address & -4096 | rights);
		cpu.mmu.flush();
	}

	/** Writes a gate of the protected-mode IDT. @param type 5, 6, 7, 14, 15 */
	void gate(int vector, int selector, int offset, int type, int dpl) {
		put64(IDT + 8 * vector, protectedGate(selector, offset, type, dpl));
	}

	static long protectedGate(int selector, int offset, int type, int dpl) {
		return offset & 0xFFFFL | (long) selector << 16 | (0x80L | dpl << 5 | type) << 40 | (long) (offset >>> 16) << 48;
	}

	/** Writes a gate of the long-mode IDT. */
	void longGate(int vector, int selector, long offset, int type, int dpl, int stack) {
		put64(IDT + 16 * vector, protectedGate(selector, (int) offset, type, dpl) | (long) stack << 32);
		put64(IDT + 16 * vector + 8, offset >>> 32);
	}

	/** Executes one instruction at CS:RIP. */
	void execute(int... bytes) {
		byte[] code = new byte[Instruction.MAX_LENGTH];
		for (int n = 0; n < bytes.length; n++) {
			code[n] = (byte) bytes[n];
		}
		int length = decoder.decode(code, 0, code.length, cpu.mode, cpu.rip, instruction);
		assertTrue(length == bytes.length, () -> "instruction of " + length + " bytes: " + instruction.opcode);
		long rip = cpu.rip + length;
		cpu.nextRip = cpu.mode == 64 ? rip : rip & 0xFFFFFFFFL;
		handlers[instruction.opcode.ordinal()].execute(cpu, instruction);
		cpu.rip = cpu.nextRip;
	}

	/** Executes an instruction that must fault. */
	Fault fault(int... bytes) {
		GuestFault fault = assertThrows(GuestFault.class, () -> execute(bytes));
		return new Fault(fault.vector, fault.errorCode);
	}

	/** Runs something that must fault. */
	Fault faultOf(Runnable action) {
		GuestFault fault = assertThrows(GuestFault.class, action::run);
		return new Fault(fault.vector, fault.errorCode);
	}

	void put8(long gpa, int value) {
		RAW.putByte(host + gpa, (byte) value);
	}

	void put16(long gpa, int value) {
		RAW.putShort(host + gpa, (short) value);
	}

	void put32(long gpa, int value) {
		RAW.putInt(host + gpa, value);
	}

	void put64(long gpa, long value) {
		RAW.putLong(host + gpa, value);
	}

	int get16(long gpa) {
		return RAW.getShort(host + gpa) & 0xFFFF;
	}

	long get32(long gpa) {
		return RAW.getInt(host + gpa) & 0xFFFFFFFFL;
	}

	long get64(long gpa) {
		return RAW.getLong(host + gpa);
	}

	int selector(int register) {
		return cpu.segments[register].selector;
	}

	@Override
	public void close() {
		arena.close();
	}
}
