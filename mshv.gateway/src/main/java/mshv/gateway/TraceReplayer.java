package mshv.gateway;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;

import mshv.api.Hypervisor;
import mshv.api.event.LinuxEvents;
import mshv.api.replay.ReplayReport;
import mshv.api.replay.TraceException;
import mshv.api.replay.TraceReplay;
import mshv.gateway.fault.FaultRules;
import mshv.gateway.trace.TraceReader;

/** Replays traces on the backends that are there. */
@Component
public final class TraceReplayer implements TraceReplay {
	private final Logger logger;
	@Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
	private volatile LinuxEvents events;
	@Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC, fieldOption = FieldOption.REPLACE)
	private volatile List<Hypervisor> hypervisors = List.of();

	/** @param logger is told what goes wrong here */
	@Activate
	public TraceReplayer(@Reference(service = LoggerFactory.class) Logger logger) {
		this.logger = logger;
	}

	@Override
	public ReplayReport replay(String backend, Path trace, List<String> rules, Duration patience) throws TraceException, IOException {
		Hypervisor hypervisor = hypervisors.stream().filter(each -> each.backend().equals(backend)).findFirst()
			.orElseThrow(() -> new IllegalArgumentException("no backend " + backend));
		FaultRules faults = new FaultRules(rules);
		try (TraceReader reader = new TraceReader(trace)) {
			return new Replay(hypervisor, events, faults, patience, logger).run(reader);
		}
	}
}
