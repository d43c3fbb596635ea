package mshv.backend.emu.memory;

import jdk.internal.misc.Unsafe;

/** Host memory through the JDK's own primitive: no bounds, no liveness check, every access one instruction. */
final class UnsafeMemory extends RawMemory {
	private static final Unsafe UNSAFE = Unsafe.getUnsafe();
	private static final long BYTES = Unsafe.ARRAY_BYTE_BASE_OFFSET;
	private static final long LONGS = Unsafe.ARRAY_LONG_BASE_OFFSET;
	/** The instruction that HotSpot uses there is atomic at any address; beyond a cache line it would stop all processors of the host. */
	private static final boolean X86 = System.getProperty("os.arch").matches("amd64|x86_64");

	UnsafeMemory() {}

	@Override
	public byte getByte(long address) {
		return UNSAFE.getByte(address);
	}

	@Override
	public short getShort(long address) {
		return UNSAFE.getShort(address);
	}

	@Override
	public int getInt(long address) {
		return UNSAFE.getInt(address);
	}

	@Override
	public long getLong(long address) {
		return UNSAFE.getLong(address);
	}

	@Override
	public void putByte(long address, byte value) {
		UNSAFE.putByte(address, value);
	}

	@Override
	public void putShort(long address, short value) {
		UNSAFE.putShort(address, value);
	}

	@Override
	public void putInt(long address, int value) {
		UNSAFE.putInt(address, value);
	}

	@Override
	public void putLong(long address, long value) {
		UNSAFE.putLong(address, value);
	}

	@Override
	public void copy(long from, long to, long length) {
		UNSAFE.copyMemory(from, to, length);
	}

	@Override
	public void copyOut(long from, byte[] to, int offset, int length) {
		java.util.Objects.checkFromIndexSize(offset, length, to.length);
		UNSAFE.copyMemory(null, from, to, BYTES + offset, length);
	}

	@Override
	public void copyIn(byte[] from, int offset, long to, int length) {
		java.util.Objects.checkFromIndexSize(offset, length, from.length);
		UNSAFE.copyMemory(from, BYTES + offset, null, to, length);
	}

	@Override
	public void copyOut(long from, long[] to, int count) {
		java.util.Objects.checkFromIndexSize(0, count, to.length);
		UNSAFE.copyMemory(null, from, to, LONGS, 8L * count);
	}

	@Override
	public void copyIn(long[] from, long to, int count) {
		java.util.Objects.checkFromIndexSize(0, count, from.length);
		UNSAFE.copyMemory(from, LONGS, null, to, 8L * count);
	}

	@Override
	public void fill(long address, long length, byte value) {
		UNSAFE.setMemory(address, length, value);
	}

	@Override
	public boolean atomicWithinLine() {
		return X86;
	}

	@Override
	public boolean compareAndSetInt(long address, int expected, int value) {
		return UNSAFE.compareAndSetInt(null, address, expected, value);
	}

	@Override
	public boolean compareAndSetLong(long address, long expected, long value) {
		return UNSAFE.compareAndSetLong(null, address, expected, value);
	}
}
