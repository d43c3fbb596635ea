package mshv.backend.emu.guest;

/** Model-specific registers that hold a value or identify the processor, and have no other effect. */
public final class ModelRegisters {
	/** IA32_MISC_ENABLE. */
	public static final int MISC_ENABLE = 0x1A0;
	/** IA32_DEBUGCTL. */
	public static final int DEBUG_CONTROL = 0x1D9;

	private static final int PLATFORM_ID = 0x17;
	private static final int UPDATE_SIGNATURE = 0x8B;
	private static final int ARCHITECTURAL_CAPABILITIES = 0x10A;
	private static final int MACHINE_CHECK_CAPABILITIES = 0x179;
	private static final int MACHINE_CHECK_STATUS = 0x17A;
	private static final long FAST_STRINGS = 1;
	private static final long LIMIT_CPUID = 1 << 22;
	private static final long EXECUTE_DISABLE_OFF = 1L << 34;
	/** Bits of MISC_ENABLE that are kept. But for two that CPUID shows, what they switch does not exist: thermal control (3), SpeedStep
	 * (16), MONITOR (18), xTPR messages (23). */
	private static final long MISC_BITS = FAST_STRINGS | 1 << 3 | 1 << 16 | 1 << 18 | LIMIT_CPUID | 1 << 23 | EXECUTE_DISABLE_OFF;
	/** Neither branch trace storage nor precise event sampling; read only. */
	private static final long UNAVAILABLE = 1 << 11 | 1 << 12;
	private static final long UPDATE = 1L << 32;

	private final ProcessorFeatures features;
	private final MemoryTypeRegisters memoryTypes = new MemoryTypeRegisters();
	private long miscEnable = FAST_STRINGS;
	private long machineCheckStatus;

	/** Registers after RESET. */
	public ModelRegisters(ProcessorFeatures features) {
		this.features = features;
	}

	/** @return true while the guest wants CPUID to have few leaves */
	public boolean limitsCpuid() {
		return (miscEnable & LIMIT_CPUID) != 0;
	}

	/** @return true while the guest wants CPUID not to show the execute-disable bit */
	public boolean hidesExecuteDisable() {
		return (miscEnable & EXECUTE_DISABLE_OFF) != 0;
	}

	/** @return whether there is such a register */
	public boolean has(int index) {
		return switch (index) {
			case MISC_ENABLE, DEBUG_CONTROL, PLATFORM_ID, UPDATE_SIGNATURE, ARCHITECTURAL_CAPABILITIES, MACHINE_CHECK_CAPABILITIES,
				MACHINE_CHECK_STATUS -> true;
			default -> memoryTypes.has(index);
		};
	}

	/** @param index of a register that exists */
	public long read(int index) {
		return switch (index) {
			case MISC_ENABLE -> miscEnable | UNAVAILABLE;
			case UPDATE_SIGNATURE -> UPDATE;
			case ARCHITECTURAL_CAPABILITIES -> features.architecturalCapabilities();
			case MACHINE_CHECK_STATUS -> machineCheckStatus;
			// No banks, no last-branch records
			case PLATFORM_ID, MACHINE_CHECK_CAPABILITIES, DEBUG_CONTROL -> 0;
			default -> memoryTypes.read(index);
		};
	}

	/** @param index of a register that exists
	 * @return false if it is read only or the value has a reserved bit */
	public boolean write(int index, long value) {
		switch (index) {
			case MISC_ENABLE -> {
				if ((value & ~(MISC_BITS | UNAVAILABLE)) != 0) {
					return false;
				}
				miscEnable = value & MISC_BITS;
				return true;
			}
			case UPDATE_SIGNATURE -> {
				// Software clears it before it asks CPUID to fill it in
				return true;
			}
			case MACHINE_CHECK_STATUS -> {
				if ((value & ~7L) != 0) {
					return false;
				}
				machineCheckStatus = value;
				return true;
			}
			case DEBUG_CONTROL -> {
				return value == 0;
			}
			case PLATFORM_ID, ARCHITECTURAL_CAPABILITIES, MACHINE_CHECK_CAPABILITIES -> {
				return false;
			}
			default -> {
				return memoryTypes.write(index, value);
			}
		}
	}
}
