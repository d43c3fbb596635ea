package mshv.backend.emu.vectors;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** Writes a result as its difference from the input, and reads it back. */
final class ResultCodec {
	/** In place of a vector: the processor's result cannot be told apart from the operating system's. */
	private static final int SKIPPED = 0xFF;
	private static final int XMM = 1;
	private static final int MXCSR = 2;
	private static final int X87_CONTROL = 4;
	private static final int X87_REGISTERS = 8;
	private static final int DATA = 16;
	private static final int FLAGS = 32;
	private static final int RIP = 64;
	private static final int BASES = 128;

	private ResultCodec() {
	}

	/** Eight bits that change with the input; they tell a file made by another version of the generator. */
	static int check(TestCase in) {
		CpuState s = in.state;
		long h = Arrays.hashCode(in.code) * 31L + in.codeLength + s.rip * 37 + s.rflags * 41 + s.fcw + s.fsw * 43L + s.ftw * 47L + s.mxcsr;
		h = h * 31 + Arrays.hashCode(s.gpr) + Arrays.hashCode(s.xmm) + Arrays.hashCode(s.significand) + Arrays.hashCode(s.signExponent);
		return (int) (Prng.mix(h * 31 + Arrays.hashCode(s.data)) >>> 56);
	}

	static void writeSkipped(DataOutputStream out) throws IOException {
		out.writeByte(SKIPPED);
	}

	static void write(TestCase in, TestResult result, DataOutputStream out) throws IOException {
		CpuState before = in.state;
		CpuState after = result.state;
		out.writeByte(result.vector + 1);
		if (result.vector != TestResult.NO_EXCEPTION) {
			number(out, result.errorCode);
			number(out, result.faultAddress);
		}
		long expectedRip = expectedRip(in, result.vector);
		int changed = Arrays.equals(before.xmm, after.xmm) ? 0 : XMM;
		changed |= before.mxcsr == after.mxcsr ? 0 : MXCSR;
		changed |= before.fcw == after.fcw && before.fsw == after.fsw && before.ftw == after.ftw ? 0 : X87_CONTROL;
		boolean sameStack = Arrays.equals(before.significand, after.significand) && Arrays.equals(before.signExponent, after.signExponent);
		changed |= sameStack ? 0 : X87_REGISTERS;
		changed |= Arrays.equals(before.data, after.data) ? 0 : DATA;
		changed |= before.rflags == after.rflags ? 0 : FLAGS;
		changed |= expectedRip == after.rip ? 0 : RIP;
		changed |= before.fsBase == after.fsBase && before.gsBase == after.gsBase ? 0 : BASES;
		out.writeByte(changed);
		longs(before.gpr, after.gpr, out);
		if ((changed & XMM) != 0) {
			longs(before.xmm, after.xmm, out);
		}
		if ((changed & MXCSR) != 0) {
			out.writeShort(after.mxcsr);
		}
		if ((changed & X87_CONTROL) != 0) {
			out.writeShort(after.fcw ^ before.fcw);
			out.writeShort(after.fsw ^ before.fsw);
			out.writeByte(after.ftw ^ before.ftw);
		}
		if ((changed & X87_REGISTERS) != 0) {
			writeStack(before, after, out);
		}
		if ((changed & FLAGS) != 0) {
			number(out, after.rflags ^ before.rflags);
		}
		if ((changed & RIP) != 0) {
			number(out, after.rip - expectedRip);
		}
		if ((changed & BASES) != 0) {
			number(out, after.fsBase - before.fsBase);
			number(out, after.gsBase - before.gsBase);
		}
		if ((changed & DATA) != 0) {
			writeData(before.data, after.data, out);
		}
	}

	/** Reads what {@link #write} wrote; false for a case without a result. */
	static boolean read(TestCase in, TestResult result, DataInputStream from) throws IOException {
		int vector = from.readUnsignedByte();
		if (vector == SKIPPED) {
			return false;
		}
		CpuState before = in.state;
		CpuState after = result.state;
		after.set(before);
		result.vector = vector - 1;
		boolean exception = result.vector != TestResult.NO_EXCEPTION;
		result.errorCode = exception ? (int) number(from) : 0;
		result.faultAddress = exception ? number(from) : 0;
		after.rip = expectedRip(in, result.vector);
		int changed = from.readUnsignedByte();
		readLongs(after.gpr, from);
		if ((changed & XMM) != 0) {
			readLongs(after.xmm, from);
		}
		if ((changed & MXCSR) != 0) {
			after.mxcsr = from.readUnsignedShort();
		}
		if ((changed & X87_CONTROL) != 0) {
			after.fcw ^= from.readUnsignedShort();
			after.fsw ^= from.readUnsignedShort();
			after.ftw ^= from.readUnsignedByte();
		}
		if ((changed & X87_REGISTERS) != 0) {
			readStack(before, after, from);
		}
		if ((changed & FLAGS) != 0) {
			after.rflags ^= number(from);
		}
		if ((changed & RIP) != 0) {
			after.rip += number(from);
		}
		if ((changed & BASES) != 0) {
			after.fsBase += number(from);
			after.gsBase += number(from);
		}
		if ((changed & DATA) != 0) {
			readData(after.data, from);
		}
		return true;
	}

