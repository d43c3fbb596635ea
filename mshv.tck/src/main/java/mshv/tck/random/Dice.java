package mshv.tck.random;

import java.util.List;
import java.util.SplittableRandom;

/** Chance that follows from a seed. One thread. */
final class Dice {
	private final SplittableRandom random;

	Dice(long seed) {
		random = new SplittableRandom(seed);
	}

	/** @return 0 to bound-1 */
	int below(int bound) {
		return random.nextInt(bound);
	}

	/** @return true once in so many times */
	boolean oneIn(int times) {
		return random.nextInt(times) == 0;
	}

	long bits() {
		return random.nextLong();
	}

	<T> T pick(List<T> list) {
		return list.get(random.nextInt(list.size()));
	}

	int pick(int... values) {
		return values[random.nextInt(values.length)];
	}

	/** @return a value that is more likely than others to be at some boundary */
	long edge() {
		return switch (random.nextInt(8)) {
			case 0 -> 0;
			case 1 -> random.nextInt(16);
			case 2 -> 1L << random.nextInt(64);
			case 3 -> (1L << random.nextInt(64)) - 1;
			case 4 -> -1L - random.nextInt(4);
			case 5 -> random.nextInt(1 << 16);
			case 6 -> (long) random.nextInt(1 << 20) << 12;
			default -> random.nextLong();
		};
	}

	byte[] bytes(int size) {
		byte[] bytes = new byte[size];
		random.nextBytes(bytes);
		return bytes;
	}
}
