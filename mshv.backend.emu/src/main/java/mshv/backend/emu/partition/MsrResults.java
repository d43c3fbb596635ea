package mshv.backend.emu.partition;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the root has registered for MSRs on one processor that it would otherwise be asked about, or that do not exist. Any thread. */
final class MsrResults {
	/** What happens to an access. */
	enum Action {
		/** #GP. */
		FAULT,
		/** A read gives zero, a write does nothing. */
		IGNORE
	}

	private record Key(int index, int access) {}

	private final Map<Key, Action> registered = new ConcurrentHashMap<>();

	/** @param access bits of {@link Intercepts} */
	void register(int index, int access, Action action) {
		for (int bit : new int[] {Intercepts.READ, Intercepts.WRITE}) {
			if ((access & bit) != 0) {
				registered.put(new Key(index, bit), action);
			}
		}
	}

	/** @param access one bit of {@link Intercepts}
	 * @return what happens, null if nothing is registered */
	Action get(int index, int access) {
		return registered.isEmpty() ? null : registered.get(new Key(index, access));
	}
}
