package mshv.backend.emu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.OperandKind;

/**
 * Writes the bytecode of operands: guest registers live in local variables, memory is behind calls of {@link Access}.
 * <p>
 * Values are longs for 8-byte operands, and sign-extended ints for the smaller ones.
 */
class Code {
	static final ClassDesc CPU = describe(Cpu.class);
	static final ClassDesc ACCESS = describe(Access.class);
	static final ClassDesc FLAG_ARITHMETIC = describe(FlagArithmetic.class);
	static final ClassDesc FLAGS = describe(mshv.backend.emu.cpu.Flags.class);
	static final ClassDesc MATH = describe(Math.class);

	private static final ClassDesc J = ConstantDescs.CD_long;
	private static final ClassDesc I = ConstantDescs.CD_int;
	private static final MethodTypeDesc READ = MethodTypeDesc.of(J, CPU, J, J, J);
	private static final MethodTypeDesc WRITE = MethodTypeDesc.of(ConstantDescs.CD_void, CPU, J, J, J, J);
	static final MethodTypeDesc HOST = MethodTypeDesc.of(J, CPU, J, J, J, I);
	static final MethodTypeDesc LOAD = MethodTypeDesc.of(J, CPU, J, J);
	private static final MethodTypeDesc STORE = MethodTypeDesc.of(ConstantDescs.CD_void, CPU, J, J, J);

	/** Local variables: the region, the processor, the registers by number (FS and GS base behind them), and what follows. */
	static final int THIS = 0, PROCESSOR = 1, REGISTERS = 2;
	static final int FLAG_A = 40, FLAG_B = 42, FLAG_RESULT = 44, FLAG_KIND = 46;
	/** Where a fault belongs: node and instruction number; complemented while the registers are in the processor. */
	static final int AT = 47;
	static final int READ_TABLE = 48, WRITE_TABLE = 50, GENERATION = 52, COUNT = 54;
	/** The result of a way out. */
	static final int WAY = 56;
	static final int ADDRESS = 58, HOST_ADDRESS = 60, VALUE = 62, CARRY = 64, OTHER = 66, RESULT = 68;

	final CodeBuilder c;

	Code(CodeBuilder c) {
		this.c = c;
	}

	static ClassDesc describe(Class<?> type) {
		return type.describeConstable().orElseThrow();
	}

	static int local(int register) {
		return REGISTERS + 2 * (register < 16 ? register : register - 1);
	}

	/** Pushes a register, all of it. */
	void load(int register) {
		c.lload(local(register));
	}

	/** Pops a long into a register, all of it. */
	void store(int register) {
		c.lstore(local(register));
	}

	/** Cuts a long to 32 bits. */
	void low32() {
		c.loadConstant(0xFFFFFFFFL).land();
	}

	/** Makes the long on the stack the value of an operand. */
	void narrow(int size) {
		if (size < 8) {
			c.l2i();
			extend(size);
		}
	}

	/** Sign-extends the int on the stack from the operand size. */
	void extend(int size) {
		if (size == 2) {
			c.i2s();
		} else if (size == 1) {
			c.i2b();
		}
	}

	/** Makes the value on the stack a sign-extended long. */
	void widen(int size) {
		if (size < 8) {
			c.i2l();
		}
	}

	/** Pushes the value of a register operand. */
	void loadRegister(int register, int size) {
		if (size == 1 && register >= 16) {
			load(register - 16);
			c.bipush(8).lushr();
		} else {
			load(register);
		}
		narrow(size);
	}

	/** Pops a value into a register operand. */
	void storeRegister(int register, int size) {
		if (size == 8) {
			store(register);
			return;
		}
		c.i2l();
		if (size == 4) {
			low32();
			store(register);
			return;
		}
		boolean high = size == 1 && register >= 16;
		int whole = high ? register - 16 : register;
		long mask = size == 2 ? 0xFFFF : 0xFF;
		c.loadConstant(mask).land();
		if (high) {
			c.bipush(8).lshl();
			mask <<= 8;
		}
		load(whole);
		c.loadConstant(~mask).land().lor();
		store(whole);
	}

	/** Pushes an immediate as the value of an operand. */
	void immediate(long value, int size) {
		switch (size) {
			case 8 -> c.loadConstant(value);
			case 4 -> c.loadConstant((int) value);
			case 2 -> c.loadConstant((int) (short) value);
			default -> c.loadConstant((int) (byte) value);
		}
	}

