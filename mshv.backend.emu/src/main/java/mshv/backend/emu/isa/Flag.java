package mshv.backend.emu.isa;

/** Bits of RFLAGS, at their architectural places (Intel SDM vol. 1, 3.4.3). */
public final class Flag {
	/** Carry. */
	public static final int CF = 1;
	/** Always one. */
	public static final int FIXED = 2;
	/** Parity of the low byte. */
	public static final int PF = 4;
	/** Auxiliary carry, out of bit 3. */
	public static final int AF = 0x10;
	/** Zero. */
	public static final int ZF = 0x40;
	/** Sign. */
	public static final int SF = 0x80;
	/** Trap: single step. */
	public static final int TF = 0x100;
	/** Interrupts enabled. */
	public static final int IF = 0x200;
	/** Direction of string instructions. */
	public static final int DF = 0x400;
	/** Overflow. */
	public static final int OF = 0x800;
	/** I/O privilege level, two bits. */
	public static final int IOPL = 0x3000;
	/** Nested task. */
	public static final int NT = 0x4000;
	/** Resume: no instruction breakpoint on the next instruction. */
	public static final int RF = 0x10000;
	/** Virtual-8086 mode. */
	public static final int VM = 0x20000;
	/** Alignment check; with SMAP, access to user pages. */
	public static final int AC = 0x40000;
	/** Virtual interrupt flag. */
	public static final int VIF = 0x80000;
	/** Virtual interrupt pending. */
	public static final int VIP = 0x100000;
	/** CPUID is there. */
	public static final int ID = 0x200000;
	/** The six arithmetic flags. */
	public static final int ALL = CF | PF | AF | ZF | SF | OF;
	/** Not a flag: in {@link Opcode#flagUses()}, the flags that the instruction's condition tests. */
	static final int CONDITION = 1 << 30;

	private static final int[] BY_CONDITION = {OF, CF, ZF, CF | ZF, SF, PF, SF | OF, ZF | SF | OF};

	private Flag() {}

	/** @param condition condition code 0 to 15, the low four bits of a Jcc opcode
	 * @return the flags that it tests */
	public static int ofCondition(int condition) {
		return BY_CONDITION[condition >> 1];
	}
}
