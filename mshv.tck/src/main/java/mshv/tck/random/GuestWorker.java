package mshv.tck.random;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.abi.CallCode;
import mshv.api.abi.PartitionProperty;

/**
 * A guest that executes random code in all modes, accesses random MSRs and makes random hypercalls. Nothing of that may come out of a run
 * as an exception, or keep it from being interrupted.
 */
final class GuestWorker implements Worker {
	private static final int MEMORY = 0x10_0000;
	private static final int LIFE = 200;
	private static final int EXITS = 8;
	/** Page tables of the first GiB at their own addresses, read and written by the guest like all else. */
	private static final long PML4 = 0x1000, POINTERS = 0x2000, DIRECTORY = 0x3000, TABLE = 0x4000, CODE = 0x8000, STACK = 0x8000;
	private static final long HYPERCALL_PAGE = 0x7000;
	private static final int[] MSRS = {0x10, 0x1B, 0x3B, 0x8B, 0xFE, 0x174, 0x175, 0x176, 0x1A0, 0x1D9, 0x200, 0x250, 0x277, 0x2FF, 0x6E0,
		0x800, 0x808, 0x80B, 0x830, 0x832, 0x838, 0x83E, 0x83F, 0xC000_0080, 0xC000_0081, 0xC000_0082, 0xC000_0100, 0xC000_0103,
		0x4000_0000, 0x4000_0001, 0x4000_0002, 0x4000_0003, 0x4000_0010, 0x4000_0020, 0x4000_0021, 0x4000_0070, 0x4000_0073, 0x4000_0080,
		0x4000_0083, 0x4000_0084, 0x4000_0090, 0x4000_009F, 0x4000_00B0, 0x4000_00B7, 0x4000_00F0, 0x4000_0100, 0x4000_0118};
	private static final int[] CALLS = {2, 3, 8, 0xB, 0x13, 0x14, 0x15, 0x50, 0x51, 0x5C, 0x5D, 0x99, 0x9A, 0xAF, 0xB0, CallCode.CREATE_PARTITION,
		CallCode.MAP_GPA_PAGES};
	/** Instructions that random bytes rarely are: RDMSR, WRMSR, CPUID, VMCALL, VMMCALL, CALL to the page, HLT, IN, OUT, STI, MOV CR, LGDT,
	 * LIDT, LTR, IRET, SYSCALL, SYSENTER, INT, CMPXCHG8B, INVLPG, WBINVD, FXRSTOR, REP MOVSB, REP STOSB. */
	private static final int[][] INSTRUCTIONS = {{0x0F, 0x32}, {0x0F, 0x30}, {0x0F, 0xA2}, {0x0F, 0x01, 0xC1}, {0x0F, 0x01, 0xD9},
		{0xFF, 0x14, 0x25, 0, 0x70, 0, 0}, {0xF4}, {0xED}, {0xEF}, {0xFB}, {0x0F, 0x22, 0xC0}, {0x0F, 0x22, 0xD8}, {0x0F, 0x22, 0xE0},
		{0x0F, 0x01, 0x17}, {0x0F, 0x01, 0x1F}, {0x0F, 0x00, 0xD8}, {0x48, 0xCF}, {0x0F, 0x05}, {0x0F, 0x34}, {0xCD, 0x30},
		{0xF0, 0x0F, 0xC7, 0x0F}, {0x0F, 0x01, 0x3F}, {0x0F, 0x09}, {0x0F, 0xAE, 0x0E}, {0xF3, 0xA4}, {0xF3, 0xAA}};

	private final Hypervisor hypervisor;
	private final Dice dice;
	private final Arena arena = Arena.ofShared();
	private final MemorySegment memory = arena.allocate(MEMORY, MemoryRegion.PAGE_SIZE);
	private final Interrupter interrupter = new Interrupter();
	private Partition partition;
	private VirtualProcessor processor;
	private int age;
	private volatile String doing = "nothing yet";

	GuestWorker(Hypervisor hypervisor, Dice dice) {
		this.hypervisor = hypervisor;
		this.dice = dice;
	}

	@Override
	public String doing() {
		return doing;
	}

	@Override
	public Outcome step() {
		try {
			if (partition == null || ++age == LIFE) {
				replace();
			}
			writeMemory();
			setRegisters();
			run();
			return Outcome.DONE;
		} catch (HypervisorException e) {
			if (e.status() == HvStatus.OPERATION_FAILED) {
				throw new Fault("the hypervisor failed", e);
			}
			// A processor that has got into a state which it cannot run from
			replace();
			return Outcome.REFUSED;
		}
	}

	private void replace() {
		age = 0;
		doing = "a new guest";
		if (partition != null) {
			partition.close();
		}
		partition = hypervisor.createPartition(PartitionConfig.standard());
		if (dice.oneIn(2)) {
			attempt(() -> partition.setProperty(PartitionProperty.SYNTHETIC_PROC_FEATURES, dice.bits() & dice.bits() | 0xFF));
		}
		partition.initialize();
		attempt(() -> partition.setProperty(PartitionProperty.UNIMPLEMENTED_MSR_ACTION, dice.below(2)));
		partition.mapMemory(MemoryRegion.ram(0, memory));
		processor = partition.createVirtualProcessor(0);
		partition.createVirtualProcessor(1);
	}

	/** What is refused is the generator's matter. */
	private static void attempt(Runnable action) {
		try {
			action.run();
		} catch (HypervisorException e) {
			if (e.status() == HvStatus.OPERATION_FAILED) {
				throw e;
			}
		}
	}

