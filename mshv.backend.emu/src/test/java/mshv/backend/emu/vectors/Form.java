package mshv.backend.emu.vectors;

/**
 * One instruction with one kind of operands: how it is encoded and how its inputs are chosen. Made once, by the chained setters, and
 * not changed afterwards.
 */
final class Form {
	/** The r/m operand. */
	enum Rm {
		NONE, ANY, REGISTER, MEMORY
	}

	/** The immediate; Z is 16 or 32 bits, V 16 to 64 by operand size, OFFSET an address of the address size. */
	enum Immediate {
		NONE, BYTE, WORD, Z, V, OFFSET, WORD_BYTE
	}

	/** A last step that sees all operands: sets values that depend on each other and tells what is undefined. */
	@FunctionalInterface
	interface Finish {
		void apply(CaseBuilder builder);
	}

	final String mnemonic;
	final String name;
	final int[] opcode;
	int mandatory;
	int[] widths = {0};
	boolean default64;
	Rm rm = Rm.NONE;
	int digit = -1;
	boolean plusRegister;
	Immediate immediate = Immediate.NONE;
	int size;
	int alignment = 1;
	boolean lockable;
	boolean modifies;
	boolean repeatable;
	boolean redundantRepeat;
	boolean mapped;
	boolean severalAccesses;
	boolean eitherOperandFirst;
	boolean whole;
	boolean noAccess;
	boolean x87;
	boolean mmx;
	boolean stack;
	boolean implicitMemory;
	boolean plain;
	int avoid;
	Element element = Element.INTEGER;
	Element registers = Element.INTEGER;
	int weight = 1;
	Finish finish = builder -> { };

	Form(String name, int... opcode) {
		this.name = name;
		int end = name.indexOf(' ');
		this.mnemonic = end < 0 ? name : name.substring(0, end);
		this.opcode = opcode;
	}

	/** A prefix that is part of the opcode: 66, F2 or F3. */
	Form mandatory(int prefix) {
		mandatory = prefix;
		return this;
	}

	/** Operand sizes in bits; 16 adds the prefix 66, 64 sets REX.W. */
	Form widths(int... bits) {
		widths = bits;
		weight = Math.max(weight, bits.length);
		return this;
	}

	/** The operand size is 64 without REX.W. */
	Form default64() {
		default64 = true;
		return this;
	}

	/** ModRM with a register and a register or memory operand. */
	Form modrm() {
		rm = Rm.ANY;
		weight *= 2;
		return this;
	}

	/** ModRM whose reg field extends the opcode. */
	Form digit(int extension) {
		digit = extension;
		return modrm();
	}

	/** Restricts the r/m operand to memory. */
	Form memory() {
		rm = Rm.MEMORY;
		return this;
	}

	/** Restricts the r/m operand to a register. */
	Form register() {
		rm = Rm.REGISTER;
		return this;
	}

	/** The last opcode byte holds a register number. */
	Form plusRegister() {
		plusRegister = true;
		return this;
	}

	Form immediate(Immediate kind) {
		immediate = kind;
		return this;
	}

	/** Bytes of the memory operand if it is not of the operand size. */
	Form size(int bytes) {
		size = bytes;
		return this;
	}

	/** The memory operand must be aligned so, or #GP. */
	Form aligned(int bytes) {
		alignment = bytes;
		return this;
	}

	/** LOCK is allowed with a memory operand. */
	Form lockable() {
		lockable = true;
		return modifies();
	}

	/** Reads and writes its memory operand. */
	Form modifies() {
		modifies = true;
		return this;
	}

	/** REP and REPNE repeat it. */
	Form repeatable() {
		repeatable = true;
		return this;
	}

	/** F2 and F3 are accepted without a meaning. */
	Form redundantRepeat() {
		redundantRepeat = true;
		return this;
	}

	/** The memory operand is always in the data pages. */
	Form mapped() {
		mapped = true;
		return this;
	}

	/** Makes several memory accesses, so a fault may leave some done. */
	Form eitherOperandFirst() {
		eitherOperandFirst = true;
		return this;
	}

	Form severalAccesses() {
		severalAccesses = true;
		return this;
	}

	/** Never cut off at the end of the code page. */
	Form whole() {
		whole = true;
		return this;
	}

	/** Does not access the memory its operand names. */
	Form noAccess() {
		noAccess = true;
		return this;
	}

	/** Raises #MF if an x87 exception is pending. */
	Form x87() {
		x87 = true;
		return this;
	}

	/** Uses MMX registers; raises #MF if an x87 exception is pending. */
	Form mmx() {
		mmx = true;
		return x87();
	}

	/** Uses the stack, with an operand size of 64 or 16 bits. */
	Form stack() {
		stack = true;
		return default64();
	}

	/** Accesses memory by RSI, RDI or RBX. */
	Form implicitMemory() {
		implicitMemory = true;
		return this;
	}

	/** Without prefixes and REX bits that have no meaning. */
	Form plain() {
		plain = true;
		return this;
	}

	/** Registers, as a bit mask, that must not be part of an address. */
	Form avoid(int mask) {
		avoid = mask;
		return this;
	}

	/** Lanes of the memory operand and of the XMM registers. */
	Form of(Element lanes) {
		element = lanes;
		registers = lanes;
		return this;
	}

	/** Lanes of the memory operand, then of the XMM registers. */
	Form of(Element lanes, Element registerLanes) {
		element = lanes;
		registers = registerLanes;
		return this;
	}

	Form weight(int times) {
		weight = times;
		return this;
	}

	Form finish(Finish step) {
		finish = step;
		return this;
	}
}
