package mshv.api.conformance;

import java.util.List;
import java.util.function.Consumer;

import org.osgi.annotation.versioning.ProviderType;

/** Measures what operations of a backend cost; a service. */
@ProviderType
public interface CostMeasurement {
	/** Measures on the caller's thread and a few of its own, for about a minute.
	 * @param backend value of {@link mshv.api.Hypervisor#BACKEND}
	 * @param rounds how often each operation is measured, after some rounds that do not count; at least 1
	 * @param progress is told what is measured next, on the caller's thread
	 * @return a figure for each operation that the backend offers */
	List<Cost> measure(String backend, int rounds, Consumer<String> progress);
}
