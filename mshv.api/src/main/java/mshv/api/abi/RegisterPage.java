package mshv.api.abi;

/**
 * The page of registers that the hypervisor shares with the VMM (hv_vp_register_page): offsets in bytes.
 * While the processor is suspended the page mirrors it; the VMM may change fields and says which class it changed in {@link #DIRTY}.
 */
public final class RegisterPage {
	/** u16: 1. */
	public static final int VERSION = 0;
	/** u8: 1 when the page mirrors the processor. */
	public static final int IS_VALID = 2;
	/** u32: classes that the VMM changed. */
	public static final int DIRTY = 4;
	/** u64, then RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15. */
	public static final int RAX = 8;
	/** u64. */
	public static final int RIP = 136;
	/** u64. */
	public static final int RFLAGS = 144;
	/** 16 bytes, then XMM1 to XMM5. */
	public static final int XMM0 = 160;
	/** 16 bytes, then CS, SS, DS, FS, GS. */
	public static final int ES = 256;
	/** u64, read only. */
	public static final int CR0 = 352;
	/** u64, read only. */
	public static final int CR3 = 360;
	/** u64, read only. */
	public static final int CR4 = 368;
	/** u64, read only. */
	public static final int CR8 = 376;
	/** u64, read only. */
	public static final int EFER = 384;
	/** u64, read only. */
	public static final int DR7 = 392;
	/** u64, read only. */
	public static final int PENDING_INTERRUPTION = 400;
	/** u64, read only. */
	public static final int INTERRUPT_STATE = 408;
	/** u64, read only. */
	public static final int INSTRUCTION_EMULATION_HINTS = 416;
	/** u64, read only. */
	public static final int XFEM = 424;
	/** u64: count and up to seven vectors. */
	public static final int INTERRUPT_VECTORS = 688;
	/** Bit of {@link #DIRTY}: general-purpose registers. */
	public static final int DIRTY_GENERAL = 1;
	/** Bit of {@link #DIRTY}: RIP. */
	public static final int DIRTY_IP = 2;
	/** Bit of {@link #DIRTY}: XMM0 to XMM5. */
	public static final int DIRTY_XMM = 4;
	/** Bit of {@link #DIRTY}: segment registers. */
	public static final int DIRTY_SEGMENT = 8;
	/** Bit of {@link #DIRTY}: RFLAGS. */
	public static final int DIRTY_FLAGS = 16;

	private RegisterPage() {}
}
