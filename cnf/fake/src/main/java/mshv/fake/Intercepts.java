package mshv.fake;

import mshv.api.Intercept;
import mshv.api.RegisterValue;

/** Makes intercepts. */
public final class Intercepts {
	/** Executing in 64-bit mode at privilege level 0. */
	public static final int LONG_MODE = 0x16;
	/** A 64-bit code segment. */
	public static final RegisterValue CODE_64 = RegisterValue.segment(0, -1, 0x10, 0xA09B);
	/** A 32-bit code segment. */
	public static final RegisterValue CODE_32 = RegisterValue.segment(0, -1, 0x10, 0xC09B);
	/** A 16-bit code segment at 0x8000. */
	public static final RegisterValue CODE_16 = RegisterValue.segment(0x8000, 0xFFFF, 0x800, 0x009B);

	private Intercepts() {}

	/** @return a header of an instruction in 64-bit mode */
	public static Intercept.Header header(int length, boolean write, long rip) {
		return new Intercept.Header(0, length, 0, write ? 1 : 0, LONG_MODE, CODE_64, rip, 2);
	}

	/** @return OUT */
	public static Intercept.IoPort out(int port, int size, int value) {
		return new Intercept.IoPort(header(1, true, 0x1000), port, size, Integer.toUnsignedLong(value), null);
	}

	/** @return IN */
	public static Intercept.IoPort in(int port, int size, long rax) {
		return new Intercept.IoPort(header(1, false, 0x1000), port, size, rax, null);
	}
}
