package mshv.vmm.loader;

import java.util.LinkedHashMap;
import java.util.Map;

import mshv.api.Register;
import mshv.api.RegisterValue;

/** Registers at a kernel's first instruction. */
final class EntryState {
	private static final int CODE_SELECTOR = 0x10;
	private static final int DATA_SELECTOR = 0x18;
	private static final int TASK_SELECTOR = 0x20;
	/** Present, code, readable, accessed, 4 KiB granular; 64-bit. */
	private static final int CODE_64 = 0xA09B;
	/** The same, 32-bit. */
	private static final int CODE_32 = 0xC09B;
	/** Present, data, writable, accessed, 32-bit, 4 KiB granular. */
	private static final int DATA = 0xC093;
	/** Present, busy 32-bit task. */
	private static final int TASK = 0x008B;
	/** Present, local descriptor table. */
	private static final int LOCAL_TABLE = 0x0082;
	private static final long CR0_PE = 1;
	private static final long CR0_ET = 1 << 4;
	private static final long CR0_PG = 1L << 31;
	private static final long CR4_PAE = 1 << 5;
	private static final long EFER_LME_LMA = 0x500;
	private static final long FLAGS = 2;
	private static final int GDT_LIMIT = 5 * 8 - 1;

	private EntryState() {}

	/** 64-bit mode with paging, interrupts off. @param pageTables CR3 @param gdt table at {@link LowMemory#GDT} */
	static Map<Register, RegisterValue> longMode(long entry, long pageTables, long gdt) {
		Map<Register, RegisterValue> state = new LinkedHashMap<>();
		state.put(Register.CR4, RegisterValue.of(CR4_PAE));
		state.put(Register.CR3, RegisterValue.of(pageTables));
		state.put(Register.EFER, RegisterValue.of(EFER_LME_LMA));
		state.put(Register.CR0, RegisterValue.of(CR0_PE | CR0_ET | CR0_PG));
		segments(state, CODE_64);
		state.put(Register.GDTR, RegisterValue.table(gdt, GDT_LIMIT));
		state.put(Register.RIP, RegisterValue.of(entry));
		return state;
	}

	/** 32-bit protected mode without paging, flat segments, interrupts off. @param gdt table with the descriptors of the segments */
	static Map<Register, RegisterValue> protectedMode(long entry, long gdt) {
		Map<Register, RegisterValue> state = new LinkedHashMap<>();
		state.put(Register.CR4, RegisterValue.of(0));
		state.put(Register.EFER, RegisterValue.of(0));
		state.put(Register.CR0, RegisterValue.of(CR0_PE | CR0_ET));
		segments(state, CODE_32);
		state.put(Register.GDTR, RegisterValue.table(gdt, GDT_LIMIT));
		state.put(Register.RIP, RegisterValue.of(entry));
		return state;
	}

	private static void segments(Map<Register, RegisterValue> state, int code) {
		state.put(Register.CS, RegisterValue.segment(0, -1, CODE_SELECTOR, code));
		RegisterValue data = RegisterValue.segment(0, -1, DATA_SELECTOR, DATA);
		for (Register register : new Register[] {Register.DS, Register.ES, Register.SS, Register.FS, Register.GS}) {
			state.put(register, data);
		}
		state.put(Register.TR, RegisterValue.segment(0, 0x67, TASK_SELECTOR, TASK));
		state.put(Register.LDTR, RegisterValue.segment(0, 0, 0, LOCAL_TABLE));
		state.put(Register.IDTR, RegisterValue.table(0, 0));
		state.put(Register.RFLAGS, RegisterValue.of(FLAGS));
	}
}
