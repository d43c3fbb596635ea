package mshv.vmm.mmio;

import static mshv.vmm.cpu.RegisterFile.RAX;
import static mshv.vmm.cpu.RegisterFile.RDX;

import java.math.BigInteger;

import mshv.vmm.cpu.GuestException;
import mshv.vmm.cpu.LinearMemory;
import mshv.vmm.cpu.RegisterFile;

/** Carries out a decoded instruction: memory first, registers after, so that a page fault leaves the instruction as if not begun. */
final class Executor {
	private static final int FS = 4;

	private final RegisterFile registers;
	private final LinearMemory memory;
	private final Alu alu = new Alu();
	private final StringExecutor strings;
	private final VectorExecutor vectors;
	private final StackExecutor stack;
	private final SegmentLoader segments;

	Executor(RegisterFile registers, LinearMemory memory) {
		this.registers = registers;
		this.memory = memory;
		strings = new StringExecutor(registers, memory, alu);
		vectors = new VectorExecutor(registers, memory);
		stack = new StackExecutor(registers, memory);
		segments = new SegmentLoader(registers, memory);
	}

	/** @param single whether at most one iteration of a string instruction is carried out
	 * @return false if the instruction is not one of those that are emulated; nothing has changed then */
	boolean execute(Instruction i, boolean single) throws GuestException {
		alu.begin(registers.flags());
		boolean done = i.map == 0 ? oneByte(i, single) : twoByte(i);
		if (done && alu.flags() != registers.flags()) {
			registers.setFlags(alu.flags());
		}
		return done;
	}

	private boolean oneByte(Instruction i, boolean single) throws GuestException {
		int opcode = i.opcode;
		if (opcode >= 0xA4 && opcode <= 0xAF) {
			return strings.execute(i, next(i), single);
		}
		if (StackExecutor.handles(i)) {
			return stack.execute(i, i.memory ? address(i) : 0, next(i));
		}
		if (!i.memory) {
			return false;
		}
		// In most opcodes the low bit tells bytes from words
		int size = (opcode & 1) == 0 ? 1 : i.operandSize;
		if (opcode < 0x40) {
			return arithmetic(i, opcode >> 3, size, (opcode & 2) != 0);
		}
		switch (opcode) {
			case 0x63 -> {
				// Outside 64-bit mode the opcode is ARPL
				if (!i.longMode) {
					return false;
				}
				setRegister(i.reg, i.operandSize, Alu.signExtend(load(i, 4), 4), i);
			}
			case 0x69, 0x6B -> setRegister(i.reg, i.operandSize, alu.multiply(load(i, i.operandSize), i.immediate, i.operandSize), i);
			case 0x80, 0x81, 0x83 -> group1(i, size);
			case 0x84, 0x85 -> alu.logic(load(i, size) & register(i.reg, size, i), size);
			case 0x86, 0x87 -> {
				long old = load(i, size);
				store(i, size, register(i.reg, size, i));
				setRegister(i.reg, size, old, i);
			}
			case 0x8C -> {
				if (i.group > 5) {
					return false;
				}
				store(i, 2, registers.other(RegisterFile.segment(i.group)).segmentSelector());
			}
			case 0x8E -> {
				return segments.loadData(i, (int) load(i, 2)) && advanced(i);
			}
			case 0x88, 0x89 -> store(i, size, register(i.reg, size, i));
			case 0x8A, 0x8B -> setRegister(i.reg, size, load(i, size), i);
			case 0xA0, 0xA1 -> setRegister(RAX, size, load(i, size), i);
			case 0xA2, 0xA3 -> store(i, size, registers.get(RAX));
			case 0xC6, 0xC7 -> {
				if (i.group != 0) {
					return false;
				}
				store(i, size, i.immediate);
			}
			case 0xC0, 0xC1 -> store(i, size, alu.shift(i.group, load(i, size), (int) i.immediate, size));
			case 0xD0, 0xD1 -> store(i, size, alu.shift(i.group, load(i, size), 1, size));
			case 0xD2, 0xD3 -> store(i, size, alu.shift(i.group, load(i, size), (int) registers.get(RegisterFile.RCX), size));
			case 0xF6, 0xF7 -> {
				return group3(i, size);
			}
			case 0xFE, 0xFF -> {
				return group5(i, size);
			}
			default -> {
				return false;
			}
		}
		advance(i);
		return true;
	}

	private boolean arithmetic(Instruction i, int operation, int size, boolean toRegister) throws GuestException {
		long memoryOperand = load(i, size);
		long registerOperand = register(i.reg, size, i);
		if (toRegister) {
			long result = alu.binary(operation, registerOperand, memoryOperand, size);
			if (operation != 7) {
				setRegister(i.reg, size, result, i);
			}
		} else {
			long result = alu.binary(operation, memoryOperand, registerOperand, size);
			if (operation != 7) {
				store(i, size, result);
			}
		}
		advance(i);
		return true;
	}

