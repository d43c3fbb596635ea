package mshv.backend.emu.apic;

/** Registers of the local APIC: offset in the xAPIC page divided by 16, which is also the x2APIC MSR minus 0x800. */
final class ApicRegister {
	static final int ID = 0x02, VERSION = 0x03, TPR = 0x08, APR = 0x09, PPR = 0x0A, EOI = 0x0B, REMOTE_READ = 0x0C, LDR = 0x0D, DFR = 0x0E,
		SPURIOUS = 0x0F, ISR = 0x10, TMR = 0x18, IRR = 0x20, ERROR_STATUS = 0x28, ICR_LOW = 0x30, ICR_HIGH = 0x31, LVT_TIMER = 0x32,
		LVT_THERMAL = 0x33, LVT_PERFORMANCE = 0x34, LVT_LINT0 = 0x35, LVT_LINT1 = 0x36, LVT_ERROR = 0x37, INITIAL_COUNT = 0x38,
		CURRENT_COUNT = 0x39, DIVIDE = 0x3E, SELF_IPI = 0x3F;

	private ApicRegister() {}
}
