package mshv.backend.emu.vectors;

/** Makes one case of a form: draws the state, chooses operands and prefixes, encodes and places the instruction. */
final class CaseBuilder {
	static final int RAX = 0;
	static final int RCX = 1;
	static final int RDX = 2;
	static final int RBX = 3;
	static final int RSP = 4;
	static final int RBP = 5;
	static final int RSI = 6;
	static final int RDI = 7;

	private static final int[] SEGMENTS_WITHOUT_EFFECT = {0x26, 0x2E, 0x36, 0x3E};
	private static final int FS = 0x64;
	private static final int GS = 0x65;

	final Prng prng = new Prng();
	final Values values = new Values(prng);
	final StateGenerator states = new StateGenerator(prng, values);
	private final Encoding encoding = new Encoding();
	private TestCase test;
	private CpuState s;
	private Form form;
	private int width;
	private boolean memory;
	private long target;
	private int size;
	private int reg;
	private int rm;
	private int pinned;
	private boolean address32;
	private int segment;
	private long immediate;
	private boolean ripRelative;
	private long ripRelativeTo;

	void build(Form chosen, TestCase into) {
		form = chosen;
		test = into;
		s = into.state;
		encoding.clear();
		pinned = 0;
		ripRelative = false;
		test.unspecified.clear();
		test.repeats = false;
		test.pushesFlags = false;
		width = prng.pick(form.widths);
		states.draw(form, width, s);
		chooseOperands();
		choosePrefixes();
		if (memory) {
			chooseAddress();
		}
		if (form.immediate == Form.Immediate.OFFSET) {
			target = place(size, 1);
			immediate = target - segmentBase();
		} else {
			immediate = values.integer(form.immediate == Form.Immediate.BYTE ? 8 : form.immediate == Form.Immediate.V ? 64 : 32);
		}
		if (form.stack) {
			chooseStack();
		}
		if (memory && !form.noAccess) {
			chooseMemoryOperand();
		}
		test.unspecified.rflags = UndefinedFlags.of(form.mnemonic);
		test.unspecified.fsw = UndefinedFlags.conditionCodes(form.mnemonic);
		test.unspecified.readOrWrite = memory && form.modifies;
		test.unspecified.severalAccesses = form.severalAccesses;
		test.unspecified.eitherOperandFirst = form.eitherOperandFirst;
		form.finish.apply(this);
		encode();
	}

	private void chooseOperands() {
		boolean low = prng.chance(40);
		int registers = low ? 8 : 16;
		memory = form.rm == Form.Rm.MEMORY || form.rm == Form.Rm.ANY && prng.chance(55);
		size = form.size != 0 ? form.size : width / 8;
		reg = form.digit >= 0 ? form.digit : prng.below(registers);
		rm = prng.below(registers);
		encoding.wide = width == 64 && (!form.default64 || prng.chance(10)) || width <= 8 && !low && !form.plain && prng.chance(5);
		encoding.needlessRex = !low && !form.plain && prng.chance(20);
		encoding.noise = low || form.plain ? 0 : prng.below(8);
	}

	private void choosePrefixes() {
		boolean addressed = memory || form.implicitMemory || form.immediate == Form.Immediate.OFFSET;
		address32 = prng.chance(addressed ? 8 : 2) && !form.plain;
		segment = 0;
		if (prng.chance(addressed ? 20 : 4) && !form.plain) {
			segment = prng.chance(60) ? prng.chance(50) ? FS : GS : prng.pick(SEGMENTS_WITHOUT_EFFECT);
		}
		if (address32) {
			shrinkBase();
			encoding.prefix(0x67);
		}
		if (segment != 0) {
			encoding.prefix(segment);
		}
		boolean needless66 = encoding.wide && form.opcode[0] != 0x0F && !form.default64 && !form.plain && prng.chance(5);
		if (width == 16 || needless66) {
			encoding.prefix(0x66);
		}
		if (form.mandatory != 0) {
			encoding.prefix(form.mandatory);
		}
		if (form.lockable && memory && prng.chance(25)) {
			encoding.prefix(0xF0);
		} else if (form.redundantRepeat && prng.chance(4)) {
			encoding.prefix(0xF2 + prng.below(2));
		}
		if (!form.plain && prng.chance(3)) {
			encoding.duplicatePrefix(prng);
		}
		encoding.shuffle(prng);
		encoding.ignoredRex = !form.plain && prng.chance(2) ? 0x40 + prng.below(16) : 0;
	}

