package mshv.api.conformance;

import java.util.function.Consumer;

import org.osgi.annotation.versioning.ProviderType;

/** Checks whether a backend keeps the rules of the contract; a service. One run at a time; others wait. */
@ProviderType
public interface ConformanceSuite {
	/** @param section number of a section of the contract, with or without what is below it: {@code 9} has {@code 9.2}
	 * @return true if the suite has such a section */
	boolean hasSection(String section);

	/** Checks the rules of a backend on threads of its own and of the caller. Takes seconds to minutes.
	 * @param backend value of {@link mshv.api.Hypervisor#BACKEND}; a service with it should be there
	 * @param section only rules of this section and of those below it; empty for all
	 * @param progress is told of each rule when it has been checked, on the caller's thread
	 * @return the results, in the order in which they came */
	ConformanceReport run(String backend, String section, Consumer<RuleResult> progress);
}
