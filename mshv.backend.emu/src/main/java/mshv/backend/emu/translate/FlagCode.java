package mshv.backend.emu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

/** Writes the bytecode of flags: definitions, and conditions on what is known of them. */
class FlagCode extends Code {
	private static final ClassDesc J = ConstantDescs.CD_long;
	private static final ClassDesc I = ConstantDescs.CD_int;
	private static final ClassDesc Z = ConstantDescs.CD_boolean;
	private static final MethodTypeDesc CONDITION = MethodTypeDesc.of(Z, I, I, J, J, J);
	private static final MethodTypeDesc CARRY_OF = MethodTypeDesc.of(Z, I, J, J, J);
	private static final MethodTypeDesc ARITHMETIC = MethodTypeDesc.of(I, I, J, J, J);
	private static final MethodTypeDesc CARRY_BIT = MethodTypeDesc.of(I, J, J, J);
	private static final MethodTypeDesc COMPARE_INTS = MethodTypeDesc.of(I, I, I);
	private static final MethodTypeDesc COMPARE_LONGS = MethodTypeDesc.of(I, J, J);

	/** Condition codes without their lowest bit, which negates. */
	private static final int OVERFLOW = 0, BELOW = 1, EQUAL = 2, BELOW_OR_EQUAL = 3, NEGATIVE = 4, LESS = 6, LESS_OR_EQUAL = 7;

	/** What is known of the flags at this point. */
	FlagState state = FlagState.UNKNOWN;

	FlagCode(CodeBuilder c) {
		super(c);
	}

	/** Notes that the locals hold the flags of an operation. */
	void define(FlagState.By by, int size) {
		state = new FlagState(by, size);
		c.loadConstant(by.kind).istore(FLAG_KIND);
	}

	private void kind() {
		if (state.by() == FlagState.By.UNKNOWN) {
			c.iload(FLAG_KIND);
		} else {
			c.loadConstant(state.by().kind);
		}
	}

	private void operands() {
		c.lload(FLAG_A).lload(FLAG_B).lload(FLAG_RESULT);
	}

	/** Pushes the six flags. */
	void flags() {
		if (state.by() == FlagState.By.EXPLICIT) {
			c.lload(FLAG_RESULT).l2i();
			return;
		}
		kind();
		operands();
		c.invokestatic(FLAGS, "arithmetic", ARITHMETIC);
	}

	/** Pushes CF as 0 or 1. */
	void carry() {
		switch (state.by()) {
			case LOGIC -> c.iconst_0();
			case ADD, ADC -> {
				operands();
				c.invokestatic(FLAG_ARITHMETIC, "carry", CARRY_BIT);
			}
			case SUB, SBB -> {
				operands();
				c.invokestatic(FLAG_ARITHMETIC, "borrow", CARRY_BIT);
			}
			case INC, DEC, SHIFT -> c.lload(FLAG_B).l2i().iconst_1().iand();
			case EXPLICIT -> c.lload(FLAG_RESULT).l2i().iconst_1().iand();
			case UNKNOWN -> {
				kind();
				operands();
				c.invokestatic(FLAGS, "carry", CARRY_OF);
			}
		}
	}

	/** Pushes 1 if a condition holds, else 0. */
	void condition(int condition) {
		if (condition >> 1 == BELOW) {
			carry();
			if ((condition & 1) != 0) {
				c.iconst_1().ixor();
			}
		} else {
			truth(yes -> jumpIf(condition, yes));
		}
	}

	/** Jumps if a condition holds. */
	void jumpIf(int condition, Label target) {
		boolean negated = (condition & 1) != 0;
		int test = condition >> 1;
		boolean done = switch (state.by()) {
			case SUB -> afterSub(test, negated, target);
			case LOGIC -> afterLogic(test, negated, target);
			case ADD -> afterAdd(test, negated, target);
			case UNKNOWN, EXPLICIT -> false;
			case ADC, SBB, INC, DEC, SHIFT -> onResult(test, negated, target);
		};
		if (done) {
			return;
		}
		if (test == BELOW) {
			carry();
			ifNotEqual(!negated, target);
		} else {
			c.loadConstant(condition);
			kind();
			operands();
			c.invokestatic(FLAGS, "condition", CONDITION).ifne(target);
		}
	}

