package mshv.backend.emu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Locale;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.sse.Lanes;
import mshv.backend.emu.exec.sse.Permutations;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/**
 * Writes the bytecode of SSE instructions: moves, logic, integers and shuffles. XMM registers are two local variables each.
 */
class VectorCode extends AtomicCode {
	/** The locals of XMM0. */
	private static final int VECTORS = 70;
	private static final int VECTOR_REGISTERS = 16;

	private static final ClassDesc J = ConstantDescs.CD_long;
	private static final ClassDesc I = ConstantDescs.CD_int;
	private static final ClassDesc LANES = describe(Lanes.class);
	private static final ClassDesc PERMUTATIONS = describe(Permutations.class);
	private static final MethodTypeDesc OF_HALVES = MethodTypeDesc.of(J, J, J);
	private static final MethodTypeDesc OF_HALF_AND_INT = MethodTypeDesc.of(J, J, I);
	private static final MethodTypeDesc OF_HALVES_AND_INT = MethodTypeDesc.of(J, J, J, I);
	private static final MethodTypeDesc PLACE = MethodTypeDesc.of(J, J, J, J);
	private static final MethodTypeDesc TOPS = MethodTypeDesc.of(J, J);
	private static final MethodTypeDesc ALIGNED = MethodTypeDesc.of(ConstantDescs.CD_void, CPU, J);
	private static final MethodTypeDesc WRITE_VECTOR = MethodTypeDesc.of(ConstantDescs.CD_void, CPU, J, J, J, J, J);

	VectorCode(CodeBuilder c) {
		super(c);
	}

	static int low(int register) {
		return VECTORS + 4 * register;
	}

	static int high(int register) {
		return low(register) + 2;
	}

	/** Writes an instruction. */
	void vector(Instruction i) {
		int d = i.destinationRegister;
		int s = i.sourceRegister;
		if (VectorForms.isLanes(i)) {
			halves(i);
			lanes(i, low(d), VALUE);
			lanes(i, high(d), OTHER);
			return;
		}
		if (VectorForms.isShift(i)) {
			shift(i, low(d));
			shift(i, high(d));
			return;
		}
		switch (i.opcode) {
			case MOVAPS, MOVAPD, MOVDQA, MOVNTPS, MOVNTPD, MOVNTDQ -> move(i, true);
			case MOVUPS, MOVUPD, MOVDQU -> move(i, false);
			case MOVSS -> scalar(i, 4);
			case MOVSD -> scalar(i, 8);
			case MOVLPS, MOVLPD -> half(i, i.destination == OperandKind.MEMORY ? low(s) : low(d));
			case MOVHPS, MOVHPD -> half(i, i.destination == OperandKind.MEMORY ? high(s) : high(d));
			case MOVLHPS -> c.lload(low(s)).lstore(high(d));
			case MOVHLPS -> c.lload(high(s)).lstore(low(d));
			case MOVD -> general(i, i.sourceSize);
			case MOVQ -> quad(i);
			case MOVMSKPS -> signsOfSingles(i);
			case MOVMSKPD -> {
				c.lload(low(s)).bipush(63).lushr().lload(high(s)).bipush(62).lushr().loadConstant(2L).land().lor();
				store(d);
			}
			case PMOVMSKB -> {
				c.lload(low(s)).invokestatic(PERMUTATIONS, "topsOfBytes", TOPS).lload(high(s)).invokestatic(PERMUTATIONS, "topsOfBytes", TOPS)
					.bipush(8).lshl().lor();
				store(d);
			}
			case PSLLDQ, PSRLDQ -> shiftBytes(i);
			default -> {
				halves(i);
				combine(i);
			}
		}
	}

	/** Puts the halves of the source into {@link #VALUE} and {@link #OTHER}. */
	final void halves(Instruction i) {
		halves(i, true);
	}

	private void halves(Instruction i, boolean aligned) {
		if (i.source == OperandKind.XMM) {
			c.lload(low(i.sourceRegister)).lstore(VALUE).lload(high(i.sourceRegister)).lstore(OTHER);
		} else {
			address(i, aligned);
			c.lload(READ_TABLE).lload(GENERATION).lload(ADDRESS).invokestatic(ACCESS, "vector", PLACE).lstore(HOST_ADDRESS)
				.aload(PROCESSOR).lload(HOST_ADDRESS).lload(ADDRESS).invokestatic(ACCESS, "low", LOAD).lstore(VALUE)
				.aload(PROCESSOR).lload(HOST_ADDRESS).lload(ADDRESS).invokestatic(ACCESS, "high", LOAD).lstore(OTHER);
		}
	}

	private void address(Instruction i, boolean aligned) {
		address(i);
		if (aligned) {
			c.aload(PROCESSOR).lload(ADDRESS).invokestatic(ACCESS, "aligned", ALIGNED);
		}
	}

