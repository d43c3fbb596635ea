package mshv.api.conformance;

import java.util.function.LongConsumer;

import org.osgi.annotation.versioning.ProviderType;

/** Does random things to a backend and looks for what must never happen; a service. */
@ProviderType
public interface RandomOperations {
	/** What the operations are done to. */
	enum Target {
		/** The services of {@code mshv.api}. */
		API,
		/** Raw hypercalls ({@link mshv.api.hypercall.HypercallInterface}). */
		HYPERCALL,
		/** The backend as a guest sees it: random code, MSRs and hypercalls inside a partition. */
		GUEST
	}

	/** Does random operations. The first thing that must not happen ends the run.
	 * @param backend value of {@link mshv.api.Hypervisor#BACKEND}; it should have no other user meanwhile
	 * @param target what the operations are done to
	 * @param count how many, at least 1
	 * @param seed the same seed and number of threads give each thread the same operations
	 * @param threads how many threads do them, 1 to 64
	 * @param progress is told now and then how many have been done, on the caller's thread
	 * @return what was found */
	RandomReport run(String backend, Target target, long count, long seed, int threads, LongConsumer progress);
}