	/** Makes addresses below 4 GiB reachable with a 32-bit offset. */
	private void shrinkBase() {
		if (segment == FS) {
			s.fsBase &= 0xFFFFF;
		} else if (segment == GS) {
			s.gsBase &= 0xFFFFF;
		}
	}

	private long segmentBase() {
		return segment == FS ? s.fsBase : segment == GS ? s.gsBase : 0;
	}

	/** Chooses where an operand lies: mostly in the data pages, sometimes across a border or where it faults. */
	long place(int bytes, int alignment) {
		boolean near = address32 || ripRelative;
		long data = near || prng.chance(50) ? AddressSpace.DATA_LOW : AddressSpace.DATA_HIGH;
		int length = Math.max(bytes, 1);
		int kind = prng.below(100);
		if (form.mapped || (s.fsw & 0x80) != 0 && form.x87) {
			kind %= 88;
		}
		boolean align = kind < 98 && (alignment > 1 ? prng.chance(88) : prng.chance(50));
		int step = align ? Math.max(alignment, Integer.lowestOneBit(length)) : 1;
		if (kind < 78) {
			return data + prng.below((AddressSpace.DATA_SIZE - length) / step + 1) * (long) step;
		}
		int part = alignment > 1 && align || length == 1 ? 0 : 1 + prng.below(length - 1);
		if (kind < 88) {
			return data + AddressSpace.PAGE - part;
		}
		if (kind < 92) {
			return data + AddressSpace.DATA_SIZE - part;
		}
		if (kind < 94) {
			return data - (part == 0 ? Math.max(alignment, length) : part);
		}
		if (kind < 96) {
			return data + (prng.chance(50) ? -AddressSpace.PAGE : AddressSpace.DATA_SIZE) + prng.below(AddressSpace.PAGE / 16 - 16) * 16L;
		}
		if (kind < 98 && !near) {
			return (prng.next() >>> 16 | 1L << 47 + prng.below(15)) & ~15L;
		}
		return AddressSpace.CODE + prng.below(AddressSpace.PAGE / 16 - 64) * 16L;
	}

	private void chooseAddress() {
		int kind = prng.below(10);
		ripRelative = kind <= 1 && !form.plain || form.plain && kind == 0;
		if (ripRelative) {
			shrinkBase();
		}
		target = place(size, form.alignment);
		long effective = target - segmentBase();
		if (kind == 0) {
			ripRelativeTo = effective;
			encoding.ripRelative();
		} else if (kind == 1 && ripRelative) {
			chooseNoBase(effective);
		} else {
			ripRelative = false;
			chooseBase(effective);
		}
	}

	/** A displacement alone, or with an index. */
	private void chooseNoBase(long effective) {
		int index = prng.below(16);
		int scale = prng.below(4);
		if (index == RSP || (form.avoid >> index & 1) != 0 || prng.chance(40)) {
			encoding.sib(scale, RSP, RBP, 0, (int) effective, 4);
			return;
		}
		long mask = (1L << scale) - 1;
		int displacement = (int) (prng.next() & ~mask | effective & mask);
		long value = effective - displacement >> scale;
		if (address32) {
			value = value & 0xFFFFFFFFL | prng.next() << 32;
		}
		pin(index, value);
		encoding.sib(scale, index, RBP, 0, displacement, 4);
	}

