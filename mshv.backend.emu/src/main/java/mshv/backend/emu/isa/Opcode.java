package mshv.backend.emu.isa;

/**
 * What an instruction does, named by its mnemonic in the Intel SDM volume 2.
 * <p>
 * Where one mnemonic covers forms that share nothing, a suffix tells them apart: {@code IMUL1} is the one-operand form, {@code _INDIRECT}
 * takes its target from a register or memory, {@code _FAR} changes CS, {@code MOV_FROM_CR} and its like name the special register's side.
 * {@code MOVSX} includes MOVSXD; {@code CBW} includes CWDE and CDQE, {@code CWD} includes CDQ and CQO: the operand size says which. String
 * instructions carry their repeat prefix in the instruction. MMX and SSE2 forms of one mnemonic share a constant.
 */
public enum Opcode {
	ADD(Group.INTEGER, 0, Flag.ALL), OR(Group.INTEGER, 0, Flag.ALL), ADC(Group.INTEGER, Flag.CF, Flag.ALL),
	SBB(Group.INTEGER, Flag.CF, Flag.ALL), AND(Group.INTEGER, 0, Flag.ALL), SUB(Group.INTEGER, 0, Flag.ALL),
	XOR(Group.INTEGER, 0, Flag.ALL), CMP(Group.INTEGER, 0, Flag.ALL), TEST(Group.INTEGER, 0, Flag.ALL),
	INC(Group.INTEGER, 0, Flag.ALL & ~Flag.CF), DEC(Group.INTEGER, 0, Flag.ALL & ~Flag.CF), NEG(Group.INTEGER, 0, Flag.ALL),
	NOT(Group.INTEGER), MUL(Group.INTEGER, 0, Flag.ALL), IMUL1(Group.INTEGER, 0, Flag.ALL), IMUL(Group.INTEGER, 0, Flag.ALL),
	DIV(Group.INTEGER, Flag.ALL, Flag.ALL), IDIV(Group.INTEGER, Flag.ALL, Flag.ALL), ROL(Group.INTEGER, Flag.ALL, Flag.ALL),
	ROR(Group.INTEGER, Flag.ALL, Flag.ALL), RCL(Group.INTEGER, Flag.ALL, Flag.ALL), RCR(Group.INTEGER, Flag.ALL, Flag.ALL),
	SHL(Group.INTEGER, Flag.ALL, Flag.ALL), SHR(Group.INTEGER, Flag.ALL, Flag.ALL), SAR(Group.INTEGER, Flag.ALL, Flag.ALL),
	SHLD(Group.INTEGER, Flag.ALL, Flag.ALL), SHRD(Group.INTEGER, Flag.ALL, Flag.ALL), BT(Group.INTEGER, Flag.ALL, Flag.ALL),
	BTS(Group.INTEGER, Flag.ALL, Flag.ALL), BTR(Group.INTEGER, Flag.ALL, Flag.ALL), BTC(Group.INTEGER, Flag.ALL, Flag.ALL),
	BSF(Group.INTEGER, Flag.ALL, Flag.ALL), BSR(Group.INTEGER, Flag.ALL, Flag.ALL), POPCNT(Group.INTEGER, 0, Flag.ALL),
	BSWAP(Group.INTEGER), MOV(Group.INTEGER), MOVZX(Group.INTEGER), MOVSX(Group.INTEGER), LEA(Group.INTEGER), XCHG(Group.INTEGER),
	XADD(Group.INTEGER, 0, Flag.ALL), CMPXCHG(Group.INTEGER, 0, Flag.ALL), CMPXCHG8B(Group.INTEGER, Flag.ALL, Flag.ALL),
	CMPXCHG16B(Group.INTEGER, Flag.ALL, Flag.ALL), MOVNTI(Group.INTEGER), CBW(Group.INTEGER), CWD(Group.INTEGER), PUSH(Group.INTEGER),
	POP(Group.INTEGER), PUSHA(Group.INTEGER), POPA(Group.INTEGER), PUSHF(Group.INTEGER, Flag.ALL, 0),
	POPF(Group.INTEGER, Flag.ALL, Flag.ALL), ENTER(Group.INTEGER), LEAVE(Group.INTEGER), CALL(Group.INTEGER),
	CALL_INDIRECT(Group.INTEGER), JMP(Group.INTEGER), JMP_INDIRECT(Group.INTEGER), JCC(Group.INTEGER, Flag.CONDITION, 0),
	RET(Group.INTEGER), LOOP(Group.INTEGER), LOOPE(Group.INTEGER, Flag.ZF, 0), LOOPNE(Group.INTEGER, Flag.ZF, 0), JCXZ(Group.INTEGER),
	SETCC(Group.INTEGER, Flag.CONDITION, 0), CMOVCC(Group.INTEGER, Flag.CONDITION, 0), LAHF(Group.INTEGER, Flag.ALL & ~Flag.OF, 0),
	SAHF(Group.INTEGER, Flag.ALL, Flag.ALL), CLC(Group.INTEGER, Flag.ALL, Flag.ALL), STC(Group.INTEGER, Flag.ALL, Flag.ALL),
	CMC(Group.INTEGER, Flag.ALL, Flag.ALL), CLD(Group.INTEGER), STD(Group.INTEGER), XLAT(Group.INTEGER), NOP(Group.INTEGER),
	PAUSE(Group.INTEGER), MOVS(Group.INTEGER), CMPS(Group.INTEGER, Flag.ALL, Flag.ALL), STOS(Group.INTEGER), LODS(Group.INTEGER),
	SCAS(Group.INTEGER, Flag.ALL, Flag.ALL), DAA(Group.INTEGER, Flag.ALL, Flag.ALL), DAS(Group.INTEGER, Flag.ALL, Flag.ALL),
	AAA(Group.INTEGER, Flag.ALL, Flag.ALL), AAS(Group.INTEGER, Flag.ALL, Flag.ALL), AAM(Group.INTEGER, 0, Flag.ALL),
	AAD(Group.INTEGER, 0, Flag.ALL), SALC(Group.INTEGER, Flag.CF, 0), BOUND(Group.INTEGER), PREFETCH(Group.INTEGER),
	LFENCE(Group.INTEGER), SFENCE(Group.INTEGER), MFENCE(Group.INTEGER), CLFLUSH(Group.INTEGER),

