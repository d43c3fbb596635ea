package mshv.backend.emu.translate;

import mshv.backend.emu.cpu.FlagKind;

/**
 * What the translator knows of how the flags stand in their locals.
 *
 * @param by what defined them
 * @param size operand size of that in bytes
 */
record FlagState(By by, int size) {
	/** Kinds of definitions, finer than {@link FlagKind}. */
	enum By {
		/** Not known: the local variable tells. */
		UNKNOWN(-1), EXPLICIT(FlagKind.EXPLICIT), ADD(FlagKind.ADD),
		/** Addition with carry: the result alone does not tell whether it carried. */
		ADC(FlagKind.ADD), SUB(FlagKind.SUB),
		/** Subtraction with borrow: A and B alone do not tell whether A is below B. */
		SBB(FlagKind.SUB), LOGIC(FlagKind.LOGIC), INC(FlagKind.INC), DEC(FlagKind.DEC), SHIFT(FlagKind.SHIFT);

		/** The constant of {@link FlagKind}. */
		final int kind;

		By(int kind) {
			this.kind = kind;
		}
	}

	static final FlagState UNKNOWN = new FlagState(By.UNKNOWN, 0);

	/** Instead of {@code equals}: for the one that it generates the Java runtime keeps a component's type, and with it the class loader of
	 * the bundle, until memory runs short. */
	boolean same(FlagState other) {
		return by == other.by && size == other.size;
	}

	/** @return what is known where two paths meet */
	FlagState join(FlagState other) {
		if (same(other)) {
			return this;
		}
		return by == other.by && by != By.UNKNOWN ? new FlagState(by, 8) : UNKNOWN;
	}
}
