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

/**
 * Writes the bytecode of the instructions that {@link Forms#isTranslated} names, but for branches.
 * <p>
 * An instruction reads and checks memory first and changes the locals of registers and flags last, so a fault finds them as they were.
 */
class InstructionCode extends FlagCode {
	private static final ClassDesc J = ConstantDescs.CD_long;
	private static final ClassDesc I = ConstantDescs.CD_int;
	private static final MethodTypeDesc SHIFT_LONG = MethodTypeDesc.of(J, J, I);
	private static final MethodTypeDesc SHIFT_INT = MethodTypeDesc.of(J, I, I);
	private static final MethodTypeDesc OF_INTS = MethodTypeDesc.of(J, I, I);
	static final MethodTypeDesc OF_LONGS = MethodTypeDesc.of(J, J, J);
	private static final MethodTypeDesc AFTER_LONG = MethodTypeDesc.of(J, I, J);
	private static final MethodTypeDesc ROTATE_INT = MethodTypeDesc.of(I, I, I);

	InstructionCode(CodeBuilder c) {
		super(c);
	}

	/** Writes an instruction. @param live the flags that may be looked at behind it */
	void write(Instruction i, int live) {
		switch (i.opcode) {
			case NOP, PAUSE, PREFETCH -> { }
			case ADD, ADC, SUB, SBB, CMP -> addOrSubtract(i, (live & Flag.ALL) != 0);
			case AND, OR, XOR, TEST -> logic(i, (live & Flag.ALL) != 0);
			case INC, DEC -> step(i, live);
			case NEG -> negate(i, live != 0);
			case NOT -> invert(i);
			case MOV, MOVNTI -> move(i);
			case MOVZX -> extend(i, false);
			case MOVSX -> extend(i, true);
			case LEA -> {
				offset(i);
				narrow(i.operandSize);
				storeRegister(i.destinationRegister, i.operandSize);
			}
			case SHL, SHR, SAR -> shift(i, live != 0);
			case ROL, ROR -> rotate(i, (live & (Flag.CF | Flag.OF)) != 0);
			case IMUL -> multiply(i, live != 0);
			case MUL -> widening(i, false, live != 0);
			case IMUL1 -> widening(i, true, live != 0);
			case BT, BTS, BTR, BTC -> bit(i, (live & Flag.CF) != 0);
			case BSWAP -> swapBytes(i);
			case XCHG -> {
				load(i.destinationRegister);
				load(i.sourceRegister);
				narrow(i.operandSize);
				storeRegister(i.destinationRegister, i.operandSize);
				narrow(i.operandSize);
				storeRegister(i.sourceRegister, i.operandSize);
			}
			case CBW -> {
				loadRegister(Cpu.RAX, i.operandSize / 2);
				if (i.operandSize == 8) {
					c.i2l();
				}
				storeRegister(Cpu.RAX, i.operandSize);
			}
			case CWD -> {
				loadRegister(Cpu.RAX, i.operandSize);
				if (i.operandSize == 8) {
					c.bipush(63).lshr();
				} else {
					c.bipush(31).ishr();
				}
				storeRegister(Cpu.RDX, i.operandSize);
			}
			case SETCC -> set(i);
			case CMOVCC -> conditionalMove(i);
			case PUSH -> push(i);
			case POP -> {
				load(Cpu.RSP);
				c.lstore(ADDRESS);
				read(8);
				load(Cpu.RSP);
				c.loadConstant(8L).ladd();
				store(Cpu.RSP);
				store(i.destinationRegister);
			}
			case LEAVE -> {
				load(Cpu.RBP);
				c.lstore(ADDRESS);
				read(8);
				load(Cpu.RBP);
				c.loadConstant(8L).ladd();
				store(Cpu.RSP);
				store(Cpu.RBP);
			}
			default -> throw new IllegalStateException("no translation of " + i.opcode);
		}
	}

	private void storeFlag(int local, int size) {
		widen(size);
		c.lstore(local);
	}

