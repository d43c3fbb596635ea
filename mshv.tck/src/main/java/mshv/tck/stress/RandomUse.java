package mshv.tck.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.conformance.RandomOperations;
import mshv.api.conformance.RandomOperations.Target;
import mshv.api.conformance.RandomReport;
import mshv.tck.Conformance;

/** Some seconds of what the command {@code fuzz} does for as long as it is told. */
@Conformance("random operations")
class RandomUse {
	private static final long FIXED_SEED = 1;
	private static final int THREADS = 3;
	private static final int COUNT = 3000;

	private final Hypervisor hypervisor;
	private final RandomOperations operations;

	RandomUse(Hypervisor hypervisor, RandomOperations operations) {
		this.hypervisor = hypervisor;
		this.operations = operations;
	}

	private void noFaultIn(Target target, long seed, int count) {
		RandomReport report = operations.run(hypervisor.backend(), target, count, seed, THREADS, _ -> {});
		assumeTrue(report.offered(), "no raw hypercalls");
		assertEquals(List.of(), report.failures(), () -> "seed " + seed + ", " + THREADS + " threads, target " + target);
		assertEquals(count, report.done());
	}

	/** The same operations every time, then others. */
	private void noFaultIn(Target target) {
		noFaultIn(target, FIXED_SEED, COUNT);
		long seed = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
		System.out.println("random operations: target " + target + ", seed " + seed + ", " + THREADS + " threads");
		noFaultIn(target, seed, COUNT);
	}

	@Test
	void randomUseOfTheApiDoesNoHarm() {
		noFaultIn(Target.API);
	}

	@Test
	void randomHypercallsDoNoHarm() {
		noFaultIn(Target.HYPERCALL);
	}

	@Test
	void randomGuestsDoNoHarm() {
		noFaultIn(Target.GUEST);
	}

	@Test
	void aSeedGivesTheSameOperationsAgain() {
		// One thread alone: what others do at the same time decides what is refused
		RandomReport first = operations.run(hypervisor.backend(), Target.HYPERCALL, COUNT, FIXED_SEED, 1, _ -> {});
		RandomReport second = operations.run(hypervisor.backend(), Target.HYPERCALL, COUNT, FIXED_SEED, 1, _ -> {});
		assumeTrue(first.offered(), "no raw hypercalls");
		assertEquals(first, second);
	}
}
