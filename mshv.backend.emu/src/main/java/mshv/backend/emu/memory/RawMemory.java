package mshv.backend.emu.memory;

/**
 * Little-endian access to host memory by address: the one place where the engine touches memory that the JVM does not manage.
 * <p>
 * Addresses are those of native memory that the caller knows to be mapped and alive; nothing is checked here. Accesses of up to eight
 * bytes may be unaligned; aligned ones are single-copy atomic. There are two implementations, chosen once when the class is loaded:
 * {@link UnsafeMemory}, when the JVM exports {@code jdk.internal.misc} to this bundle, and {@link SegmentMemory} otherwise.
 */
public abstract sealed class RawMemory permits UnsafeMemory, SegmentMemory {
	/** The implementation for this JVM; a constant for the JIT compilers, so calls through it are inlined. */
	public static final RawMemory RAW = choose();

	RawMemory() {}

	private static RawMemory choose() {
		try {
			return new UnsafeMemory();
		} catch (LinkageError notExported) {
			return new SegmentMemory();
		}
	}

	/** @return the byte at {@code address}, sign-extended */
	public abstract byte getByte(long address);

	/** @return the 16-bit value at {@code address} */
	public abstract short getShort(long address);

	/** @return the 32-bit value at {@code address} */
	public abstract int getInt(long address);

	/** @return the 64-bit value at {@code address} */
	public abstract long getLong(long address);

	/** Stores the low 8 bits of {@code value}. */
	public abstract void putByte(long address, byte value);

	/** Stores 16 bits. */
	public abstract void putShort(long address, short value);

	/** Stores 32 bits. */
	public abstract void putInt(long address, int value);

	/** Stores 64 bits. */
	public abstract void putLong(long address, long value);

	/** Copies {@code length} bytes upwards or downwards as needed: overlapping ranges come out as if copied through a buffer. */
	public abstract void copy(long from, long to, long length);

	/** Copies {@code length} bytes out of host memory into {@code to} from index {@code offset}. */
	public abstract void copyOut(long from, byte[] to, int offset, int length);

	/** Copies {@code length} bytes of {@code from}, from index {@code offset}, into host memory. */
	public abstract void copyIn(byte[] from, int offset, long to, int length);

	/** Copies {@code count} values out of host memory to the beginning of {@code to}. */
	public abstract void copyOut(long from, long[] to, int count);

	/** Copies the first {@code count} values of {@code from} into host memory. */
	public abstract void copyIn(long[] from, long to, int count);

	/** Sets {@code length} bytes to {@code value}. */
	public abstract void fill(long address, long length, byte value);

	/** @return true if {@link #compareAndSetLong} works at any address whose eight bytes lie within a cache line */
	public abstract boolean atomicWithinLine();

	/** Volatile compare and set of an aligned 32-bit value. @return true if it was {@code expected} and is now {@code value} */
	public abstract boolean compareAndSetInt(long address, int expected, int value);

	/** Volatile compare and set of a 64-bit value, aligned unless {@link #atomicWithinLine}. @return true if it was {@code expected} and is now {@code value} */
	public abstract boolean compareAndSetLong(long address, long expected, long value);
}