	/** Keeps the value on the stack as the result that flags follow from. */
	private void keepResult(int size) {
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

	private void addOrSubtract(Instruction i, boolean live) {
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

	private void logic(Instruction i, boolean live) {
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

	private void step(Instruction i, int live) {
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

	private void negate(Instruction i, boolean live) {
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

	private void invert(Instruction i) {
		loadDestination(i, true);
		if (i.operandSize == 8) {
			c.loadConstant(-1L).lxor();
		} else {
			c.iconst_m1().ixor();
		}
		storeDestination(i);
	}

	private void move(Instruction i) {
		int size = i.operandSize;
		source(i, size);
		if (i.destination == OperandKind.GPR) {
			storeRegister(i.destinationRegister, size);
			return;
		}
		widen(size);
		c.lstore(VALUE);
		address(i);
		write(size);
	}

	private void extend(Instruction i, boolean signed) {
		int from = i.sourceSize;
		source(i, from);
		if (!signed) {
			c.loadConstant(from == 1 ? 0xFF : 0xFFFF).iand();
		}
		if (i.operandSize == 8) {
			c.i2l();
		}
		storeRegister(i.destinationRegister, i.operandSize);
	}

	private static String name(Instruction i) {
		String operation = switch (i.opcode) {
			case SHL -> "shl";
			case SHR -> "shr";
			case SAR -> "sar";
			case ROL -> "rol";
			default -> "ror";
		};
		return operation + 8 * i.operandSize;
	}

	/** With a count on the stack: the machine's shifts take as many bits of it as the guest's. */
	private void shiftBits(Instruction i) {
		boolean full = i.operandSize == 8;
		switch (i.opcode) {
			case SHL -> {
				if (full) {
					c.lshl();
				} else {
					c.ishl();
				}
			}
			case SHR -> {
				if (full) {
					c.lushr();
				} else {
					c.iushr();
				}
			}
			default -> {
				if (full) {
					c.lshr();
				} else {
					c.ishr();
				}
			}
		}
	}

	private void shift(Instruction i, boolean live) {
		boolean full = i.operandSize == 8;
		boolean variable = i.source != OperandKind.IMMEDIATE;
		loadDestination(i, true);
		boolean defines = live && (variable || Forms.count(i) != 0);
		if (defines) {
			duplicate(i.operandSize);
			if (full) {
				c.lstore(OTHER);
			} else {
				c.istore(OTHER);
			}
		}
		if (variable) {
			load(Cpu.RCX);
			c.l2i().bipush(full ? 63 : 31).iand().dup().istore(CARRY);
		} else {
			c.loadConstant(Forms.count(i));
		}
		shiftBits(i);
		if (!defines) {
			storeDestination(i);
			return;
		}
		duplicate(i.operandSize);
		storeFlag(RESULT, i.operandSize);
		storeDestination(i);
		if (!variable) {
			shiftFlags(i);
			define(FlagState.By.SHIFT, i.operandSize);
			return;
		}
		FlagState before = state;
		Label none = c.newLabel();
		c.iload(CARRY).ifeq(none);
		shiftFlags(i);
		define(FlagState.By.SHIFT, i.operandSize);
		c.labelBinding(none);
		state = before.join(state);
	}

	private void shiftFlags(Instruction i) {
		if (i.operandSize == 8) {
			c.lload(OTHER);
		} else {
			c.iload(OTHER);
		}
		if (i.source == OperandKind.IMMEDIATE) {
			c.loadConstant(Forms.count(i));
		} else {
			c.iload(CARRY);
		}
		c.invokestatic(FLAG_ARITHMETIC, name(i), i.operandSize == 8 ? SHIFT_LONG : SHIFT_INT).lstore(FLAG_B);
		c.lload(RESULT).lstore(FLAG_RESULT);
	}

	private void rotate(Instruction i, boolean live) {
		boolean full = i.operandSize == 8;
		boolean left = i.opcode == Opcode.ROL;
		loadDestination(i, true);
		c.loadConstant(Forms.count(i));
		c.invokestatic(full ? ConstantDescs.CD_Long : ConstantDescs.CD_Integer, left ? "rotateLeft" : "rotateRight",
			full ? MethodTypeDesc.of(J, J, I) : ROTATE_INT);
		if (live && Forms.count(i) != 0) {
			if (full) {
				c.dup2().lstore(OTHER);
			} else {
				c.dup().istore(OTHER);
			}
			flags();
			if (full) {
				c.lload(OTHER);
			} else {
				c.iload(OTHER);
			}
			c.invokestatic(FLAG_ARITHMETIC, name(i), full ? AFTER_LONG : OF_INTS).lstore(FLAG_RESULT);
			define(FlagState.By.EXPLICIT, 8);
		}
		storeDestination(i);
	}

	private void multiply(Instruction i, boolean live) {
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

	private void widening(Instruction i, boolean signed, boolean live) {
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

	private void bit(Instruction i, boolean live) {
		boolean full = i.operandSize == 8;
		boolean variable = i.source != OperandKind.IMMEDIATE;
		loadDestination(i, false);
		if (!full) {
			c.i2l();
		}
		c.dup2().lstore(OTHER);
		if (variable) {
			load(i.sourceRegister);
			c.l2i().bipush(full ? 63 : 31).iand();
		} else {
			c.loadConstant(Forms.count(i));
		}
		c.istore(CARRY).iload(CARRY).lushr().lstore(VALUE);
		if (i.opcode != Opcode.BT) {
			change(i);
		}
		if (live) {
			flags();
			c.lload(VALUE).invokestatic(FLAG_ARITHMETIC, "withCarry", AFTER_LONG).lstore(FLAG_RESULT);
			define(FlagState.By.EXPLICIT, 8);
		}
	}

	private void change(Instruction i) {
		c.lload(OTHER).lconst_1().iload(CARRY).lshl();
		switch (i.opcode) {
			case BTS -> c.lor();
			case BTR -> c.loadConstant(-1L).lxor().land();
			default -> c.lxor();
		}
		narrow(i.operandSize);
		storeRegister(i.destinationRegister, i.operandSize);
	}

	private void swapBytes(Instruction i) {
		loadRegister(i.destinationRegister, i.operandSize);
		if (i.operandSize == 8) {
			c.invokestatic(ConstantDescs.CD_Long, "reverseBytes", MethodTypeDesc.of(J, J));
		} else {
			c.invokestatic(ConstantDescs.CD_Integer, "reverseBytes", MethodTypeDesc.of(I, I));
		}
		storeRegister(i.destinationRegister, i.operandSize);
	}

	private void set(Instruction i) {
		condition(i.condition);
		if (i.destination == OperandKind.GPR) {
			storeRegister(i.destinationRegister, 1);
			return;
		}
		c.i2l().lstore(VALUE);
		address(i);
		write(1);
	}

	private void conditionalMove(Instruction i) {
		int size = i.operandSize;
		source(i, size);
		widen(size);
		c.lstore(VALUE);
		Label holds = c.newLabel();
		Label end = c.newLabel();
		jumpIf(i.condition, holds);
		load(i.destinationRegister);
		c.goto_(end);
		c.labelBinding(holds);
		c.lload(VALUE);
		c.labelBinding(end);
		if (size == 4) {
			low32();
		}
		store(i.destinationRegister);
	}

	private void push(Instruction i) {
		switch (i.destination) {
			case GPR -> load(i.destinationRegister);
			case IMMEDIATE -> c.loadConstant(i.immediate);
			default -> {
				address(i);
				read(8);
			}
		}
		c.lstore(VALUE);
		pushValue();
	}

	/** Pushes {@link #VALUE} onto the guest's stack. */
	void pushValue() {
		load(Cpu.RSP);
		c.loadConstant(8L).lsub().lstore(ADDRESS);
		write(8);
		c.lload(ADDRESS);
		store(Cpu.RSP);
	}
}