	private void group1(Instruction i, int size) throws GuestException {
		long result = alu.binary(i.group, load(i, size), i.immediate, size);
		if (i.group != 7) {
			store(i, size, result);
		}
	}

	private boolean group3(Instruction i, int size) throws GuestException {
		long value = load(i, size);
		switch (i.group) {
			case 0, 1 -> alu.logic(value & i.immediate, size);
			case 2 -> store(i, size, ~value);
			case 3 -> store(i, size, alu.negate(value, size));
			case 4, 5 -> multiply(i, value, size);
			default -> divide(i, value, size);
		}
		advance(i);
		return true;
	}

	private void multiply(Instruction i, long value, int size) {
		boolean signed = i.group == 5;
		long a = signed ? Alu.signExtend(registers.get(RAX), size) : registers.get(RAX) & Alu.mask(size);
		long b = signed ? Alu.signExtend(value, size) : value;
		long low = a * b;
		if (size == 8) {
			long high = signed ? Math.multiplyHigh(a, b) : Math.unsignedMultiplyHigh(a, b);
			registers.set(RAX, low);
			registers.set(RDX, high);
			alu.setWide(signed ? high != low >> 63 : high != 0);
			return;
		}
		long high = low >> 8 * size & Alu.mask(size);
		if (size == 1) {
			setRegister(RAX, 2, low, i);
		} else {
			setRegister(RAX, size, low, i);
			setRegister(RDX, size, high, i);
		}
		alu.setWide(signed ? low != Alu.signExtend(low, size) : high != 0);
	}

	/** DIV and IDIV. */
	private void divide(Instruction i, long value, int size) throws GuestException {
		if (value == 0) {
			throw GuestException.divideError();
		}
		boolean signed = i.group == 7;
		int bits = 8 * size;
		long low = size == 1 ? registers.get(RAX) & 0xFF : registers.get(RAX) & Alu.mask(size);
		long high = size == 1 ? registers.get(RAX) >> 8 & 0xFF : registers.get(RDX) & Alu.mask(size);
		BigInteger dividend = number(signed ? Alu.signExtend(high, size) : high, signed).shiftLeft(bits).or(number(low, false));
		BigInteger[] results = dividend.divideAndRemainder(number(signed ? Alu.signExtend(value, size) : value, signed));
		if (signed ? results[0].bitLength() > bits - 1 : results[0].bitLength() > bits) {
			throw GuestException.divideError();
		}
		long quotient = results[0].longValue();
		long remainder = results[1].longValue();
		if (size == 1) {
			setRegister(RAX, 2, quotient & 0xFF | remainder << 8, i);
		} else {
			setRegister(RAX, size, quotient, i);
			setRegister(RDX, size, remainder, i);
		}
	}

	private static BigInteger number(long value, boolean signed) {
		return signed ? BigInteger.valueOf(value) : new BigInteger(Long.toUnsignedString(value));
	}

	private boolean group5(Instruction i, int size) throws GuestException {
		switch (i.group) {
			case 0 -> store(i, size, alu.step(load(i, size), 1, size));
			case 1 -> store(i, size, alu.step(load(i, size), -1, size));
			case 5 -> {
				return i.opcode == 0xFF && i.longMode && segments.jumpFar(i, load(i, size), (int) memory.read(address(i, size), 2));
			}
			default -> {
				return false;
			}
		}
		advance(i);
		return true;
	}

