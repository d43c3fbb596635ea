package mshv.backend.emu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.OperandKind;

/**
 * Writes the bytecode of the instructions that {@link Forms#isTranslated} names, but for branches.
 * <p>
 * An instruction reads and checks memory first and changes the locals of registers and flags last, so a fault finds them as they were.
 */
class InstructionCode extends FloatCode {
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
