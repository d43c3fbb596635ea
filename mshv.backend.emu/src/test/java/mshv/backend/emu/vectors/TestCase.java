package mshv.backend.emu.vectors;

import java.util.HexFormat;

/** One instruction with its inputs, as {@link CaseGenerator} makes it from a seed and an index. Mutable, reused from case to case. */
public final class TestCase {
	/** Longest byte sequence of a case: one more than the processor accepts, for the case that it rejects. */
	public static final int MAX_CODE = 16;

	/** Seed of the set of cases. */
	public long seed;
	/** Number of the case within the set. */
	public long index;
	/** Instruction and operands, for reports: {@code ADD Ev,Gv}. */
	public String form = "";
	/** The bytes to place at {@code state.rip}, {@link #codeLength} of them. */
	public final byte[] code = new byte[MAX_CODE];
	/**
	 * Number of bytes in the code page, 1 to 16. They end at the latest with the page; an instruction cut off there continues in
	 * the unmapped page behind it.
	 */
	public int codeLength;
	/** The state before the instruction. */
	public final CpuState state = new CpuState();
	/** What must not be compared. */
	final Unspecified unspecified = new Unspecified();
	/** Whether the instruction has a repeat prefix and traps after each iteration when it is single-stepped. */
	boolean repeats;
	/** Whether the instruction stores RFLAGS, with the trap flag of single-stepping in them. */
	boolean pushesFlags;

	/**
	 * The instruction bytes.
	 *
	 * @return a hexadecimal string without spaces
	 */
	public String hex() {
		return HexFormat.of().formatHex(code, 0, codeLength);
	}

	@Override
	public String toString() {
		StringBuilder text = new StringBuilder(form + " [" + hex() + "] seed " + seed + " index " + index + "\n");
		text.append("  rip %x rflags %x fs %x gs %x mxcsr %x fcw %x fsw %x ftw %x%n"
				.formatted(state.rip, state.rflags, state.fsBase, state.gsBase, state.mxcsr, state.fcw, state.fsw, state.ftw));
		for (int i = 0; i < 16; i++) {
			text.append("  r%-2d %016x  xmm%-2d %016x:%016x".formatted(i, state.gpr[i], i, state.xmm[2 * i + 1], state.xmm[2 * i]));
			if (i < 8) {
				text.append("  st%d %04x:%016x".formatted(i, state.signExponent[i], state.significand[i]));
			}
			text.append('\n');
		}
		return text.toString();
	}
}
