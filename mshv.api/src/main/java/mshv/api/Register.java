package mshv.api;

import java.util.HashMap;
import java.util.Map;

/** Registers of a virtual processor that the hypercalls can read and write (TLFS, HV_REGISTER_NAME). */
public enum Register {
	/** Bit 0: suspended by request. */
	EXPLICIT_SUSPEND(0x00000000),
	/** Bit 0: suspended by an intercept. */
	INTERCEPT_SUSPEND(0x00000001),
	/** Hints. */
	INSTRUCTION_EMULATION_HINTS(0x00000002),
	/** Bit 0: may not be dispatched. */
	DISPATCH_SUSPEND(0x00000003),
	/** Bit 0 waits for start-up, 1 halted, 2 idle. */
	INTERNAL_ACTIVITY_STATE(0x00000004),
	/** CPUID leaf 0x40000002. */
	HYPERVISOR_VERSION(0x00000100),
	/** CPUID leaf 0x40000003. */
	PRIVILEGES_AND_FEATURES_INFO(0x00000200),
	/** CPUID leaf 0x40000004. */
	FEATURES_INFO(0x00000201),
	/** CPUID leaf 0x40000005. */
	IMPLEMENTATION_LIMITS_INFO(0x00000202),
	/** CPUID leaf 0x40000006. */
	HARDWARE_FEATURES_INFO(0x00000203),
	/** CPUID leaf 0x40000007. */
	CPU_MANAGEMENT_FEATURES_INFO(0x00000204),
	/** CPUID leaf 0x40000008. */
	SVM_FEATURES_INFO(0x00000205),
	/** CPUID leaf 0x40000009. */
	SKIP_LEVEL_FEATURES_INFO(0x00000206),
	/** CPUID leaf 0x4000000A. */
	NESTED_VIRT_FEATURES_INFO(0x00000207),
	/** CPUID leaf 0x4000000B. */
	IPT_FEATURES_INFO(0x00000208),
	/** What the guest says of its crash. */
	GUEST_CRASH_P0(0x00000210),
	/** What the guest says of its crash. */
	GUEST_CRASH_P1(0x00000211),
	/** What the guest says of its crash. */
	GUEST_CRASH_P2(0x00000212),
	/** What the guest says of its crash. */
	GUEST_CRASH_P3(0x00000213),
	/** What the guest says of its crash. */
	GUEST_CRASH_P4(0x00000214),
	/** Control of crash reports. */
	GUEST_CRASH_CTL(0x00000215),
	/** Power state. */
	POWER_STATE_CONFIG_C1(0x00000220),
	/** Power state. */
	POWER_STATE_TRIGGER_C1(0x00000221),
	/** Power state. */
	POWER_STATE_CONFIG_C2(0x00000222),
	/** Power state. */
	POWER_STATE_TRIGGER_C2(0x00000223),
	/** Power state. */
	POWER_STATE_CONFIG_C3(0x00000224),
	/** Power state. */
	POWER_STATE_TRIGGER_C3(0x00000225),
	/** Hz of the time-stamp counter. */
	PROCESSOR_CLOCK_FREQUENCY(0x00000240),
	/** Hz of the APIC timer. */
	INTERRUPT_CLOCK_FREQUENCY(0x00000241),
	/** Idle state of the guest. */
	GUEST_IDLE(0x00000250),
	/** Debug device. */
	DEBUG_DEVICE_OPTIONS(0x00000260),
	/** Memory zeroing. */
	MEMORY_ZEROING_CONTROL(0x00000270),
	/** Event that will be injected. */
	PENDING_INTERRUPTION(0x00010002),
	/** Bit 0 interrupt shadow, bit 1 NMI masked. */
	INTERRUPT_STATE(0x00010003),
	/** Pending event. */
	PENDING_EVENT0(0x00010004),
	/** Pending event. */
	PENDING_EVENT1(0x00010005),
	/** Which deliverability is notified. */
	DELIVERABILITY_NOTIFICATIONS(0x00010006),
	/** Debug exception that is due. */
	PENDING_DEBUG_EXCEPTION(0x00010007),
	/** General-purpose register. */
	RAX(0x00020000),
	/** General-purpose register. */
	RCX(0x00020001),
	/** General-purpose register. */
	RDX(0x00020002),
	/** General-purpose register. */
	RBX(0x00020003),
	/** General-purpose register. */
	RSP(0x00020004),
	/** General-purpose register. */
	RBP(0x00020005),
	/** General-purpose register. */
	RSI(0x00020006),
	/** General-purpose register. */
	RDI(0x00020007),
	/** General-purpose register. */
	R8(0x00020008),
	/** General-purpose register. */
	R9(0x00020009),
	/** General-purpose register. */
	R10(0x0002000A),
	/** General-purpose register. */
	R11(0x0002000B),
	/** General-purpose register. */
	R12(0x0002000C),
	/** General-purpose register. */
	R13(0x0002000D),
	/** General-purpose register. */
	R14(0x0002000E),
	/** General-purpose register. */
	R15(0x0002000F),
	/** Instruction pointer. */
	RIP(0x00020010),
	/** Flags. */
	RFLAGS(0x00020011),
	/** XMM register. */
	XMM0(0x00030000),
	/** XMM register. */
	XMM1(0x00030001),
	/** XMM register. */
	XMM2(0x00030002),
	/** XMM register. */
	XMM3(0x00030003),
	/** XMM register. */
	XMM4(0x00030004),
	/** XMM register. */
	XMM5(0x00030005),
	/** XMM register. */
	XMM6(0x00030006),
	/** XMM register. */
	XMM7(0x00030007),
	/** XMM register. */
	XMM8(0x00030008),
	/** XMM register. */
	XMM9(0x00030009),
	/** XMM register. */
	XMM10(0x0003000A),
	/** XMM register. */
	XMM11(0x0003000B),
	/** XMM register. */
	XMM12(0x0003000C),
	/** XMM register. */
	XMM13(0x0003000D),
	/** XMM register. */
	XMM14(0x0003000E),
	/** XMM register. */
	XMM15(0x0003000F),
	/** x87 or MMX register, 80 bits. */
	FP_MMX0(0x00030010),
	/** x87 or MMX register, 80 bits. */
	FP_MMX1(0x00030011),
	/** x87 or MMX register, 80 bits. */
	FP_MMX2(0x00030012),
	/** x87 or MMX register, 80 bits. */
	FP_MMX3(0x00030013),
	/** x87 or MMX register, 80 bits. */
	FP_MMX4(0x00030014),
	/** x87 or MMX register, 80 bits. */
	FP_MMX5(0x00030015),
	/** x87 or MMX register, 80 bits. */
	FP_MMX6(0x00030016),
	/** x87 or MMX register, 80 bits. */
	FP_MMX7(0x00030017),
	/** x87 control, status, tags, last instruction. */
	FP_CONTROL_STATUS(0x00030018),
	/** MXCSR, last operand. */
	XMM_CONTROL_STATUS(0x00030019),
	/** Control register. */
	CR0(0x00040000),
	/** Control register. */
	CR2(0x00040001),
	/** Control register. */
	CR3(0x00040002),
	/** Control register. */
	CR4(0x00040003),
	/** Control register. */
	CR8(0x00040004),
	/** Control register. */
	XFEM(0x00040005),
	/** Control register as the guest set it. */
	INTERMEDIATE_CR0(0x00041000),
	/** Control register as the guest set it. */
	INTERMEDIATE_CR3(0x00041002),
	/** Control register as the guest set it. */
	INTERMEDIATE_CR4(0x00041003),
	/** Control register as the guest set it. */
	INTERMEDIATE_CR8(0x00041004),
	/** Debug register. */
	DR0(0x00050000),
	/** Debug register. */
	DR1(0x00050001),
	/** Debug register. */
	DR2(0x00050002),
	/** Debug register. */
	DR3(0x00050003),
	/** Debug register. */
	DR6(0x00050004),
	/** Debug register. */
	DR7(0x00050005),
	/** Segment register. */
	ES(0x00060000),
	/** Segment register. */
	CS(0x00060001),
	/** Segment register. */
	SS(0x00060002),
	/** Segment register. */
	DS(0x00060003),
	/** Segment register. */
	FS(0x00060004),
	/** Segment register. */
	GS(0x00060005),
	/** Segment register. */
	LDTR(0x00060006),
	/** Segment register. */
	TR(0x00060007),
	/** Interrupt descriptor table. */
	IDTR(0x00070000),
	/** Global descriptor table. */
	GDTR(0x00070001),
	/** Model-specific register. */
	TSC(0x00080000),
	/** Model-specific register. */
	EFER(0x00080001),
	/** Model-specific register. */
	KERNEL_GS_BASE(0x00080002),
	/** Model-specific register. */
	APIC_BASE(0x00080003),
	/** Model-specific register. */
	PAT(0x00080004),
	/** Model-specific register. */
	SYSENTER_CS(0x00080005),
	/** Model-specific register. */
	SYSENTER_EIP(0x00080006),
	/** Model-specific register. */
	SYSENTER_ESP(0x00080007),
	/** Model-specific register. */
	STAR(0x00080008),
	/** Model-specific register. */
	LSTAR(0x00080009),
	/** Model-specific register. */
	CSTAR(0x0008000A),
	/** Model-specific register. */
	SFMASK(0x0008000B),
	/** Model-specific register. */
	INITIAL_APIC_ID(0x0008000C),
	/** Model-specific register. */
	MTRR_CAP(0x0008000D),
	/** Model-specific register. */
	MTRR_DEF_TYPE(0x0008000E),
	/** Variable MTRR. */
	MTRR_PHYS_BASE0(0x00080010),
	/** Variable MTRR. */
	MTRR_PHYS_BASE1(0x00080011),
	/** Variable MTRR. */
	MTRR_PHYS_BASE2(0x00080012),
	/** Variable MTRR. */
	MTRR_PHYS_BASE3(0x00080013),
	/** Variable MTRR. */
	MTRR_PHYS_BASE4(0x00080014),
	/** Variable MTRR. */
	MTRR_PHYS_BASE5(0x00080015),
	/** Variable MTRR. */
	MTRR_PHYS_BASE6(0x00080016),
	/** Variable MTRR. */
	MTRR_PHYS_BASE7(0x00080017),
	/** Variable MTRR. */
	MTRR_PHYS_BASE8(0x00080018),
	/** Variable MTRR. */
	MTRR_PHYS_BASE9(0x00080019),
	/** Variable MTRR. */
	MTRR_PHYS_BASEA(0x0008001A),
	/** Variable MTRR. */
	MTRR_PHYS_BASEB(0x0008001B),
	/** Variable MTRR. */
	MTRR_PHYS_BASEC(0x0008001C),
	/** Variable MTRR. */
	MTRR_PHYS_BASED(0x0008001D),
	/** Variable MTRR. */
	MTRR_PHYS_BASEE(0x0008001E),
	/** Variable MTRR. */
	MTRR_PHYS_BASEF(0x0008001F),
	/** Variable MTRR. */
	MTRR_PHYS_MASK0(0x00080040),
	/** Variable MTRR. */
	MTRR_PHYS_MASK1(0x00080041),
	/** Variable MTRR. */
	MTRR_PHYS_MASK2(0x00080042),
	/** Variable MTRR. */
	MTRR_PHYS_MASK3(0x00080043),
	/** Variable MTRR. */
	MTRR_PHYS_MASK4(0x00080044),
	/** Variable MTRR. */
	MTRR_PHYS_MASK5(0x00080045),
	/** Variable MTRR. */
	MTRR_PHYS_MASK6(0x00080046),
	/** Variable MTRR. */
	MTRR_PHYS_MASK7(0x00080047),
	/** Variable MTRR. */
	MTRR_PHYS_MASK8(0x00080048),
	/** Variable MTRR. */
	MTRR_PHYS_MASK9(0x00080049),
	/** Variable MTRR. */
	MTRR_PHYS_MASKA(0x0008004A),
	/** Variable MTRR. */
	MTRR_PHYS_MASKB(0x0008004B),
	/** Variable MTRR. */
	MTRR_PHYS_MASKC(0x0008004C),
	/** Variable MTRR. */
	MTRR_PHYS_MASKD(0x0008004D),
	/** Variable MTRR. */
	MTRR_PHYS_MASKE(0x0008004E),
	/** Variable MTRR. */
	MTRR_PHYS_MASKF(0x0008004F),
	/** Fixed MTRR. */
	MTRR_FIX64K_00000(0x00080070),
	/** Fixed MTRR. */
	MTRR_FIX16K_80000(0x00080071),
	/** Fixed MTRR. */
	MTRR_FIX16K_A0000(0x00080072),
	/** Fixed MTRR. */
	MTRR_FIX4K_C0000(0x00080073),
	/** Fixed MTRR. */
	MTRR_FIX4K_C8000(0x00080074),
	/** Fixed MTRR. */
	MTRR_FIX4K_D0000(0x00080075),
	/** Fixed MTRR. */
	MTRR_FIX4K_D8000(0x00080076),
	/** Fixed MTRR. */
	MTRR_FIX4K_E0000(0x00080077),
	/** Fixed MTRR. */
	MTRR_FIX4K_E8000(0x00080078),
	/** Fixed MTRR. */
	MTRR_FIX4K_F0000(0x00080079),
	/** Fixed MTRR. */
	MTRR_FIX4K_F8000(0x0008007A),
	/** Model-specific register. */
	TSC_AUX(0x0008007B),
	/** Bounds configuration. */
	BNDCFGS(0x0008007C),
	/** Model-specific register. */
	DEBUG_CTL(0x0008007D),
	/** SGX launch control. */
	SGX_LAUNCH_CONTROL0(0x00080080),
	/** SGX launch control. */
	SGX_LAUNCH_CONTROL1(0x00080081),
	/** SGX launch control. */
	SGX_LAUNCH_CONTROL2(0x00080082),
	/** SGX launch control. */
	SGX_LAUNCH_CONTROL3(0x00080083),
	/** Model-specific register. */
	SPEC_CTRL(0x00080084),
	/** IA32_PRED_CMD. */
	PRED_CMD(0x00080085),
	/** VIRT_SPEC_CTRL. */
	VIRT_SPEC_CTRL(0x00080086),
	/** IA32_XSS. */
	U_XSS(0x0008008B),
	/** Control-flow enforcement and supervisor state. */
	U_CET(0x0008008C),
	/** Control-flow enforcement and supervisor state. */
	S_CET(0x0008008D),
	/** Control-flow enforcement and supervisor state. */
	SSP(0x0008008E),
	/** Control-flow enforcement and supervisor state. */
	PL0_SSP(0x0008008F),
	/** Control-flow enforcement and supervisor state. */
	PL1_SSP(0x00080090),
	/** Control-flow enforcement and supervisor state. */
	PL2_SSP(0x00080091),
	/** Control-flow enforcement and supervisor state. */
	PL3_SSP(0x00080092),
	/** Control-flow enforcement and supervisor state. */
	INTERRUPT_SSP_TABLE_ADDR(0x00080093),
	/** Model-specific register. */
	TSC_ADJUST(0x00080096),
	/** Model-specific register. */
	MISC_ENABLE(0x000800A0),
	/** IA32_FEATURE_CONTROL. */
	FEATURE_CONTROL(0x000800A1),
	/** VMX capability. */
	VMX_BASIC(0x000800A2),
	/** VMX capability. */
	VMX_PINBASED_CTLS(0x000800A3),
	/** VMX capability. */
	VMX_PROCBASED_CTLS(0x000800A4),
	/** VMX capability. */
	VMX_EXIT_CTLS(0x000800A5),
	/** VMX capability. */
	VMX_ENTRY_CTLS(0x000800A6),
	/** VMX capability. */
	VMX_MISC(0x000800A7),
	/** VMX capability. */
	VMX_CR0_FIXED0(0x000800A8),
	/** VMX capability. */
	VMX_CR0_FIXED1(0x000800A9),
	/** VMX capability. */
	VMX_CR4_FIXED0(0x000800AA),
	/** VMX capability. */
	VMX_CR4_FIXED1(0x000800AB),
	/** VMX capability. */
	VMX_VMCS_ENUM(0x000800AC),
	/** VMX capability. */
	VMX_PROCBASED_CTLS2(0x000800AD),
	/** VMX capability. */
	VMX_EPT_VPID_CAP(0x000800AE),
	/** VMX capability. */
	VMX_TRUE_PINBASED_CTLS(0x000800AF),
	/** VMX capability. */
	VMX_TRUE_PROCBASED_CTLS(0x000800B0),
	/** VMX capability. */
	VMX_TRUE_EXIT_CTLS(0x000800B1),
	/** VMX capability. */
	VMX_TRUE_ENTRY_CTLS(0x000800B2),
	/** Local APIC id. */
	APIC_ID(0x00084802),
	/** Local APIC version. */
	APIC_VERSION(0x00084803),
	/** Run time in 100 ns. */
	VP_RUNTIME(0x00090000),
	/** Hypercall page. */
	HYPERCALL(0x00090001),
	/** Guest OS id. */
	GUEST_OS_ID(0x00090002),
	/** Index of the processor. */
	VP_INDEX(0x00090003),
	/** Reference time in 100 ns. */
	TIME_REF_COUNT(0x00090004),
	/** Version of CPU management. */
	CPU_MANAGEMENT_VERSION(0x00090007),
	/** EOI. */
	SYNTHETIC_EOI(0x00090010),
	/** ICR. */
	SYNTHETIC_ICR(0x00090011),
	/** TPR. */
	SYNTHETIC_TPR(0x00090012),
	/** Assist page. */
	VP_ASSIST_PAGE(0x00090013),
	/** Signals sent to the root scheduler. */
	VP_ROOT_SIGNAL_COUNT(0x00090014),
	/** Reference TSC page. */
	REFERENCE_TSC(0x00090017),
	/** GHCB page. */
	GHCB(0x00090019),
	/** Bit 0 enable, page number from bit 12. */
	REG_PAGE(0x0009001C),
	/** Synthetic interrupt source. */
	SINT0(0x000A0000),
	/** Synthetic interrupt source. */
	SINT1(0x000A0001),
	/** Synthetic interrupt source. */
	SINT2(0x000A0002),
	/** Synthetic interrupt source. */
	SINT3(0x000A0003),
	/** Synthetic interrupt source. */
	SINT4(0x000A0004),
	/** Synthetic interrupt source. */
	SINT5(0x000A0005),
	/** Synthetic interrupt source. */
	SINT6(0x000A0006),
	/** Synthetic interrupt source. */
	SINT7(0x000A0007),
	/** Synthetic interrupt source. */
	SINT8(0x000A0008),
	/** Synthetic interrupt source. */
	SINT9(0x000A0009),
	/** Synthetic interrupt source. */
	SINT10(0x000A000A),
	/** Synthetic interrupt source. */
	SINT11(0x000A000B),
	/** Synthetic interrupt source. */
	SINT12(0x000A000C),
	/** Synthetic interrupt source. */
	SINT13(0x000A000D),
	/** Synthetic interrupt source. */
	SINT14(0x000A000E),
	/** Synthetic interrupt source. */
	SINT15(0x000A000F),
	/** SynIC register. */
	SCONTROL(0x000A0010),
	/** SynIC register. */
	SVERSION(0x000A0011),
	/** SynIC register. */
	SIEFP(0x000A0012),
	/** SynIC register. */
	SIMP(0x000A0013),
	/** SynIC register. */
	EOM(0x000A0014),
	/** Event ring page. */
	SIRBP(0x000A0015),
	/** Synthetic timer configuration. */
	STIMER0_CONFIG(0x000B0000),
	/** Synthetic timer count. */
	STIMER0_COUNT(0x000B0001),
	/** Synthetic timer configuration. */
	STIMER1_CONFIG(0x000B0002),
	/** Synthetic timer count. */
	STIMER1_COUNT(0x000B0003),
	/** Synthetic timer configuration. */
	STIMER2_CONFIG(0x000B0004),
	/** Synthetic timer count. */
	STIMER2_COUNT(0x000B0005),
	/** Synthetic timer configuration. */
	STIMER3_CONFIG(0x000B0006),
	/** Synthetic timer count. */
	STIMER3_COUNT(0x000B0007);

	private static final Map<Integer, Register> BY_CODE = new HashMap<>();

	static {
		for (Register register : values()) {
			BY_CODE.put(register.code, register);
		}
	}

	private final int code;

	Register(int code) {
		this.code = code;
	}

	/** @return HV_REGISTER_NAME */
	public int code() {
		return code;
	}

	/** @param code HV_REGISTER_NAME
	 * @return the register, null if the code is not known */
	public static Register of(int code) {
		return BY_CODE.get(code);
	}
}