	private void ifNotEqual(boolean wanted, Label target) {
		if (wanted) {
			c.ifne(target);
		} else {
			c.ifeq(target);
		}
	}

	private void ifLess(boolean wanted, Label target) {
		if (wanted) {
			c.iflt(target);
		} else {
			c.ifge(target);
		}
	}

	private void ifLessOrEqual(boolean wanted, Label target) {
		if (wanted) {
			c.ifle(target);
		} else {
			c.ifgt(target);
		}
	}

	/** Pushes an int with the sign and zeroness of the result. */
	private void result() {
		c.lload(FLAG_RESULT);
		if (state.size() == 8) {
			c.lconst_0().lcmp();
		} else {
			c.l2i();
		}
	}

	private boolean onResult(int test, boolean negated, Label target) {
		switch (test) {
			case EQUAL -> {
				result();
				ifNotEqual(negated, target);
			}
			case NEGATIVE -> {
				result();
				ifLess(!negated, target);
			}
			default -> {
				return false;
			}
		}
		return true;
	}

	/** Pushes the comparison of A and B without sign. */
	private void compareUnsigned() {
		c.lload(FLAG_A);
		if (state.size() == 8) {
			c.lload(FLAG_B).invokestatic(ConstantDescs.CD_Long, "compareUnsigned", COMPARE_LONGS);
		} else {
			c.l2i().lload(FLAG_B).l2i().invokestatic(ConstantDescs.CD_Integer, "compareUnsigned", COMPARE_INTS);
		}
	}

	private void ifLessSigned(boolean wanted, boolean orEqual, Label target) {
		c.lload(FLAG_A);
		if (state.size() == 8) {
			c.lload(FLAG_B).lcmp();
			if (orEqual) {
				ifLessOrEqual(wanted, target);
			} else {
				ifLess(wanted, target);
			}
			return;
		}
		c.l2i().lload(FLAG_B).l2i();
		if (orEqual) {
			if (wanted) {
				c.if_icmple(target);
			} else {
				c.if_icmpgt(target);
			}
		} else if (wanted) {
			c.if_icmplt(target);
		} else {
			c.if_icmpge(target);
		}
	}

	private boolean afterSub(int test, boolean negated, Label target) {
		switch (test) {
			case EQUAL -> {
				c.lload(FLAG_A);
				if (state.size() == 8) {
					c.lload(FLAG_B).lcmp();
					ifNotEqual(negated, target);
				} else {
					c.l2i().lload(FLAG_B).l2i();
					if (negated) {
						c.if_icmpne(target);
					} else {
						c.if_icmpeq(target);
					}
				}
			}
			case BELOW -> {
				compareUnsigned();
				ifLess(!negated, target);
			}
			case BELOW_OR_EQUAL -> {
				compareUnsigned();
				ifLessOrEqual(!negated, target);
			}
			case LESS -> ifLessSigned(!negated, false, target);
			case LESS_OR_EQUAL -> ifLessSigned(!negated, true, target);
			default -> {
				return onResult(test, negated, target);
			}
		}
		return true;
	}

	private boolean afterLogic(int test, boolean negated, Label target) {
		switch (test) {
			case OVERFLOW, BELOW -> {
				if (negated) {
					c.goto_(target);
				}
			}
			case BELOW_OR_EQUAL -> {
				result();
				ifNotEqual(negated, target);
			}
			case LESS -> {
				result();
				ifLess(!negated, target);
			}
			case LESS_OR_EQUAL -> {
				result();
				ifLessOrEqual(!negated, target);
			}
			default -> {
				return onResult(test, negated, target);
			}
		}
		return true;
	}

	private boolean afterAdd(int test, boolean negated, Label target) {
		if (test != BELOW) {
			return onResult(test, negated, target);
		}
		c.lload(FLAG_RESULT);
		if (state.size() == 8) {
			c.lload(FLAG_A).invokestatic(ConstantDescs.CD_Long, "compareUnsigned", COMPARE_LONGS);
		} else {
			c.l2i().lload(FLAG_A).l2i().invokestatic(ConstantDescs.CD_Integer, "compareUnsigned", COMPARE_INTS);
		}
		ifLess(!negated, target);
		return true;
	}
}
