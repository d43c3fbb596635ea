package mshv.backend.emu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Writes the bytecode of shifts, rotates and single bits. */
class BitCode extends ArithmeticCode {
	private static final ClassDesc J = ConstantDescs.CD_long;
	private static final ClassDesc I = ConstantDescs.CD_int;
	private static final MethodTypeDesc SHIFT_LONG = MethodTypeDesc.of(J, J, I);
	private static final MethodTypeDesc SHIFT_INT = MethodTypeDesc.of(J, I, I);
	private static final MethodTypeDesc AFTER_LONG = MethodTypeDesc.of(J, I, J);
	private static final MethodTypeDesc ROTATE_INT = MethodTypeDesc.of(I, I, I);

	BitCode(CodeBuilder c) {
		super(c);
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

	void shift(Instruction i, boolean live) {
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

	void rotate(Instruction i, boolean live) {
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

	void bit(Instruction i, boolean live) {
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

	void swapBytes(Instruction i) {
		loadRegister(i.destinationRegister, i.operandSize);
		if (i.operandSize == 8) {
			c.invokestatic(ConstantDescs.CD_Long, "reverseBytes", MethodTypeDesc.of(J, J));
		} else {
			c.invokestatic(ConstantDescs.CD_Integer, "reverseBytes", MethodTypeDesc.of(I, I));
		}
		storeRegister(i.destinationRegister, i.operandSize);
	}
}
