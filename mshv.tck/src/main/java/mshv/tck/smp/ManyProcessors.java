package mshv.tck.smp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

@Conformance("several processors: many")
class ManyProcessors {
	private static final int MOST = 64;
	private static final int PARTITIONS = 12;

	private final Hypervisor hypervisor;

	ManyProcessors(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** LOCK INC QWORD [DATA], a hundred times. */
	private static GuestCode counting() {
		GuestCode code = GuestCode.forLongMode().movRdi(Processors.DATA).movEcx(100);
		int loop = code.position();
		code.raw(0xF0, 0x48, 0xFF, 0x07, 0xFF, 0xC9);
		return code.raw(0x75, loop - code.position() - 2).movAl(1).out(1);
	}

	@Test
	void sixtyFourProcessorsOfOnePartitionRun() {
		try (Processors processors = new Processors(hypervisor, Collections.nCopies(MOST, counting()))) {
			assertEquals(Collections.nCopies(MOST, 1), processors.run());
			assertEquals(100 * MOST, processors.guest().counter(Processors.DATA));
		}
	}

	@Test
	void aDozenPartitionsRunAtOnce() {
		List<Processors> all = new ArrayList<>();
		try {
			for (int i = 0; i < PARTITIONS; i++) {
				all.add(new Processors(hypervisor, Collections.nCopies(2, counting())));
			}
			List<List<Future<Intercept>>> runs = all.stream().map(Processors::start).toList();
			runs.forEach(two -> two.forEach(run -> assertEquals(1, Processors.report(run))));
			all.forEach(processors -> assertEquals(200, processors.guest().counter(Processors.DATA)));
		} finally {
			all.forEach(Processors::close);
		}
	}

	/** Each processor is interrupted while it runs, and comes back. */
	@Test
	void allProcessorsCanBeInterrupted() {
		GuestCode loop = GuestCode.forLongMode().loopForever();
		try (Processors processors = new Processors(hypervisor, Collections.nCopies(8, loop))) {
			List<Future<Intercept>> runs = processors.start();
			for (int i = 0; i < 8; i++) {
				processors.processor(i).interrupt();
			}
			runs.forEach(run -> assertEquals(Intercept.Interrupted.INSTANCE, Guest.join(run)));
		}
	}
}
