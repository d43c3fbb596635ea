package mshv.fake;

import mshv.api.Intercept;

/** What a processor does instead of executing a guest. */
@FunctionalInterface
public interface Script {
	/** @return the next intercept, or null to be idle until the run is interrupted */
	Intercept next(FakeProcessor processor);

	/** @return a script that lets each processor do all of a list, then be idle */
	static Script of(Intercept... list) {
		Intercept[] all = list.clone();
		return processor -> processor.played() < all.length ? all[processor.played()] : null;
	}
}
