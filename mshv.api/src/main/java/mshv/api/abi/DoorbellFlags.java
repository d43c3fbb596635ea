package mshv.api.abi;

/** Flags of a doorbell's connection (HV_DOORBELL_FLAGS): which writes ring it. */
public final class DoorbellFlags {
	/** Mask of the size: 0 any, 1 one byte, 2 two, 3 four, 4 eight. */
	public static final long SIZE_MASK = 7;
	/** Writes of any value, not only the trigger value. */
	public static final long ANY_VALUE = 1L << 31;

	private static final int LARGEST_SIZE = 4;

	private DoorbellFlags() {}

	/** @param bytes 1, 2, 4, 8, or 0 for any size */
	public static long size(int bytes) {
		return bytes == 0 ? 0 : Integer.numberOfTrailingZeros(bytes) + 1;
	}

	/** @return bytes of the writes that ring, 0 for any size */
	public static int bytes(long flags) {
		int size = (int) (flags & SIZE_MASK);
		return size == 0 ? 0 : 1 << size - 1;
	}

	/** @return true if every flag exists and the size is one */
	public static boolean valid(long flags) {
		return (flags & ~(SIZE_MASK | ANY_VALUE)) == 0 && (flags & SIZE_MASK) <= LARGEST_SIZE;
	}
}
