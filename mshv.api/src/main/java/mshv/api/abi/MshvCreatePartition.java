package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Argument of MSHV_CREATE_PARTITION (mshv_create_partition, mshv_create_partition_v2).
 *
 * @param flags pt_flags; with bit 3 the structure has its second form
 * @param isolation pt_isolation
 * @param banks pt_num_cpu_fbanks, 2 in the second form
 * @param disabledFeatures0 bank 0, a set bit disables the feature
 * @param disabledFeatures1 bank 1
 * @param disabledXsave pt_disabled_xsave
 */
public record MshvCreatePartition(long flags, long isolation, int banks, long disabledFeatures0, long disabledFeatures1,
		long disabledXsave) {
	/** Size of the first form in bytes, which the ioctl's number has. */
	public static final int SIZE = 16;
	/** Size of the second form in bytes. */
	public static final int SIZE_2 = 64;
	/** Bit of the flags: the second form. */
	public static final int CPU_AND_XSAVE_FEATURES = 8;

	/** @return size of this structure's form in bytes */
	public int size() {
		return (flags & CPU_AND_XSAVE_FEATURES) != 0 ? SIZE_2 : SIZE;
	}

	/** Writes every byte of the form that the flags ask for, reserved ones as zero. @param at at least {@link #size} bytes */
	public void encode(MemorySegment at) {
		at.asSlice(0, size()).fill((byte) 0);
		at.set(JAVA_LONG_UNALIGNED, 0, flags);
		at.set(JAVA_LONG_UNALIGNED, 8, isolation);
		if (size() == SIZE_2) {
			at.set(JAVA_SHORT_UNALIGNED, 16, (short) banks);
			at.set(JAVA_LONG_UNALIGNED, 24, disabledFeatures0);
			at.set(JAVA_LONG_UNALIGNED, 32, disabledFeatures1);
			at.set(JAVA_LONG_UNALIGNED, 56, disabledXsave);
		}
	}

	/** @param at {@link #SIZE} bytes, or {@link #SIZE_2} if the flags ask for the second form
	 * @return the structure at {@code at}; what the form lacks is zero */
	public static MshvCreatePartition decode(MemorySegment at) {
		long flags = at.get(JAVA_LONG_UNALIGNED, 0);
		long isolation = at.get(JAVA_LONG_UNALIGNED, 8);
		if (at.byteSize() < SIZE_2 || (flags & CPU_AND_XSAVE_FEATURES) == 0) {
			return new MshvCreatePartition(flags, isolation, 0, 0, 0, 0);
		}
		return new MshvCreatePartition(flags, isolation, at.get(JAVA_SHORT_UNALIGNED, 16) & 0xFFFF, at.get(JAVA_LONG_UNALIGNED, 24),
			at.get(JAVA_LONG_UNALIGNED, 32), at.get(JAVA_LONG_UNALIGNED, 56));
	}

	/** @param at {@link #SIZE_2} bytes
	 * @return true if every reserved byte of the second form is zero */
	public static boolean reservedIsZero(MemorySegment at) {
		return at.get(JAVA_LONG_UNALIGNED, 16) >>> 16 == 0 && at.get(JAVA_LONG_UNALIGNED, 40) == 0
			&& at.get(JAVA_LONG_UNALIGNED, 48) == 0;
	}
}
