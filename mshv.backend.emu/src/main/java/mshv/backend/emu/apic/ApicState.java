package mshv.backend.emu.apic;

import static mshv.backend.emu.memory.RawMemory.RAW;

/** The local APIC's state as a page (HV_X64_INTERRUPT_CONTROLLER_STATE): {@value #SIZE} bytes of 32-bit fields. */
public final class ApicState {
	/** Bytes used. */
	public static final int SIZE = 176;

	private static final int ID = 0, VERSION = 4, LDR = 8, DFR = 12, SPURIOUS = 16, ISR = 20, TMR = 52, IRR = 84, ERROR_STATUS = 116,
		ICR_HIGH = 120, ICR_LOW = 124, LVT_TIMER = 128, LVT_THERMAL = 132, LVT_PERFORMANCE = 136, LVT_LINT0 = 140, LVT_LINT1 = 144,
		LVT_ERROR = 148, LVT_CMCI = 152, ERROR_STATUS_COPY = 156, INITIAL_COUNT = 160, CURRENT_COUNT = 164, DIVIDE = 168, REMOTE_READ = 172;

	/** Fields that are one register, with the register. */
	private static final int[][] REGISTERS = {{LDR, ApicRegister.LDR}, {DFR, ApicRegister.DFR}, {SPURIOUS, ApicRegister.SPURIOUS},
		{ICR_HIGH, ApicRegister.ICR_HIGH}, {ICR_LOW, ApicRegister.ICR_LOW}, {LVT_TIMER, ApicRegister.LVT_TIMER},
		{LVT_THERMAL, ApicRegister.LVT_THERMAL}, {LVT_PERFORMANCE, ApicRegister.LVT_PERFORMANCE}, {LVT_LINT0, ApicRegister.LVT_LINT0},
		{LVT_LINT1, ApicRegister.LVT_LINT1}, {LVT_ERROR, ApicRegister.LVT_ERROR}, {DIVIDE, ApicRegister.DIVIDE}};

	private ApicState() {}

	/** Writes the state of an APIC whose processor stands. @param at host address of {@link #SIZE} bytes */
	public static void save(LocalApic apic, long at) {
		RAW.putInt(at + ID, apic.x2apic() ? apic.id() : apic.id() << 24);
		RAW.putInt(at + VERSION, RegisterAccess.VERSION);
		for (int[] field : REGISTERS) {
			RAW.putInt(at + field[0], apic.registers.read(field[1]));
		}
		for (int i = 0; i < 8; i++) {
			RAW.putInt(at + ISR + 4 * i, apic.registers.read(ApicRegister.ISR + i));
			RAW.putInt(at + TMR + 4 * i, apic.registers.read(ApicRegister.TMR + i));
			RAW.putInt(at + IRR + 4 * i, apic.registers.read(ApicRegister.IRR + i));
		}
		int errors = apic.registers.read(ApicRegister.ERROR_STATUS);
		RAW.putInt(at + ERROR_STATUS, errors);
		RAW.putInt(at + ERROR_STATUS_COPY, errors);
		RAW.putInt(at + LVT_CMCI, LocalVectorTable.MASKED);
		RAW.putInt(at + INITIAL_COUNT, apic.registers.read(ApicRegister.INITIAL_COUNT));
		RAW.putInt(at + CURRENT_COUNT, apic.registers.read(ApicRegister.CURRENT_COUNT));
		RAW.putInt(at + REMOTE_READ, 0);
	}

	/** Restores the state of an APIC whose processor stands. Bits that do not exist are dropped. @param at host address */
	public static void restore(LocalApic apic, long at) {
		apic.registers.restore(ApicRegister.ID, RAW.getInt(at + ID));
		for (int[] field : REGISTERS) {
			apic.registers.restore(field[1], RAW.getInt(at + field[0]));
		}
		for (int i = 0; i < 8; i++) {
			apic.registers.restore(ApicRegister.ISR + i, RAW.getInt(at + ISR + 4 * i));
			apic.registers.restore(ApicRegister.TMR + i, RAW.getInt(at + TMR + 4 * i));
			apic.registers.restore(ApicRegister.IRR + i, RAW.getInt(at + IRR + 4 * i));
		}
		apic.registers.restore(ApicRegister.ERROR_STATUS, RAW.getInt(at + ERROR_STATUS));
		apic.timer.restoreCounts(RAW.getInt(at + INITIAL_COUNT), RAW.getInt(at + CURRENT_COUNT));
		apic.queue.recheck();
	}
}
