package mshv.api.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.osgi.annotation.versioning.ProviderType;

/** Makes the calls of a trace again; a service. */
@ProviderType
public interface TraceReplay {
	/** Makes the calls in the order in which they were answered, on the caller's thread, until one has another outcome.
	 * @param backend value of {@link mshv.api.Hypervisor#BACKEND}
	 * @param trace lines of JSON, as {@code mshv exec --trace} writes them
	 * @param rules by which calls fail, as {@code mshv exec --fail} takes them
	 * @param patience longest time for one run of a processor
	 * @return what was done, and the first difference if there is one
	 * @throws IllegalArgumentException if there is no such backend, or a rule means nothing
	 * @throws TraceException if the trace is none, or not whole
	 * @throws IOException if the trace cannot be read */
	ReplayReport replay(String backend, Path trace, List<String> rules, Duration patience) throws TraceException, IOException;
}