	/** Puts the source of a scalar form, zero-extended, into {@link #VALUE}. */
	final void scalarSource(Instruction i, int size) {
		if (i.source == OperandKind.XMM) {
			c.lload(low(i.sourceRegister));
			if (size == 4) {
				low32();
			}
		} else {
			address(i);
			read(size);
		}
		c.lstore(VALUE);
	}

	/** Stores a local to the memory operand. */
	private void store(Instruction i, int size, int local) {
		c.lload(local).lstore(VALUE);
		address(i);
		write(size);
	}

	/** Replaces the low doubleword of a register by the int on the stack. */
	final void replaceLowDword(int register) {
		c.i2l();
		low32();
		c.lload(low(register)).loadConstant(~0xFFFFFFFFL).land().lor().lstore(low(register));
	}

	private void move(Instruction i, boolean aligned) {
		if (i.destination == OperandKind.MEMORY) {
			address(i, aligned);
			c.aload(PROCESSOR).lload(WRITE_TABLE).lload(GENERATION).lload(ADDRESS).lload(low(i.sourceRegister))
				.lload(high(i.sourceRegister)).invokestatic(ACCESS, "writeVector", WRITE_VECTOR);
		} else {
			halves(i, aligned);
			c.lload(VALUE).lstore(low(i.destinationRegister)).lload(OTHER).lstore(high(i.destinationRegister));
		}
	}

	private void scalar(Instruction i, int size) {
		int d = i.destinationRegister;
		if (i.destination == OperandKind.MEMORY) {
			store(i, size, low(i.sourceRegister));
			return;
		}
		scalarSource(i, size);
		c.lload(VALUE);
		if (i.source == OperandKind.MEMORY) {
			c.lstore(low(d)).lconst_0().lstore(high(d));
		} else if (size == 8) {
			c.lstore(low(d));
		} else {
			c.l2i();
			replaceLowDword(d);
		}
	}

	private void half(Instruction i, int local) {
		if (i.destination == OperandKind.MEMORY) {
			store(i, 8, local);
		} else {
			address(i);
			read(8);
			c.lstore(local);
		}
	}

	/** MOVD, and MOVQ between XMM and general registers or memory. */
	private void general(Instruction i, int size) {
		int d = i.destinationRegister;
		switch (i.destination) {
			case XMM -> {
				if (i.source == OperandKind.GPR) {
					load(i.sourceRegister);
					if (size == 4) {
						low32();
					}
				} else {
					address(i);
					read(size);
				}
				c.lstore(low(d)).lconst_0().lstore(high(d));
			}
			case GPR -> {
				c.lload(low(i.sourceRegister));
				if (size == 4) {
					low32();
				}
				store(d);
			}
			default -> store(i, size, low(i.sourceRegister));
		}
	}

	private void quad(Instruction i) {
		if (i.destination == OperandKind.XMM && i.source == OperandKind.XMM) {
			c.lload(low(i.sourceRegister)).lstore(low(i.destinationRegister)).lconst_0().lstore(high(i.destinationRegister));
		} else {
			general(i, 8);
		}
	}

	private void signsOfSingles(Instruction i) {
		// Bits 31 and 63 of a half become 0 and 1
		for (int half : new int[] {high(i.sourceRegister), low(i.sourceRegister)}) {
			c.lload(half).bipush(31).lushr().lconst_1().land().lload(half).bipush(62).lushr().loadConstant(2L).land().lor();
		}
		// The low half is on top
		c.lstore(VALUE).iconst_2().lshl().lload(VALUE).lor();
		store(i.destinationRegister);
	}

	private static String mnemonic(Instruction i) {
		return i.opcode.name().toLowerCase(Locale.ROOT);
	}

	private void lanes(Instruction i, int into, int from) {
		c.lload(into).lload(from).invokestatic(LANES, mnemonic(i), OF_HALVES).lstore(into);
	}

	private void shift(Instruction i, int half) {
		int count = (int) Math.min(i.immediate & 0xFF, 64);
		c.lload(half).loadConstant(count).invokestatic(LANES, mnemonic(i), OF_HALF_AND_INT).lstore(half);
	}

	private void shiftBytes(Instruction i) {
		int bits = 8 * (int) Math.min(i.immediate & 0xFF, 16);
		boolean left = i.opcode == Opcode.PSLLDQ;
		// What bits leave, and what they come into
		int from = left ? low(i.destinationRegister) : high(i.destinationRegister);
		int into = left ? high(i.destinationRegister) : low(i.destinationRegister);
		if (bits == 0) {
			return;
		}
		if (bits >= 64) {
			if (bits == 128) {
				c.lconst_0();
			} else {
				c.lload(from);
				shiftBy(left, bits - 64);
			}
			c.lstore(into).lconst_0().lstore(from);
		} else {
			c.lload(into);
			shiftBy(left, bits);
			c.lload(from);
			shiftBy(!left, 64 - bits);
			c.lor().lstore(into).lload(from);
			shiftBy(left, bits);
			c.lstore(from);
		}
	}