	/** Pushes the effective address of the memory operand, without its segment. */
	void offset(Instruction i) {
		boolean pushed = false;
		if (i.base != Instruction.NO_REGISTER) {
			load(i.base);
			pushed = true;
		}
		if (i.index != Instruction.NO_REGISTER) {
			load(i.index);
			if (i.scale != 0) {
				c.loadConstant(i.scale).lshl();
			}
			if (pushed) {
				c.ladd();
			}
			pushed = true;
		}
		if (!pushed) {
			c.loadConstant(i.displacement);
		} else if (i.displacement != 0) {
			c.loadConstant(i.displacement).ladd();
		}
		if (i.addressSize == 4) {
			low32();
		}
	}

	/** Pops the linear address of the memory operand into its local. */
	void address(Instruction i) {
		offset(i);
		if (i.segment == 4 || i.segment == 5) {
			load(i.segment == 4 ? Cpu.FS_BASE : Cpu.GS_BASE);
			c.ladd();
		}
		c.lstore(ADDRESS);
	}

	static String bits(String name, int size) {
		return name + 8 * size;
	}

	/** Pushes the zero-extended long at {@link #ADDRESS}. */
	void read(int size) {
		c.aload(PROCESSOR).lload(READ_TABLE).lload(GENERATION).lload(ADDRESS).invokestatic(ACCESS, bits("read", size), READ);
	}

	/** Stores the long in {@link #VALUE} to {@link #ADDRESS}. */
	void write(int size) {
		c.aload(PROCESSOR).lload(WRITE_TABLE).lload(GENERATION).lload(ADDRESS).lload(VALUE)
			.invokestatic(ACCESS, bits("write", size), WRITE);
	}

	/** Pushes the value at {@link #ADDRESS}, which {@link #writeBack} will replace. */
	void readForWrite(int size) {
		c.aload(PROCESSOR).lload(WRITE_TABLE).lload(GENERATION).lload(ADDRESS).loadConstant(size).invokestatic(ACCESS, "host", HOST)
			.lstore(HOST_ADDRESS);
		c.aload(PROCESSOR).lload(HOST_ADDRESS).lload(ADDRESS).invokestatic(ACCESS, bits("load", size), LOAD);
		narrow(size);
	}

	/** Pops a value and stores it where {@link #readForWrite} read. */
	void writeBack(int size) {
		widen(size);
		c.lstore(VALUE).aload(PROCESSOR).lload(HOST_ADDRESS).lload(ADDRESS).lload(VALUE)
			.invokestatic(ACCESS, bits("store", size), STORE);
	}

	/** Pushes the value of the source operand, {@code size} bytes of it. */
	void source(Instruction i, int size) {
		switch (i.source) {
			case GPR -> loadRegister(i.sourceRegister, size);
			case IMMEDIATE -> immediate(i.immediate, size);
			default -> {
				address(i);
				read(size);
				narrow(size);
			}
		}
	}

	/** Pushes the value of the destination operand; with {@code change}, {@link #storeDestination} will replace it. */
	void loadDestination(Instruction i, boolean change) {
		if (i.destination == OperandKind.GPR) {
			loadRegister(i.destinationRegister, i.operandSize);
			return;
		}
		address(i);
		if (change) {
			readForWrite(i.operandSize);
		} else {
			read(i.operandSize);
			narrow(i.operandSize);
		}
	}

	/** Pops the value of the destination operand, which {@link #loadDestination} has read. */
	void storeDestination(Instruction i) {
		if (i.destination == OperandKind.GPR) {
			storeRegister(i.destinationRegister, i.operandSize);
		} else {
			writeBack(i.operandSize);
		}
	}

	/** Duplicates the value on the stack. */
	void duplicate(int size) {
		if (size == 8) {
			c.dup2();
		} else {
			c.dup();
		}
	}

	/** Pushes 1 if code that jumps to a label does so, else 0. */
	void truth(java.util.function.Consumer<Label> jump) {
		Label yes = c.newLabel();
		Label end = c.newLabel();
		jump.accept(yes);
		c.iconst_0().goto_(end);
		c.labelBinding(yes);
		c.iconst_1();
		c.labelBinding(end);
	}
}
