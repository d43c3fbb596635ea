package mshv.vmm.fake;

import mshv.api.Intercept;

/** What a processor does instead of executing a guest. */
@FunctionalInterface
public interface Script {
	/** @return the next intercept, or null to be idle until the run is interrupted */
	Intercept next(FakeProcessor processor);
}
