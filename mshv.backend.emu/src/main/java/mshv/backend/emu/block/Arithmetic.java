package mshv.backend.emu.block;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FlagKind;

/** Arithmetic of the fast tier: each leaves in the processor what its flags are computed from when they are asked for. */
final class Arithmetic {
	private Arithmetic() {}

	static void add(Cpu cpu, long x, long y, long v) {
		cpu.flagKind = FlagKind.ADD;
		cpu.flagA = x;
		cpu.flagB = y;
		cpu.flagResult = v;
	}

	static void sub(Cpu cpu, long x, long y, long v) {
		cpu.flagKind = FlagKind.SUB;
		cpu.flagA = x;
		cpu.flagB = y;
		cpu.flagResult = v;
	}

	static void logic(Cpu cpu, long v) {
		cpu.flagKind = FlagKind.LOGIC;
		cpu.flagResult = v;
	}

	static void step(Cpu cpu, int kind, long x, long v) {
		cpu.flagB = cpu.carry();
		cpu.flagKind = kind;
		cpu.flagA = x;
		cpu.flagResult = v;
	}

	static void shift(Cpu cpu, long carry, long overflow, long v) {
		cpu.flagKind = FlagKind.SHIFT;
		cpu.flagB = carry & 1 | (overflow & 1) << 1;
		cpu.flagResult = v;
	}

	static long shl64(Cpu cpu, long x, int count) {
		long v = x << count;
		long carry = x >>> 64 - count;
		shift(cpu, carry, carry ^ v >>> 63, v);
		return v;
	}

	static long shl32(Cpu cpu, long x, int count) {
		int v = (int) x << count;
		long carry = x >>> 32 - count;
		shift(cpu, carry, carry ^ v >>> 31, v);
		return v & 0xFFFFFFFFL;
	}

	static long shr64(Cpu cpu, long x, int count) {
		long v = x >>> count;
		shift(cpu, x >>> count - 1, count == 1 ? x >>> 63 : 0, v);
		return v;
	}

	static long shr32(Cpu cpu, long x, int count) {
		int v = (int) x >>> count;
		shift(cpu, (x & 0xFFFFFFFFL) >>> count - 1, count == 1 ? x >>> 31 : 0, v);
		return v & 0xFFFFFFFFL;
	}

	static long sar64(Cpu cpu, long x, int count) {
		long v = x >> count;
		shift(cpu, x >> count - 1, 0, v);
		return v;
	}

	static long sar32(Cpu cpu, long x, int count) {
		int v = (int) x >> count;
		shift(cpu, (int) x >> count - 1, 0, v);
		return v & 0xFFFFFFFFL;
	}

	static void rotated(Cpu cpu, long carry, long overflow) {
		int kept = cpu.arithmeticFlags() & ~(1 | 0x800);
		cpu.setArithmeticFlags(kept | (int) carry & 1 | ((int) overflow & 1) << 11);
	}

	static long rol64(Cpu cpu, long x, int count) {
		long v = Long.rotateLeft(x, count);
		rotated(cpu, v, v ^ v >>> 63);
		return v;
	}

	static long rol32(Cpu cpu, long x, int count) {
		int v = Integer.rotateLeft((int) x, count);
		rotated(cpu, v, v ^ v >>> 31);
		return v & 0xFFFFFFFFL;
	}

	static long ror64(Cpu cpu, long x, int count) {
		long v = Long.rotateRight(x, count);
		rotated(cpu, v >>> 63, v >>> 63 ^ v >>> 62);
		return v;
	}

	static long ror32(Cpu cpu, long x, int count) {
		int v = Integer.rotateRight((int) x, count);
		rotated(cpu, v >>> 31, v >>> 31 ^ v >>> 30);
		return v & 0xFFFFFFFFL;
	}

	static long multiply64(Cpu cpu, long x, long y) {
		long v = x * y;
		long lost = Math.multiplyHigh(x, y) == v >> 63 ? 0 : 1;
		shift(cpu, lost, lost, v);
		return v;
	}

	static long multiply32(Cpu cpu, int x, int y) {
		long wide = (long) x * y;
		int v = (int) wide;
		long lost = wide == v ? 0 : 1;
		shift(cpu, lost, lost, v);
		return v & 0xFFFFFFFFL;
	}

	static void widening64(Cpu cpu, long[] r, long y) {
		long high = Math.unsignedMultiplyHigh(r[Cpu.RAX], y);
		long low = r[Cpu.RAX] * y;
		long lost = high == 0 ? 0 : 1;
		shift(cpu, lost, lost, low);
		r[Cpu.RAX] = low;
		r[Cpu.RDX] = high;
	}

	static void widening32(Cpu cpu, long[] r, long y) {
		long v = (r[Cpu.RAX] & 0xFFFFFFFFL) * (y & 0xFFFFFFFFL);
		long lost = v >>> 32 == 0 ? 0 : 1;
		shift(cpu, lost, lost, (int) v);
		r[Cpu.RAX] = v & 0xFFFFFFFFL;
		r[Cpu.RDX] = v >>> 32;
	}

	static void bitTest(Cpu cpu, long bit) {
		cpu.setArithmeticFlags(cpu.arithmeticFlags() & ~1 | (int) bit & 1);
	}
}
