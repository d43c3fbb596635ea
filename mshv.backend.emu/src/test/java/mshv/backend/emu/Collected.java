package mshv.backend.emu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.concurrent.TimeUnit;

/** Waits for the garbage collector to take what nothing refers to. */
public final class Collected {
	private static final long DEADLINE = TimeUnit.SECONDS.toNanos(30);

	private Collected() {}

	/** @param what said if something refers to it still */
	public static void await(WeakReference<?> reference, String what) {
		long start = System.nanoTime();
		while (reference.get() != null) {
			assertTrue(System.nanoTime() - start < DEADLINE, () -> what + " is still held");
			System.gc();
		}
	}
}