	private void set(long address, long value) {
		memory.set(JAVA_LONG, address, value);
	}

	private void writeMemory() {
		if (age % 16 == 0) {
			MemorySegment.copy(MemorySegment.ofArray(dice.bytes(MEMORY)), 0, memory, 0, MEMORY);
		}
		set(PML4, POINTERS | 7);
		set(POINTERS, DIRECTORY | 7);
		for (int i = 0; i < 8; i++) {
			set(DIRECTORY + 8 * i, i == 0 ? TABLE | 7 : (long) i << 21 | 0x87);
		}
		for (int i = 0; i < 512; i++) {
			set(TABLE + 8 * i, (long) i << 12 | (dice.oneIn(64) ? dice.bits() & 0xFFF : 7));
		}
		set(TABLE + 8 * (CODE >> 12), CODE | 7);
		int at = (int) CODE;
		for (int i = dice.below(12); i >= 0; i--) {
			byte[] bytes;
			if (dice.oneIn(3)) {
				int[] instruction = INSTRUCTIONS[dice.below(INSTRUCTIONS.length)];
				bytes = new byte[instruction.length];
				for (int j = 0; j < bytes.length; j++) {
					bytes[j] = (byte) instruction[j];
				}
			} else {
				bytes = dice.bytes(1 + dice.below(8));
			}
			MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, at, bytes.length);
			at += bytes.length;
		}
		memory.set(JAVA_SHORT_UNALIGNED, at, (short) 0xFEEB);
	}

	private void setRegisters() {
		Map<Register, RegisterValue> values = new LinkedHashMap<>();
		int mode = dice.below(4);
		// 64-bit, 32-bit with and without paging, real mode
		long attributes = mode == 0 ? 0xA09B : mode == 3 ? 0x9B : 0xC09B;
		boolean real = mode == 3;
		RegisterValue data = RegisterValue.segment(0, real ? 0xFFFF : -1, real ? 0 : 0x10, real ? 0x93 : 0xC093);
		values.put(Register.EFER, RegisterValue.of(0));
		values.put(Register.CR0, RegisterValue.of(0x10));
		values.put(Register.CR3, RegisterValue.of(PML4));
		values.put(Register.CR4, RegisterValue.of(mode <= 1 ? 0x620 : 0x600));
		values.put(Register.EFER, RegisterValue.of(mode == 0 ? 0x500 : 0));
		values.put(Register.CR0, RegisterValue.of(mode == 0 ? 0x8001_0033L : real ? 0x10 : 0x11));
		values.put(Register.CS, RegisterValue.segment(0, real ? 0xFFFF : -1, real ? 0 : 8, (int) attributes));
		for (Register segment : new Register[] {Register.SS, Register.DS, Register.ES, Register.FS, Register.GS}) {
			values.put(segment, data);
		}
		for (int i = Register.RAX.ordinal(); i <= Register.R15.ordinal(); i++) {
			values.put(Register.values()[i], RegisterValue.of(dice.oneIn(2) ? dice.edge() : dice.below(MEMORY)));
		}
		values.put(Register.RSP, RegisterValue.of(STACK));
		values.put(Register.RCX, RegisterValue.of(dice.oneIn(2) ? dice.pick(MSRS) + dice.below(3) : control()));
		values.put(Register.RIP, RegisterValue.of(CODE));
		values.put(Register.RFLAGS, RegisterValue.of(2 | (dice.oneIn(4) ? dice.bits() & 0x3F_7FD7 : 0)));
		values.put(Register.INTERNAL_ACTIVITY_STATE, RegisterValue.of(0));
		values.put(Register.PENDING_INTERRUPTION, RegisterValue.of(0));
		values.put(Register.INTERCEPT_SUSPEND, RegisterValue.of(0));
		values.put(Register.EXPLICIT_SUSPEND, RegisterValue.of(0));
		doing = "mode " + mode + " " + values;
		attempt(() -> processor.setRegisters(values));
		if (dice.oneIn(2)) {
			attempt(() -> processor.setRegister(Register.GUEST_OS_ID, 1));
			attempt(() -> processor.setRegister(Register.HYPERCALL, HYPERCALL_PAGE | 1));
		}
	}

	/** @return a guest's hypercall: code, fast, repetitions */
	private long control() {
		return dice.pick(CALLS) | (dice.oneIn(2) ? 1L << 16 : 0) | (long) dice.below(4) << 32 | (dice.oneIn(8) ? dice.edge() << 17 : 0);
	}

	/** Runs the guest until it is interrupted or waits for somebody who has more than registers for it. */
	private void run() {
		for (int exit = 0; exit < EXITS; exit++) {
			Intercept intercept = interrupter.run(processor, dice.below(200));
			switch (intercept) {
				case Intercept.Interrupted _ -> {
					return;
				}
				case Intercept.IoPort port -> skip(port.header());
				case Intercept.Msr msr -> skip(msr.header());
				case Intercept.Cpuid cpuid -> skip(cpuid.header());
				default -> {
					return;
				}
			}
		}
	}

	private void skip(Intercept.Header header) {
		processor.setRegister(Register.RIP, header.rip() + header.instructionLength());
		processor.setRegister(Register.RAX, dice.edge());
	}

	@Override
	public void close() {
		if (partition != null) {
			partition.close();
		}
		interrupter.close();
		arena.close();
	}
}
