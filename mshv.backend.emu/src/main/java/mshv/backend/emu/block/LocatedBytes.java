package mshv.backend.emu.block;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** The bytes of all code of a region with the places where they were found, to be compared at every entry after an exit. */
final class LocatedBytes {
	/** For each word its host address, a mask of the bytes that count, and these. */
	private final long[] located;

	private LocatedBytes(SortedMap<Long, Word> found) {
		located = found.entrySet().stream().flatMapToLong(entry -> LongStream.of(entry.getKey(), entry.getValue().mask,
			entry.getValue().value)).toArray();
	}

	/** @return whether all bytes are where they were */
	boolean areThere() {
		final long[] located = this.located;
		// No way out within, and a step of one: HotSpot then needs no check in each round
		int count = located.length / 3;
		long difference = 0;
		for (int i = 0; i < count; i++) {
			difference |= (RAW.getLong(located[3 * i]) ^ located[3 * i + 2]) & located[3 * i + 1];
		}
		return difference == 0;
	}

	private record Word(long mask, long value) {
		Word with(Word other) {
			return new Word(mask | other.mask, value | other.value);
		}
	}

	/** Collects bytes. Words that hold code of several blocks become one. */
	static final class Builder {
		private final SortedMap<Long, Word> found = new TreeMap<>();

		/** @param place host address, aligned
		 * @param mask of the bytes that count; the others of {@code word} are 0 */
		void add(long place, long mask, long word) {
			found.merge(place, new Word(mask, word), Word::with);
		}

		LocatedBytes build() {
			return new LocatedBytes(found);
		}
	}
}
