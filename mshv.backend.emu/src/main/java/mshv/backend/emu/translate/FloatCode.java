package mshv.backend.emu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

import mshv.backend.emu.cpu.SseUnit;
import mshv.backend.emu.exec.sse.FloatResults;
import mshv.backend.emu.fp.SseArithmetic;
import mshv.backend.emu.fp.SseComparison;
import mshv.backend.emu.fp.SseConversions;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.OperandKind;

/**
 * Writes the bytecode of floating-point instructions on XMM registers, by the operations of {@link SseUnit}.
 * <p>
 * Results are written after {@link FloatResults#settle}, which may raise an exception.
 */
class FloatCode extends VectorCode {
	private static final ClassDesc J = ConstantDescs.CD_long;
	private static final ClassDesc I = ConstantDescs.CD_int;
	private static final ClassDesc UNIT = describe(SseUnit.class);
	private static final ClassDesc RESULTS = describe(FloatResults.class);
	private static final MethodTypeDesc SETTLE = MethodTypeDesc.of(ConstantDescs.CD_void, CPU);

	/** One of the parts of {@link SseUnit}. */
	private enum Part {
		ARITHMETIC("arithmetic", SseArithmetic.class), COMPARISON("comparison", SseComparison.class),
		CONVERSIONS("conversions", SseConversions.class);

		final String field;
		final ClassDesc type;

		Part(String field, Class<?> type) {
			this.field = field;
			this.type = describe(type);
		}
	}

	/** An operation on elements. @param unary whether it uses the source alone */
	private record Operation(Part part, String name, boolean unary) {}

	FloatCode(CodeBuilder c) {
		super(c);
	}

	/** Writes an instruction. @param live whether a flag may be looked at behind it */
	void arithmetic(Instruction i, boolean live) {
		int d = i.destinationRegister;
		switch (i.opcode) {
			case ADDSD, SUBSD, MULSD, DIVSD, MINSD, MAXSD, SQRTSD -> {
				scalarSource(i, 8);
				element64(operation(i), low(d), VALUE);
				settle64(low(d));
			}
			case ADDSS, SUBSS, MULSS, DIVSS, MINSS, MAXSS, SQRTSS -> {
				scalarSource(i, 4);
				element32(operation(i), low(d), VALUE, 0);
				settle32(d);
			}
			case ADDPD, SUBPD, MULPD, DIVPD, MINPD, MAXPD, SQRTPD -> {
				halves(i);
				element64(operation(i), low(d), VALUE);
				c.lstore(VALUE);
				element64(operation(i), high(d), OTHER);
				c.lstore(OTHER);
				settleBoth(d);
			}
			case ADDPS, SUBPS, MULPS, DIVPS, MINPS, MAXPS, SQRTPS -> {
				halves(i);
				pair(operation(i), low(d), VALUE);
				pair(operation(i), high(d), OTHER);
				settleBoth(d);
			}
			case CVTSI2SD -> {
				integerSource(i);
				convert("integerToFloat64", J, J);
				settle64(low(d));
			}
			case CVTSI2SS -> {
				integerSource(i);
				convert("integerToFloat32", J, I);
				settle32(d);
			}
			case CVTSS2SD -> {
				scalarSource(i, 4);
				convert("float32ToFloat64", I, J);
				settle64(low(d));
			}
			case CVTSD2SS -> {
				scalarSource(i, 8);
				convert("float64ToFloat32", J, I);
				settle32(d);
			}
			case CVTSS2SI -> toInteger(i, 4, false);
			case CVTTSS2SI -> toInteger(i, 4, true);
			case CVTSD2SI -> toInteger(i, 8, false);
			case CVTTSD2SI -> toInteger(i, 8, true);
			case COMISS -> compare(i, 4, "ordered32", live);
			case COMISD -> compare(i, 8, "ordered64", live);
			case UCOMISS -> compare(i, 4, "unordered32", live);
			case UCOMISD -> compare(i, 8, "unordered64", live);
			default -> throw new IllegalStateException("no translation of " + i.opcode);
		}
	}

	private static Operation operation(Instruction i) {
		return switch (i.opcode) {
			case ADDPS, ADDPD, ADDSS, ADDSD -> new Operation(Part.ARITHMETIC, "add", false);
			case SUBPS, SUBPD, SUBSS, SUBSD -> new Operation(Part.ARITHMETIC, "subtract", false);
			case MULPS, MULPD, MULSS, MULSD -> new Operation(Part.ARITHMETIC, "multiply", false);
			case DIVPS, DIVPD, DIVSS, DIVSD -> new Operation(Part.ARITHMETIC, "divide", false);
			case SQRTPS, SQRTPD, SQRTSS, SQRTSD -> new Operation(Part.ARITHMETIC, "squareRoot", true);
			case MINPS, MINPD, MINSS, MINSD -> new Operation(Part.COMPARISON, "minimum", false);
			case MAXPS, MAXPD, MAXSS, MAXSD -> new Operation(Part.COMPARISON, "maximum", false);
			default -> throw new IllegalStateException("no element operation of " + i.opcode);
		};
	}