	private void chooseBase(long effective) {
		int base;
		do {
			base = prng.below(16);
		} while ((form.avoid >> base & 1) != 0);
		boolean indexed = prng.chance(45) || (base & 7) == RSP;
		int index = indexed && prng.chance(85) ? prng.below(16) : RSP;
		if ((form.avoid >> index & 1) != 0) {
			index = RSP;
		}
		int scale = prng.below(4);
		int bytes = prng.below(3);
		bytes = bytes == 2 ? 4 : bytes;
		if (bytes == 0 && (base & 7) == RBP) {
			bytes = 1;
		}
		long displacement = bytes == 0 ? 0 : bytes == 1 ? (byte) prng.next() : (int) prng.next();
		if (index == base && index != RSP) {
			// base * (1 + 2^scale) must give the address, so the displacement takes up the rest.
			int factor = 1 + (1 << scale);
			if (bytes == 0) {
				index = RSP;
			} else {
				displacement = (byte) displacement;
				long rest = Math.floorMod(effective - displacement, (long) factor);
				displacement += displacement + rest > 127 ? rest - factor : rest;
				long value = (effective - displacement) / factor;
				pin(base, address32 ? value & 0xFFFFFFFFL | (prng.next() & 0xFFFF) << 32 : value);
			}
		}
		if (index != base || index == RSP) {
			long value = effective - displacement - (index == RSP ? 0 : s.gpr[index] << scale);
			pin(base, address32 ? value & 0xFFFFFFFFL | prng.next() << 32 : value);
			if (index != RSP) {
				pinned |= 1 << index;
			}
		}
		int mod = bytes == 0 ? 0 : bytes == 1 ? 1 : 2;
		if (indexed || index != RSP) {
			encoding.sib(scale, index, base, mod, (int) displacement, bytes);
		} else {
			encoding.base(base, mod, (int) displacement, bytes);
		}
	}

	private void pin(int register, long value) {
		s.gpr[register] = value;
		pinned |= 1 << register;
	}

	private void chooseStack() {
		if ((pinned >> RSP & 1) != 0) {
			return;
		}
		long data = prng.chance(50) ? AddressSpace.DATA_LOW : AddressSpace.DATA_HIGH;
		int kind = form.mapped ? prng.below(94) : prng.below(100);
		s.gpr[RSP] = switch (kind) {
			case 94, 95 -> data + prng.below(4) * 2;
			case 96 -> data + AddressSpace.DATA_SIZE - prng.below(10);
			case 97 -> data + AddressSpace.DATA_SIZE + 64 + prng.below(1000);
			case 98 -> AddressSpace.CODE + 64 + prng.below(1000);
			case 99 -> (prng.next() >>> 16 | 1L << 47 + prng.below(15)) & ~15L;
			default -> data + (kind < 88 ? 1024 + prng.below(768) * 8 : kind < 92 ? 4096 - prng.below(9) : 1024 + prng.below(4096));
		};
	}

	private void chooseMemoryOperand() {
		if (inside() && form.element == Element.INTEGER && form.alignment == 1 && !form.x87 && !form.severalAccesses && !form.default64
				&& size <= 8 && prng.chance(3)) {
			s.rflags |= 1 << 18;
		}
		if (prng.chance(30) && form.element != Element.DECIMAL) {
			return;
		}
		switch (form.element) {
			case EXTENDED -> {
				values.extended();
				poke(target, values.significand(), 8);
				poke(target + 8, values.exponent(), 2);
			}
			case DECIMAL -> {
				for (int i = 0; i < 9; i++) {
					poke(target + i, prng.below(10) << 4 | prng.below(10), 1);
				}
				poke(target + 9, prng.chance(50) ? 0 : 0x80, 1);
			}
			default -> {
				for (int i = 0; i < size; i += 8) {
					poke(target + i, values.quadword(form.element, size * 8), Math.min(8, size - i));
				}
			}
		}
	}