	private boolean twoByte(Instruction i) throws GuestException {
		if (!i.memory) {
			return false;
		}
		int opcode = i.opcode;
		int size = i.operandSize;
		switch (opcode) {
			case 0x00 -> {
				return i.group == 3 && segments.loadTask(i, (int) load(i, 2)) && advanced(i);
			}
			case 0x01 -> {
				// SMSW
				if (i.group != 4) {
					return false;
				}
				store(i, 2, registers.cr0());
			}
			case 0xA3, 0xAB, 0xB3, 0xBB -> bitAt(i, opcode >> 3 & 3, Alu.signExtend(registers.get(i.reg), size));
			case 0xBA -> {
				if (i.group < 4) {
					return false;
				}
				bitAt(i, i.group & 3, i.immediate & 8 * size - 1);
			}
			case 0xA4, 0xA5, 0xAC, 0xAD -> store(i, size, alu.doubleShift(opcode < 0xA8, load(i, size), registers.get(i.reg),
				(int) ((opcode & 1) == 0 ? i.immediate : registers.get(RegisterFile.RCX)), size));
			case 0xAF -> setRegister(i.reg, size, alu.multiply(registers.get(i.reg), load(i, size), size), i);
			case 0xB0, 0xB1 -> compareExchange(i, (opcode & 1) == 0 ? 1 : size);
			case 0xC0, 0xC1 -> exchangeAdd(i, (opcode & 1) == 0 ? 1 : size);
			case 0xB6, 0xB7 -> setRegister(i.reg, size, load(i, opcode - 0xB5), i);
			case 0xBE, 0xBF -> setRegister(i.reg, size, Alu.signExtend(load(i, opcode - 0xBD), opcode - 0xBD), i);
			case 0xBC, 0xBD -> {
				long value = load(i, size);
				alu.setZero(value == 0);
				if (value != 0) {
					setRegister(i.reg, size, opcode == 0xBC ? Long.numberOfTrailingZeros(value) : 63 - Long.numberOfLeadingZeros(value), i);
				}
			}
			case 0xC3 -> store(i, size, registers.get(i.reg));
			default -> {
				if (opcode >> 4 == 4) {
					long value = load(i, size);
					setRegister(i.reg, size, alu.condition(opcode & 0xF) ? value : register(i.reg, size, i), i);
				} else if (opcode >> 4 == 9) {
					store(i, 1, alu.condition(opcode & 0xF) ? 1 : 0);
				} else if (!vectors.execute(i, address(i))) {
					return false;
				}
			}
		}
		advance(i);
		return true;
	}

	/** @param operation 0 BT, 1 BTS, 2 BTR, 3 BTC @param bit relative to the memory operand, beyond it too */
	private void bitAt(Instruction i, int operation, long bit) throws GuestException {
		int size = i.operandSize;
		int width = 8 * size;
		long linear = address(i, Math.floorDiv(bit, (long) width) * size);
		long one = 1L << Math.floorMod(bit, width);
		long value = memory.read(linear, size);
		boolean carry = (value & one) != 0;
		switch (operation) {
			case 1 -> memory.write(linear, size, value | one);
			case 2 -> memory.write(linear, size, value & ~one);
			case 3 -> memory.write(linear, size, value ^ one);
			default -> {
				// BT only looks
			}
		}
		alu.setCarry(carry);
	}

	private void compareExchange(Instruction i, int size) throws GuestException {
		long old = load(i, size);
		boolean equal = (registers.get(RAX) & Alu.mask(size)) == old;
		// The destination is written in either case
		store(i, size, equal ? register(i.reg, size, i) : old);
		alu.binary(7, registers.get(RAX), old, size);
		if (!equal) {
			setRegister(RAX, size, old, i);
		}
	}

	private void exchangeAdd(Instruction i, int size) throws GuestException {
		long old = load(i, size);
		long sum = alu.binary(0, old, register(i.reg, size, i), size);
		store(i, size, sum);
		setRegister(i.reg, size, old, i);
	}

	private long load(Instruction i, int size) throws GuestException {
		return memory.read(address(i), size);
	}

	private void store(Instruction i, int size, long value) throws GuestException {
		memory.write(address(i), size, value);
	}

	private long address(Instruction i) {
		return address(i, 0);
	}

	private long address(Instruction i, long offset) {
		long effective = i.displacement + offset;
		if (i.base >= 0) {
			effective += registers.get(i.base);
		}
		if (i.index >= 0) {
			effective += registers.get(i.index) << i.scale;
		}
		if (i.ripRelative) {
			effective += next(i);
		}
		effective &= Alu.mask(i.addressSize);
		if (i.longMode) {
			return i.segment < FS ? effective : effective + registers.segmentBase(i.segment);
		}
		return effective + registers.segmentBase(i.segment) & 0xFFFFFFFFL;
	}

	private long register(int number, int size, Instruction i) {
		return size == 1 && !i.rex && number >= 4 ? registers.get(number - 4) >> 8 & 0xFF : registers.get(number) & Alu.mask(size);
	}

	private void setRegister(int number, int size, long value, Instruction i) {
		switch (size) {
			case 1 -> {
				if (!i.rex && number >= 4) {
					registers.set(number - 4, registers.get(number - 4) & ~0xFF00L | (value & 0xFF) << 8);
				} else {
					registers.set(number, registers.get(number) & ~0xFFL | value & 0xFF);
				}
			}
			case 2 -> registers.set(number, registers.get(number) & ~0xFFFFL | value & 0xFFFF);
			case 4 -> registers.set(number, value & 0xFFFFFFFFL);
			default -> registers.set(number, value);
		}
	}

	private long next(Instruction i) {
		long next = registers.rip() + i.length;
		return i.longMode ? next : next & 0xFFFFFFFFL;
	}

	private void advance(Instruction i) {
		registers.setRip(next(i));
	}

	private boolean advanced(Instruction i) {
		advance(i);
		return true;
	}
}