	private void shiftBy(boolean left, int bits) {
		c.loadConstant(bits);
		if (left) {
			c.lshl();
		} else {
			c.lushr();
		}
	}

	/** Writes what combines destination and source, which is in {@link #VALUE} and {@link #OTHER}. */
	private void combine(Instruction i) {
		int low = low(i.destinationRegister);
		int high = high(i.destinationRegister);
		int order = (int) i.immediate;
		switch (i.opcode) {
			case PAND, ANDPS, ANDPD -> c.lload(low).lload(VALUE).land().lstore(low).lload(high).lload(OTHER).land().lstore(high);
			case PANDN, ANDNPS, ANDNPD -> c.lload(low).loadConstant(-1L).lxor().lload(VALUE).land().lstore(low)
				.lload(high).loadConstant(-1L).lxor().lload(OTHER).land().lstore(high);
			case POR, ORPS, ORPD -> c.lload(low).lload(VALUE).lor().lstore(low).lload(high).lload(OTHER).lor().lstore(high);
			case PXOR, XORPS, XORPD -> c.lload(low).lload(VALUE).lxor().lstore(low).lload(high).lload(OTHER).lxor().lstore(high);
			case PUNPCKLBW -> interleave("interleaveBytes", low, VALUE, i);
			case PUNPCKLWD -> interleave("interleaveWords", low, VALUE, i);
			case PUNPCKLDQ, UNPCKLPS -> interleave("interleaveDwords", low, VALUE, i);
			case PUNPCKHBW -> interleave("interleaveBytes", high, OTHER, i);
			case PUNPCKHWD -> interleave("interleaveWords", high, OTHER, i);
			case PUNPCKHDQ, UNPCKHPS -> interleave("interleaveDwords", high, OTHER, i);
			case PUNPCKLQDQ, UNPCKLPD -> c.lload(VALUE).lstore(high);
			case PUNPCKHQDQ, UNPCKHPD -> c.lload(high).lstore(low).lload(OTHER).lstore(high);
			case PACKSSWB, PACKUSWB, PACKSSDW -> {
				c.lload(low).lload(high).invokestatic(PERMUTATIONS, mnemonic(i), OF_HALVES).lstore(low)
					.lload(VALUE).lload(OTHER).invokestatic(PERMUTATIONS, mnemonic(i), OF_HALVES).lstore(high);
			}
			case PSHUFD -> {
				dwords(VALUE, OTHER, order, low);
				dwords(VALUE, OTHER, order >> 4, high);
			}
			case SHUFPS -> {
				dwords(low, high, order, low);
				dwords(VALUE, OTHER, order >> 4, high);
			}
			case PSHUFLW -> {
				words(VALUE, order, low);
				c.lload(OTHER).lstore(high);
			}
			case PSHUFHW -> {
				words(OTHER, order, high);
				c.lload(VALUE).lstore(low);
			}
			case SHUFPD -> c.lload((order & 1) != 0 ? high : low).lstore(low).lload((order & 2) != 0 ? OTHER : VALUE).lstore(high);
			default -> throw new IllegalStateException("no translation of " + i.opcode);
		}
	}

	private void interleave(String name, int a, int b, Instruction i) {
		c.lload(a).lload(b).invokestatic(PERMUTATIONS, name, OF_HALVES)
			.lload(a).bipush(32).lushr().lload(b).bipush(32).lushr().invokestatic(PERMUTATIONS, name, OF_HALVES)
			.lstore(high(i.destinationRegister)).lstore(low(i.destinationRegister));
	}

	private void dwords(int low, int high, int order, int into) {
		c.lload(low).lload(high).loadConstant(order).invokestatic(PERMUTATIONS, "dwords", OF_HALVES_AND_INT).lstore(into);
	}

	private void words(int half, int order, int into) {
		c.lload(half).loadConstant(order).invokestatic(PERMUTATIONS, "words", OF_HALF_AND_INT).lstore(into);
	}

	/** Reads registers from the processor. @param set of them, as bits */
	final void loadVectors(int set) {
		for (int n = 0; n < VECTOR_REGISTERS; n++) {
			if ((set >>> n & 1) != 0) {
				vectors();
				c.loadConstant(2 * n).laload().lstore(low(n));
				vectors();
				c.loadConstant(2 * n + 1).laload().lstore(high(n));
			}
		}
	}

	/** Writes registers to the processor. @param set of them, as bits */
	final void spillVectors(int set) {
		for (int n = 0; n < VECTOR_REGISTERS; n++) {
			if ((set >>> n & 1) != 0) {
				vectors();
				c.loadConstant(2 * n).lload(low(n)).lastore();
				vectors();
				c.loadConstant(2 * n + 1).lload(high(n)).lastore();
			}
		}
	}

	private void vectors() {
		c.aload(PROCESSOR).getfield(CPU, "xmm", J.arrayType());
	}
}
