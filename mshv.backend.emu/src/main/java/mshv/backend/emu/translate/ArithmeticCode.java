package mshv.backend.emu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Writes the bytecode of arithmetic and logic, whose flags follow from what is kept of operands and result. */
class ArithmeticCode extends FlagCode {
	private static final ClassDesc J = ConstantDescs.CD_long;
	private static final ClassDesc I = ConstantDescs.CD_int;
	static final MethodTypeDesc OF_INTS = MethodTypeDesc.of(J, I, I);
	static final MethodTypeDesc OF_LONGS = MethodTypeDesc.of(J, J, J);

	ArithmeticCode(CodeBuilder c) {
		super(c);
	}

	void addOrSubtract(Instruction i, boolean live) {
		int size = i.operandSize;
		FlagState.By by = switch (i.opcode) {
			case ADD -> FlagState.By.ADD;
			case ADC -> FlagState.By.ADC;
			case SBB -> FlagState.By.SBB;
			default -> FlagState.By.SUB;
		};
		boolean withCarry = by == FlagState.By.ADC || by == FlagState.By.SBB;
		boolean adds = by == FlagState.By.ADD || by == FlagState.By.ADC;
		if (withCarry) {
			carry();
			c.istore(CARRY);
		}
		operandsOf(i);
		if (live) {
			keepOperands(size);
		}
		arithmetic(adds, withCarry, size);
		extend(size);
		if (live) {
			keepResult(size);
			define(by, size);
		}
		finish(i);
	}

	private void arithmetic(boolean adds, boolean withCarry, int size) {
		for (int n = 0; n < (withCarry ? 2 : 1); n++) {
			if (n == 1) {
				c.iload(CARRY);
				if (size == 8) {
					c.i2l();
				}
			}
			if (size == 8) {
				if (adds) {
					c.ladd();
				} else {
					c.lsub();
				}
			} else if (adds) {
				c.iadd();
			} else {
				c.isub();
			}
		}
	}

	void logic(Instruction i, boolean live) {
		int size = i.operandSize;
		operandsOf(i);
		switch (i.opcode) {
			case AND, TEST -> {
				if (size == 8) {
					c.land();
				} else {
					c.iand();
				}
			}
			case OR -> {
				if (size == 8) {
					c.lor();
				} else {
					c.ior();
				}
			}
			default -> {
				if (size == 8) {
					c.lxor();
				} else {
					c.ixor();
				}
			}
		}
		if (live) {
			keepResult(size);
			define(FlagState.By.LOGIC, size);
		}
		finish(i);
	}

	void step(Instruction i, int live) {
		int size = i.operandSize;
		boolean defines = (live & (Flag.ALL & ~Flag.CF)) != 0;
		loadDestination(i, true);
		if (defines) {
			if ((live & Flag.CF) != 0) {
				carry();
				c.i2l().lstore(FLAG_B);
			}
			duplicate(size);
			storeFlag(FLAG_A, size);
		}
		if (size == 8) {
			c.lconst_1();
		} else {
			c.iconst_1();
		}
		arithmetic(i.opcode == Opcode.INC, false, size);
		extend(size);
		if (defines) {
			keepResult(size);
			define(i.opcode == Opcode.INC ? FlagState.By.INC : FlagState.By.DEC, size);
		}
		storeDestination(i);
	}

	void negate(Instruction i, boolean live) {
		int size = i.operandSize;
		loadDestination(i, true);
		if (live) {
			duplicate(size);
			storeFlag(FLAG_B, size);
			c.lconst_0().lstore(FLAG_A);
		}
		if (size == 8) {
			c.lneg();
		} else {
			c.ineg();
			extend(size);
		}
		if (live) {
			keepResult(size);
			define(FlagState.By.SUB, size);
		}
		storeDestination(i);
	}

	void invert(Instruction i) {
		loadDestination(i, true);
		if (i.operandSize == 8) {
			c.loadConstant(-1L).lxor();
		} else {
			c.iconst_m1().ixor();
		}
		storeDestination(i);
	}

	void storeFlag(int local, int size) {
		widen(size);
		c.lstore(local);
	}

	/** Keeps the value on the stack as the result that flags follow from. */
	void keepResult(int size) {
		duplicate(size);
		storeFlag(FLAG_RESULT, size);
	}