	INT(Group.SYSTEM, Flag.ALL, Flag.ALL), INT3(Group.SYSTEM, Flag.ALL, Flag.ALL), INT1(Group.SYSTEM, Flag.ALL, Flag.ALL),
	INTO(Group.SYSTEM, Flag.ALL, Flag.ALL), IRET(Group.SYSTEM, Flag.ALL, Flag.ALL), SYSCALL(Group.SYSTEM, Flag.ALL, Flag.ALL),
	SYSRET(Group.SYSTEM, Flag.ALL, Flag.ALL), SYSENTER(Group.SYSTEM, Flag.ALL, Flag.ALL), SYSEXIT(Group.SYSTEM, Flag.ALL, Flag.ALL),
	CALL_FAR(Group.SYSTEM, Flag.ALL, Flag.ALL), JMP_FAR(Group.SYSTEM, Flag.ALL, Flag.ALL), RET_FAR(Group.SYSTEM, Flag.ALL, Flag.ALL),
	HLT(Group.SYSTEM, Flag.ALL, Flag.ALL), CLI(Group.SYSTEM, Flag.ALL, Flag.ALL), STI(Group.SYSTEM, Flag.ALL, Flag.ALL),
	IN(Group.SYSTEM, Flag.ALL, Flag.ALL), OUT(Group.SYSTEM, Flag.ALL, Flag.ALL), INS(Group.SYSTEM, Flag.ALL, Flag.ALL),
	OUTS(Group.SYSTEM, Flag.ALL, Flag.ALL), MOV_FROM_CR(Group.SYSTEM, Flag.ALL, Flag.ALL), MOV_TO_CR(Group.SYSTEM, Flag.ALL, Flag.ALL),
	MOV_FROM_DR(Group.SYSTEM, Flag.ALL, Flag.ALL), MOV_TO_DR(Group.SYSTEM, Flag.ALL, Flag.ALL),
	MOV_FROM_SEG(Group.SYSTEM, Flag.ALL, Flag.ALL), MOV_TO_SEG(Group.SYSTEM, Flag.ALL, Flag.ALL),
	PUSH_SEG(Group.SYSTEM, Flag.ALL, Flag.ALL), POP_SEG(Group.SYSTEM, Flag.ALL, Flag.ALL), LDS(Group.SYSTEM, Flag.ALL, Flag.ALL),
	LES(Group.SYSTEM, Flag.ALL, Flag.ALL), LFS(Group.SYSTEM, Flag.ALL, Flag.ALL), LGS(Group.SYSTEM, Flag.ALL, Flag.ALL),
	LSS(Group.SYSTEM, Flag.ALL, Flag.ALL), LGDT(Group.SYSTEM, Flag.ALL, Flag.ALL), LIDT(Group.SYSTEM, Flag.ALL, Flag.ALL),
	SGDT(Group.SYSTEM, Flag.ALL, Flag.ALL), SIDT(Group.SYSTEM, Flag.ALL, Flag.ALL), LLDT(Group.SYSTEM, Flag.ALL, Flag.ALL),
	LTR(Group.SYSTEM, Flag.ALL, Flag.ALL), SLDT(Group.SYSTEM, Flag.ALL, Flag.ALL), STR(Group.SYSTEM, Flag.ALL, Flag.ALL),
	SMSW(Group.SYSTEM, Flag.ALL, Flag.ALL), LMSW(Group.SYSTEM, Flag.ALL, Flag.ALL), CLTS(Group.SYSTEM, Flag.ALL, Flag.ALL),
	INVD(Group.SYSTEM, Flag.ALL, Flag.ALL), WBINVD(Group.SYSTEM, Flag.ALL, Flag.ALL), INVLPG(Group.SYSTEM, Flag.ALL, Flag.ALL),
	INVPCID(Group.SYSTEM, Flag.ALL, Flag.ALL), RDMSR(Group.SYSTEM, Flag.ALL, Flag.ALL), WRMSR(Group.SYSTEM, Flag.ALL, Flag.ALL),
	RDTSC(Group.SYSTEM, Flag.ALL, Flag.ALL), RDTSCP(Group.SYSTEM, Flag.ALL, Flag.ALL), RDPMC(Group.SYSTEM, Flag.ALL, Flag.ALL),
	CPUID(Group.SYSTEM, Flag.ALL, Flag.ALL), VMCALL(Group.SYSTEM, Flag.ALL, Flag.ALL), VMMCALL(Group.SYSTEM, Flag.ALL, Flag.ALL),
	SWAPGS(Group.SYSTEM, Flag.ALL, Flag.ALL), LAR(Group.SYSTEM, Flag.ALL, Flag.ALL), LSL(Group.SYSTEM, Flag.ALL, Flag.ALL),
	VERR(Group.SYSTEM, Flag.ALL, Flag.ALL), VERW(Group.SYSTEM, Flag.ALL, Flag.ALL), ARPL(Group.SYSTEM, Flag.ALL, Flag.ALL),
	MONITOR(Group.SYSTEM, Flag.ALL, Flag.ALL), MWAIT(Group.SYSTEM, Flag.ALL, Flag.ALL), CLAC(Group.SYSTEM, Flag.ALL, Flag.ALL),
	STAC(Group.SYSTEM, Flag.ALL, Flag.ALL), RDFSBASE(Group.SYSTEM, Flag.ALL, Flag.ALL), RDGSBASE(Group.SYSTEM, Flag.ALL, Flag.ALL),
	WRFSBASE(Group.SYSTEM, Flag.ALL, Flag.ALL), WRGSBASE(Group.SYSTEM, Flag.ALL, Flag.ALL), RSM(Group.SYSTEM, Flag.ALL, Flag.ALL),
	XGETBV(Group.SYSTEM, Flag.ALL, Flag.ALL), XSETBV(Group.SYSTEM, Flag.ALL, Flag.ALL), INVALID(Group.SYSTEM, Flag.ALL, Flag.ALL),