	private void part(Part part) {
		c.aload(PROCESSOR).getfield(CPU, "sse", UNIT).getfield(UNIT, part.field, part.type);
	}

	/** Pushes what {@link #VALUE}, or its low half, is converted to. */
	private void convert(String name, ClassDesc from, ClassDesc to) {
		part(Part.CONVERSIONS);
		c.lload(VALUE);
		if (from == I) {
			c.l2i();
		}
		c.invokevirtual(Part.CONVERSIONS.type, name, MethodTypeDesc.of(to, from));
	}

	/** Pushes the result of an operation on doubles in locals. */
	private void element64(Operation f, int a, int b) {
		part(f.part);
		if (f.unary) {
			c.lload(b).invokevirtual(f.part.type, bits(f.name, 8), MethodTypeDesc.of(J, J));
		} else {
			c.lload(a).lload(b).invokevirtual(f.part.type, bits(f.name, 8), MethodTypeDesc.of(J, J, J));
		}
	}

	/** Pushes the result of an operation on singles, the lower or upper halves of locals. @param shift 0 or 32 */
	private void element32(Operation f, int a, int b, int shift) {
		part(f.part);
		if (f.unary) {
			single(b, shift);
			c.invokevirtual(f.part.type, bits(f.name, 4), MethodTypeDesc.of(I, I));
		} else {
			single(a, shift);
			single(b, shift);
			c.invokevirtual(f.part.type, bits(f.name, 4), MethodTypeDesc.of(I, I, I));
		}
	}

	private void single(int local, int shift) {
		c.lload(local);
		if (shift != 0) {
			c.loadConstant(shift).lushr();
		}
		c.l2i();
	}

	/** Puts the results of two singles at a time into the local of their second operands. */
	private void pair(Operation f, int a, int b) {
		element32(f, a, b, 0);
		c.i2l();
		low32();
		element32(f, a, b, 32);
		c.i2l().bipush(32).lshl().lor().lstore(b);
	}

	private void settle() {
		c.aload(PROCESSOR).invokestatic(RESULTS, "settle", SETTLE);
	}

	/** Pops a double's bits into a register's half. */
	private void settle64(int half) {
		c.lstore(RESULT);
		settle();
		c.lload(RESULT).lstore(half);
	}

	/** Pops a single's bits into a register. */
	private void settle32(int register) {
		c.i2l().lstore(RESULT);
		settle();
		c.lload(RESULT).l2i();
		replaceLowDword(register);
	}

	private void settleBoth(int register) {
		settle();
		c.lload(VALUE).lstore(low(register)).lload(OTHER).lstore(high(register));
	}

	/** Puts an integer in a general register or memory, sign-extended, into {@link #VALUE}. */
	private void integerSource(Instruction i) {
		if (i.source == OperandKind.GPR) {
			load(i.sourceRegister);
			c.lstore(VALUE);
		} else {
			scalarSource(i, i.sourceSize);
		}
		if (i.sourceSize == 4) {
			c.lload(VALUE).l2i().i2l().lstore(VALUE);
		}
	}

	private void toInteger(Instruction i, int size, boolean truncate) {
		scalarSource(i, size);
		part(Part.CONVERSIONS);
		c.lload(VALUE);
		if (size == 4) {
			c.l2i();
		}
		c.loadConstant(truncate ? 1 : 0);
		boolean wide = i.sourceSize == 8;
		c.invokevirtual(Part.CONVERSIONS.type, bits("float", size) + (wide ? "ToInt64" : "ToInt32"),
			MethodTypeDesc.of(wide ? J : I, size == 4 ? I : J, ConstantDescs.CD_boolean));
		if (!wide) {
			c.i2l();
			low32();
		}
		c.lstore(RESULT);
		settle();
		c.lload(RESULT);
		store(i.destinationRegister);
	}

	private void compare(Instruction i, int size, String name, boolean live) {
		scalarSource(i, size);
		part(Part.COMPARISON);
		if (size == 4) {
			single(low(i.destinationRegister), 0);
			single(VALUE, 0);
		} else {
			c.lload(low(i.destinationRegister)).lload(VALUE);
		}
		ClassDesc bits = size == 4 ? I : J;
		c.invokevirtual(Part.COMPARISON.type, name, MethodTypeDesc.of(I, bits, bits)).i2l().lstore(RESULT);
		settle();
		if (live) {
			c.lload(RESULT).lstore(FLAG_RESULT);
			define(FlagState.By.EXPLICIT, 8);
		}
	}
}
