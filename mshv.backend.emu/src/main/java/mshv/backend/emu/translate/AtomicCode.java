package mshv.backend.emu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/**
 * Writes the bytecode of instructions that {@link Forms#isAtomic replace memory atomically}.
 * <p>
 * All values are sign-extended longs here. Registers and flags change after memory has been replaced, so whoever could not do that may
 * still have the handler do it all.
 */
class AtomicCode extends BitCode {
	private static final MethodTypeDesc REPLACE = MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_long, ConstantDescs.CD_long,
		ConstantDescs.CD_long);

	AtomicCode(CodeBuilder c) {
		super(c);
	}

	/** Writes an instruction. @param live whether a flag may be looked at behind it
	 * @param rare where to go, with nothing changed, if the replacement fails */
	void replaceAtomically(Instruction i, boolean live, Label rare) {
		int size = i.operandSize;
		operand(i);
		address(i);
		c.aload(PROCESSOR).lload(WRITE_TABLE).lload(GENERATION).lload(ADDRESS).loadConstant(size)
			.invokestatic(ACCESS, "hostOfAtomic", HOST).dup2().lstore(HOST_ADDRESS).lconst_0().lcmp().ifeq(rare);
		c.aload(PROCESSOR).lload(HOST_ADDRESS).lload(ADDRESS).invokestatic(ACCESS, bits("load", size), LOAD);
		cut(size);
		c.lstore(VALUE);
		replacement(i);
		cut(size);
		c.lstore(RESULT);
		c.lload(HOST_ADDRESS).lload(VALUE).lload(RESULT).invokestatic(ACCESS, bits("replace", size), REPLACE).ifeq(rare);
		if (live) {
			flags(i);
		}
		registers(i);
	}

	/** Sign-extends the long on the stack from the operand size. */
	private void cut(int size) {
		narrow(size);
		widen(size);
	}

	/** Puts the second operand into {@link #OTHER}. */
	private void operand(Instruction i) {
		if (i.opcode == Opcode.INC || i.opcode == Opcode.DEC) {
			c.lconst_1();
		} else {
			source(i, i.operandSize);
			widen(i.operandSize);
		}
		c.lstore(OTHER);
	}

	/** Pushes what {@link #VALUE} is replaced by. */
	private void replacement(Instruction i) {
		switch (i.opcode) {
			case XCHG -> c.lload(OTHER);
			case CMPXCHG -> {
				// A comparison that fails writes too
				Label equal = c.newLabel();
				Label end = c.newLabel();
				accumulator(i.operandSize);
				c.lload(VALUE).lcmp().ifeq(equal).lload(VALUE).goto_(end);
				c.labelBinding(equal);
				c.lload(OTHER);
				c.labelBinding(end);
			}
			default -> {
				c.lload(VALUE).lload(OTHER);
				switch (i.opcode) {
					case ADD, INC, XADD -> c.ladd();
					case SUB, DEC -> c.lsub();
					case AND -> c.land();
					case OR -> c.lor();
					default -> c.lxor();
				}
			}
		}
	}

	private void accumulator(int size) {
		loadRegister(Cpu.RAX, size);
		widen(size);
	}

	private void flags(Instruction i) {
		int size = i.operandSize;
		switch (i.opcode) {
			case XCHG -> { }
			case ADD, XADD -> define(i, FlagState.By.ADD);
			case SUB -> define(i, FlagState.By.SUB);
			case INC, DEC -> {
				carry();
				c.i2l().lstore(OTHER);
				define(i, i.opcode == Opcode.INC ? FlagState.By.INC : FlagState.By.DEC);
			}
			case CMPXCHG -> {
				accumulator(size);
				c.dup2().lstore(FLAG_A).lload(VALUE).dup2().lstore(FLAG_B).lsub();
				cut(size);
				c.lstore(FLAG_RESULT);
				define(FlagState.By.SUB, size);
			}
			default -> define(i, FlagState.By.LOGIC);
		}
	}

	private void define(Instruction i, FlagState.By by) {
		c.lload(VALUE).lstore(FLAG_A).lload(OTHER).lstore(FLAG_B).lload(RESULT).lstore(FLAG_RESULT);
		define(by, i.operandSize);
	}

	private void registers(Instruction i) {
		int size = i.operandSize;
		switch (i.opcode) {
			case XCHG, XADD -> {
				c.lload(VALUE);
				narrow(size);
				storeRegister(i.sourceRegister, size);
			}
			case CMPXCHG -> {
				Label equal = c.newLabel();
				accumulator(size);
				c.lload(VALUE).lcmp().ifeq(equal);
				c.lload(VALUE);
				narrow(size);
				storeRegister(Cpu.RAX, size);
				c.labelBinding(equal);
			}
			default -> { }
		}
	}
}