	FLD(Group.X87), FST(Group.X87), FSTP(Group.X87), FILD(Group.X87), FIST(Group.X87), FISTP(Group.X87), FBLD(Group.X87),
	FBSTP(Group.X87), FXCH(Group.X87), FCMOV(Group.X87, Flag.CONDITION, 0), FADD(Group.X87), FADDP(Group.X87), FIADD(Group.X87),
	FSUB(Group.X87), FSUBP(Group.X87), FISUB(Group.X87), FSUBR(Group.X87), FSUBRP(Group.X87), FISUBR(Group.X87), FMUL(Group.X87),
	FMULP(Group.X87), FIMUL(Group.X87), FDIV(Group.X87), FDIVP(Group.X87), FIDIV(Group.X87), FDIVR(Group.X87), FDIVRP(Group.X87),
	FIDIVR(Group.X87), FCOM(Group.X87), FCOMP(Group.X87), FCOMPP(Group.X87), FUCOM(Group.X87), FUCOMP(Group.X87), FUCOMPP(Group.X87),
	FICOM(Group.X87), FICOMP(Group.X87), FCOMI(Group.X87, 0, Flag.ALL), FCOMIP(Group.X87, 0, Flag.ALL), FUCOMI(Group.X87, 0, Flag.ALL),
	FUCOMIP(Group.X87, 0, Flag.ALL), FTST(Group.X87), FXAM(Group.X87), FCHS(Group.X87), FABS(Group.X87), FLD1(Group.X87),
	FLDL2T(Group.X87), FLDL2E(Group.X87), FLDPI(Group.X87), FLDLG2(Group.X87), FLDLN2(Group.X87), FLDZ(Group.X87), F2XM1(Group.X87),
	FYL2X(Group.X87), FPTAN(Group.X87), FPATAN(Group.X87), FXTRACT(Group.X87), FPREM1(Group.X87), FDECSTP(Group.X87), FINCSTP(Group.X87),
	FPREM(Group.X87), FYL2XP1(Group.X87), FSQRT(Group.X87), FSINCOS(Group.X87), FRNDINT(Group.X87), FSCALE(Group.X87), FSIN(Group.X87),
	FCOS(Group.X87), FNOP(Group.X87), FNINIT(Group.X87), FNCLEX(Group.X87), FLDCW(Group.X87), FNSTCW(Group.X87), FNSTSW(Group.X87),
	FLDENV(Group.X87), FNSTENV(Group.X87), FRSTOR(Group.X87), FNSAVE(Group.X87), FFREE(Group.X87), FFREEP(Group.X87), FWAIT(Group.X87),
	FXSAVE(Group.X87), FXRSTOR(Group.X87), EMMS(Group.X87),