	private void encode() {
		if (form.x87 && form.plusRegister && prng.chance(80)) {
			// The operand of most x87 instructions should not be empty.
			s.ftw |= 1 << ((s.fsw >> 11) + rm & 7);
		}
		int next = encoding.emit(form, width, address32, memory, reg, rm, immediate, test.code);
		int room = AddressSpace.PAGE - next;
		int kind = prng.below(100);
		int cut = kind >= 88 && kind < 91 && !form.whole && next > 1 && !needsWhole() ? 1 + prng.below(next - 1) : 0;
		int offset = kind < 70 ? prng.below(room + 1) : kind < 91 ? room : kind < 94 ? 0 : prng.below(room + 1);
		s.rip = AddressSpace.CODE + offset + cut;
		if (ripRelative && encoding.ripDisplacementAt >= 0) {
			int displacement = (int) (ripRelativeTo - (s.rip + next));
			for (int i = 0; i < 4; i++) {
				test.code[encoding.ripDisplacementAt + i] = (byte) (displacement >> 8 * i);
			}
		}
		test.codeLength = next - cut;
	}

	private boolean needsWhole() {
		return (s.fsw & 0x80) != 0 && form.x87;
	}

	// What a form's last step may use.

	TestCase test() {
		return test;
	}

	CpuState state() {
		return s;
	}

	Form form() {
		return form;
	}

	int width() {
		return width;
	}

	boolean address32() {
		return address32;
	}

	boolean memoryOperand() {
		return memory;
	}

	/** Linear address of the memory operand. */
	long target() {
		return target;
	}

	int reg() {
		return reg;
	}

	int rm() {
		return rm;
	}

	long immediate() {
		return immediate;
	}

	void immediate(long value) {
		immediate = value;
	}

	/** Adds a repeat prefix, before all others. */
	void repeat(int prefix) {
		encoding.prefix(prefix);
		test.repeats = true;
	}

	/** Whether the memory operand lies in the data pages. */
	boolean inside() {
		int offset = AddressSpace.dataOffset(target);
		return offset >= 0 && offset + size <= AddressSpace.DATA_SIZE;
	}

	/** Sets a register unless an address depends on it. */
	boolean gpr(int register, long value) {
		if ((pinned >> register & 1) != 0) {
			return false;
		}
		s.gpr[register] = value;
		return true;
	}

	/** Makes a register hold the offset of a linear address, in the segment of the case or in ES. */
	void pointer(int register, long linear, boolean inSegment) {
		long offset = linear - (inSegment ? segmentBase() : 0);
		pin(register, address32 ? offset & 0xFFFFFFFFL | prng.next() << 32 : offset);
	}

	/** Writes an operand to the data pages, as far as it lies in them. */
	void poke(long address, long value, int bytes) {
		for (int i = 0; i < bytes; i++) {
			int offset = AddressSpace.dataOffset(address + i);
			if (offset >= 0) {
				s.data[offset] = (byte) (value >>> 8 * i);
			}
		}
	}

	/** Reads an operand from the data pages, with zeros for what lies outside. */
	long peek(long address, int bytes) {
		long value = 0;
		for (int i = bytes - 1; i >= 0; i--) {
			int offset = AddressSpace.dataOffset(address + i);
			value = value << 8 | (offset >= 0 ? s.data[offset] & 0xFF : 0);
		}
		return value;
	}

	/** The value of the r/m operand, zero-extended. */
	long rmValue() {
		if (memory) {
			return peek(target, width / 8);
		}
		boolean high = width == 8 && !encoding.hasRex(reg, rm, form) && rm >= 4;
		long value = high ? s.gpr[rm - 4] >>> 8 : s.gpr[rm];
		return width == 64 ? value : value & (1L << width) - 1;
	}

	/** Changes the r/m operand; a memory operand only as far as it is mapped. */
	void rmValue(long value) {
		if (memory) {
			poke(target, value, width / 8);
		} else if (width > 8) {
			gpr(rm, value);
		}
	}
}