	private static long expectedRip(TestCase in, int vector) {
		return vector == TestResult.NO_EXCEPTION ? in.state.rip + in.codeLength : in.state.rip;
	}

	/** The number of changed elements, then index and difference of each. */
	private static void longs(long[] before, long[] after, DataOutputStream out) throws IOException {
		int count = 0;
		for (int i = 0; i < before.length; i++) {
			count += before[i] != after[i] ? 1 : 0;
		}
		out.writeByte(count);
		for (int i = 0; i < before.length; i++) {
			if (before[i] != after[i]) {
				out.writeByte(i);
				number(out, after[i] - before[i]);
			}
		}
	}

	private static void readLongs(long[] values, DataInputStream from) throws IOException {
		int count = from.readUnsignedByte();
		for (int i = 0; i < count; i++) {
			values[from.readUnsignedByte()] += number(from);
		}
	}

	/**
	 * For each register 0 to 7 the register whose old contents it has, which after a push or pop is its neighbour, or 8 and the
	 * contents.
	 */
	private static void writeStack(CpuState before, CpuState after, DataOutputStream out) throws IOException {
		for (int i = 0; i < 8; i++) {
			int source = 8;
			for (int distance = 0; distance < 8 && source == 8; distance++) {
				int j = i + distance & 7;
				if (after.significand[i] == before.significand[j] && after.signExponent[i] == before.signExponent[j]) {
					source = distance;
				}
			}
			out.writeByte(source);
			if (source == 8) {
				number(out, after.significand[i]);
				out.writeShort(after.signExponent[i]);
			}
		}
	}

	private static void readStack(CpuState before, CpuState after, DataInputStream from) throws IOException {
		for (int i = 0; i < 8; i++) {
			int source = from.readUnsignedByte();
			if (source < 8) {
				after.significand[i] = before.significand[i + source & 7];
				after.signExponent[i] = before.signExponent[i + source & 7];
			} else {
				after.significand[i] = number(from);
				after.signExponent[i] = from.readUnsignedShort();
			}
		}
	}

	/** Runs of changed bytes: distance from the last, length, bytes; a length of 0 ends them. */
	private static void writeData(byte[] before, byte[] after, DataOutputStream out) throws IOException {
		int at = 0;
		int start = next(before, after, at);
		while (start < before.length) {
			int end = start;
			while (end < before.length && end - start < 255 && before[end] != after[end]) {
				end++;
			}
			out.writeByte(end - start);
			out.writeShort(start - at);
			out.write(after, start, end - start);
			at = end;
			start = next(before, after, at);
		}
		out.writeByte(0);
	}

	private static int next(byte[] before, byte[] after, int from) {
		int mismatch = Arrays.mismatch(before, from, before.length, after, from, after.length);
		return mismatch < 0 ? before.length : from + mismatch;
	}

	private static void readData(byte[] data, DataInputStream from) throws IOException {
		int at = 0;
		for (int length = from.readUnsignedByte(); length > 0; length = from.readUnsignedByte()) {
			at += from.readUnsignedShort();
			if (at + length > data.length) {
				throw new IOException("corrupt: a change outside the data pages");
			}
			from.readFully(data, at, length);
			at += length;
		}
	}

	/** A signed number: how many bytes it has, then the bytes, the lowest first. */
	private static void number(DataOutputStream out, long value) throws IOException {
		int bytes = value == 0 ? 0 : (72 - Long.numberOfLeadingZeros(value ^ value >> 63)) / 8;
		out.writeByte(bytes);
		for (int i = 0; i < bytes; i++) {
			out.writeByte((int) (value >>> 8 * i));
		}
	}

	private static long number(DataInputStream from) throws IOException {
		int bytes = from.readUnsignedByte();
		if (bytes > 8) {
			throw new IOException("corrupt: a number of " + bytes + " bytes");
		}
		long value = 0;
		for (int i = 0; i < bytes; i++) {
			value |= (long) from.readUnsignedByte() << 8 * i;
		}
		int unused = 64 - 8 * bytes;
		return bytes == 0 ? 0 : value << unused >> unused;
	}
}