	MOVAPS(Group.SSE), MOVUPS(Group.SSE), MOVAPD(Group.SSE), MOVUPD(Group.SSE), MOVDQA(Group.SSE), MOVDQU(Group.SSE), MOVSS(Group.SSE),
	MOVSD(Group.SSE), MOVLPS(Group.SSE), MOVHPS(Group.SSE), MOVLPD(Group.SSE), MOVHPD(Group.SSE), MOVLHPS(Group.SSE), MOVHLPS(Group.SSE),
	MOVMSKPS(Group.SSE), MOVMSKPD(Group.SSE), MOVNTPS(Group.SSE), MOVNTPD(Group.SSE), MOVNTDQ(Group.SSE), MOVNTQ(Group.SSE),
	MOVD(Group.SSE), MOVQ(Group.SSE), MOVQ2DQ(Group.SSE), MOVDQ2Q(Group.SSE), MASKMOVQ(Group.SSE), MASKMOVDQU(Group.SSE),
	ADDPS(Group.SSE), ADDPD(Group.SSE), ADDSS(Group.SSE), ADDSD(Group.SSE), SUBPS(Group.SSE), SUBPD(Group.SSE), SUBSS(Group.SSE),
	SUBSD(Group.SSE), MULPS(Group.SSE), MULPD(Group.SSE), MULSS(Group.SSE), MULSD(Group.SSE), DIVPS(Group.SSE), DIVPD(Group.SSE),
	DIVSS(Group.SSE), DIVSD(Group.SSE), MINPS(Group.SSE), MINPD(Group.SSE), MINSS(Group.SSE), MINSD(Group.SSE), MAXPS(Group.SSE),
	MAXPD(Group.SSE), MAXSS(Group.SSE), MAXSD(Group.SSE), SQRTPS(Group.SSE), SQRTPD(Group.SSE), SQRTSS(Group.SSE), SQRTSD(Group.SSE),
	RCPPS(Group.SSE), RCPSS(Group.SSE), RSQRTPS(Group.SSE), RSQRTSS(Group.SSE), ANDPS(Group.SSE), ANDPD(Group.SSE), ANDNPS(Group.SSE),
	ANDNPD(Group.SSE), ORPS(Group.SSE), ORPD(Group.SSE), XORPS(Group.SSE), XORPD(Group.SSE), CMPPS(Group.SSE), CMPPD(Group.SSE),
	CMPSS(Group.SSE), CMPSD(Group.SSE), COMISS(Group.SSE, 0, Flag.ALL), COMISD(Group.SSE, 0, Flag.ALL), UCOMISS(Group.SSE, 0, Flag.ALL),
	UCOMISD(Group.SSE, 0, Flag.ALL), UNPCKLPS(Group.SSE), UNPCKLPD(Group.SSE), UNPCKHPS(Group.SSE), UNPCKHPD(Group.SSE),
	SHUFPS(Group.SSE), SHUFPD(Group.SSE), CVTPI2PS(Group.SSE), CVTPS2PI(Group.SSE), CVTTPS2PI(Group.SSE), CVTSI2SS(Group.SSE),
	CVTSS2SI(Group.SSE), CVTTSS2SI(Group.SSE), CVTPI2PD(Group.SSE), CVTPD2PI(Group.SSE), CVTTPD2PI(Group.SSE), CVTSI2SD(Group.SSE),
	CVTSD2SI(Group.SSE), CVTTSD2SI(Group.SSE), CVTDQ2PS(Group.SSE), CVTPS2DQ(Group.SSE), CVTTPS2DQ(Group.SSE), CVTDQ2PD(Group.SSE),
	CVTPD2DQ(Group.SSE), CVTTPD2DQ(Group.SSE), CVTPS2PD(Group.SSE), CVTPD2PS(Group.SSE), CVTSS2SD(Group.SSE), CVTSD2SS(Group.SSE),
	PACKSSWB(Group.SSE), PACKSSDW(Group.SSE), PACKUSWB(Group.SSE), PADDB(Group.SSE), PADDW(Group.SSE), PADDD(Group.SSE), PADDQ(Group.SSE),
	PADDSB(Group.SSE), PADDSW(Group.SSE), PADDUSB(Group.SSE), PADDUSW(Group.SSE), PAND(Group.SSE), PANDN(Group.SSE), PAVGB(Group.SSE),
	PAVGW(Group.SSE), PCMPEQB(Group.SSE), PCMPEQW(Group.SSE), PCMPEQD(Group.SSE), PCMPGTB(Group.SSE), PCMPGTW(Group.SSE),
	PCMPGTD(Group.SSE), PEXTRW(Group.SSE), PINSRW(Group.SSE), PMADDWD(Group.SSE), PMAXSW(Group.SSE), PMAXUB(Group.SSE), PMINSW(Group.SSE),
	PMINUB(Group.SSE), PMOVMSKB(Group.SSE), PMULHUW(Group.SSE), PMULHW(Group.SSE), PMULLW(Group.SSE), PMULUDQ(Group.SSE), POR(Group.SSE),
	PSADBW(Group.SSE), PSHUFW(Group.SSE), PSHUFD(Group.SSE), PSHUFHW(Group.SSE), PSHUFLW(Group.SSE), PSLLW(Group.SSE), PSLLD(Group.SSE),
	PSLLQ(Group.SSE), PSLLDQ(Group.SSE), PSRAW(Group.SSE), PSRAD(Group.SSE), PSRLW(Group.SSE), PSRLD(Group.SSE), PSRLQ(Group.SSE),
	PSRLDQ(Group.SSE), PSUBB(Group.SSE), PSUBW(Group.SSE), PSUBD(Group.SSE), PSUBQ(Group.SSE), PSUBSB(Group.SSE), PSUBSW(Group.SSE),
	PSUBUSB(Group.SSE), PSUBUSW(Group.SSE), PUNPCKHBW(Group.SSE), PUNPCKHWD(Group.SSE), PUNPCKHDQ(Group.SSE), PUNPCKHQDQ(Group.SSE),
	PUNPCKLBW(Group.SSE), PUNPCKLWD(Group.SSE), PUNPCKLDQ(Group.SSE), PUNPCKLQDQ(Group.SSE), PXOR(Group.SSE), LDMXCSR(Group.SSE),
	STMXCSR(Group.SSE);

	/** Which family of handlers executes an opcode. */
	public enum Group {
		/** General-purpose instructions that any program may use. */
		INTEGER,
		/** Privileged, far, segment, I/O and other system instructions, and {@link Opcode#INVALID}. */
		SYSTEM,
		/** x87 floating point, and the state instructions it shares with MMX and SSE. */
		X87,
		/** MMX, SSE and SSE2. */
		SSE
	}

	private final Group group;
	private final int flagUses;
	private final int flagDefinitions;

	Opcode(Group group) {
		this(group, 0, 0);
	}

	Opcode(Group group, int flagUses, int flagDefinitions) {
		this.group = group;
		this.flagUses = flagUses;
		this.flagDefinitions = flagDefinitions;
	}

	/** @return the family that executes this opcode */
	public Group group() {
		return group;
	}

	/** @return the arithmetic flags (bits of {@link Flag}) that the instruction may read, or {@link Flag#CONDITION} when its condition
	 * says; an instruction that leaves a flag as it was in some cases counts as reading it */
	public int flagUses() {
		return flagUses;
	}

	/** @return the arithmetic flags that the instruction may write, undefined ones included */
	public int flagDefinitions() {
		return flagDefinitions;
	}
}