	private static boolean discards(Instruction i) {
		return switch (i.opcode) {
			case CMP, TEST -> true;
			default -> false;
		};
	}

	/** Pushes both operands. */
	private void operandsOf(Instruction i) {
		if (i.source == OperandKind.MEMORY) {
			source(i, i.operandSize);
			if (i.operandSize == 8) {
				c.lstore(OTHER);
			} else {
				c.istore(OTHER);
			}
			loadDestination(i, false);
			if (i.operandSize == 8) {
				c.lload(OTHER);
			} else {
				c.iload(OTHER);
			}
		} else {
			loadDestination(i, !discards(i));
			source(i, i.operandSize);
		}
	}

	/** Keeps the two operands on the stack as A and B. */
	private void keepOperands(int size) {
		if (size == 8) {
			c.lstore(FLAG_B).lstore(FLAG_A).lload(FLAG_A).lload(FLAG_B);
		} else {
			c.istore(OTHER).dup().i2l().lstore(FLAG_A).iload(OTHER).dup().i2l().lstore(FLAG_B);
		}
	}

	/** Stores the result on the stack, or drops it. */
	private void finish(Instruction i) {
		if (!discards(i)) {
			storeDestination(i);
		} else if (i.operandSize == 8) {
			c.pop2();
		} else {
			c.pop();
		}
	}

	void multiply(Instruction i, boolean live) {
		boolean full = i.operandSize == 8;
		source(i, i.operandSize);
		if (i.hasImmediate) {
			immediate(i.immediate, i.operandSize);
		} else {
			loadRegister(i.destinationRegister, i.operandSize);
		}
		if (live) {
			// Both operands are kept where the flags are put together from
			if (full) {
				c.lstore(OTHER).dup2().lload(OTHER).invokestatic(FLAG_ARITHMETIC, "imul64", OF_LONGS).lstore(FLAG_B).lload(OTHER);
			} else {
				c.istore(OTHER).dup().iload(OTHER).invokestatic(FLAG_ARITHMETIC, "imul32", OF_INTS).lstore(FLAG_B).iload(OTHER);
			}
		}
		if (full) {
			c.lmul();
		} else {
			c.imul();
		}
		if (live) {
			keepResult(i.operandSize);
			define(FlagState.By.SHIFT, i.operandSize);
		}
		storeRegister(i.destinationRegister, i.operandSize);
	}

	void widening(Instruction i, boolean signed, boolean live) {
		loadDestination(i, false);
		if (i.operandSize == 8) {
			c.lstore(OTHER);
			load(Cpu.RAX);
			c.lload(OTHER).invokestatic(MATH, signed ? "multiplyHigh" : "unsignedMultiplyHigh", OF_LONGS);
			load(Cpu.RAX);
			c.lload(OTHER).lmul();
			store(Cpu.RAX);
			store(Cpu.RDX);
			if (live) {
				load(Cpu.RAX);
				c.lstore(FLAG_RESULT);
			}
		} else {
			c.i2l();
			if (!signed) {
				low32();
			}
			load(Cpu.RAX);
			if (signed) {
				c.l2i().i2l();
			} else {
				low32();
			}
			c.lmul().dup2().dup2();
			low32();
			store(Cpu.RAX);
			c.bipush(32).lushr();
			store(Cpu.RDX);
			if (live) {
				c.l2i().i2l().lstore(FLAG_RESULT);
			} else {
				c.pop2();
			}
		}
		if (live) {
			overflowOfProduct(i.operandSize == 8, signed);
		}
	}

	/** CF and OF tell that the upper half is more than the lower one's extension. */
	private void overflowOfProduct(boolean full, boolean signed) {
		Label fits = c.newLabel();
		c.lconst_0().lstore(FLAG_B);
		load(Cpu.RDX);
		if (!full) {
			c.l2i().i2l();
		}
		if (signed) {
			c.lload(FLAG_RESULT).bipush(63).lshr();
		} else {
			c.lconst_0();
		}
		c.lcmp().ifeq(fits).loadConstant(3L).lstore(FLAG_B);
		c.labelBinding(fits);
		define(FlagState.By.SHIFT, full ? 8 : 4);
	}
}
