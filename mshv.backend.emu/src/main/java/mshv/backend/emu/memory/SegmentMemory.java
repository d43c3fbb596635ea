package mshv.backend.emu.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Host memory through one segment over the whole address space: needs no access to JDK internals, and is slower in long code. */
final class SegmentMemory extends RawMemory {
	private static final MemorySegment ALL = everything();
	private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
	private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
	private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
	private static final VarHandle ATOMIC_INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
	private static final VarHandle ATOMIC_LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

	SegmentMemory() {}

	@SuppressWarnings("restricted")
	private static MemorySegment everything() {
		return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
	}

	@Override
	public byte getByte(long address) {
		return ALL.get(ValueLayout.JAVA_BYTE, address);
	}

	@Override
	public short getShort(long address) {
		return ALL.get(SHORT, address);
	}

	@Override
	public int getInt(long address) {
		return ALL.get(INT, address);
	}

	@Override
	public long getLong(long address) {
		return ALL.get(LONG, address);
	}

	@Override
	public void putByte(long address, byte value) {
		ALL.set(ValueLayout.JAVA_BYTE, address, value);
	}

	@Override
	public void putShort(long address, short value) {
		ALL.set(SHORT, address, value);
	}

	@Override
	public void putInt(long address, int value) {
		ALL.set(INT, address, value);
	}

	@Override
	public void putLong(long address, long value) {
		ALL.set(LONG, address, value);
	}

	@Override
	public void copy(long from, long to, long length) {
		MemorySegment.copy(ALL, from, ALL, to, length);
	}

	@Override
	public void copyOut(long from, byte[] to, int offset, int length) {
		MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, from, to, offset, length);
	}

	@Override
	public void copyIn(byte[] from, int offset, long to, int length) {
		MemorySegment.copy(from, offset, ALL, ValueLayout.JAVA_BYTE, to, length);
	}

	@Override
	public void copyOut(long from, long[] to, int count) {
		MemorySegment.copy(ALL, ValueLayout.JAVA_LONG_UNALIGNED, from, to, 0, count);
	}

	@Override
	public void copyIn(long[] from, long to, int count) {
		MemorySegment.copy(from, 0, ALL, ValueLayout.JAVA_LONG_UNALIGNED, to, count);
	}

	@Override
	public void fill(long address, long length, byte value) {
		ALL.asSlice(address, length).fill(value);
	}

	@Override
	public boolean atomicWithinLine() {
		return false;
	}

	@Override
	public boolean compareAndSetInt(long address, int expected, int value) {
		return ATOMIC_INT.compareAndSet(ALL, address, expected, value);
	}

	@Override
	public boolean compareAndSetLong(long address, long expected, long value) {
		return ATOMIC_LONG.compareAndSet(ALL, address, expected, value);
	}
}
