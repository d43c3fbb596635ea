package mshv.backend.emu;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of the emulated hypervisor. */
@ObjectClassDefinition(name = "Emulated hypervisor", description = "A hypervisor in Java: executes x86-64 guests on any machine.")
@interface EmulatedHypervisorConfig {
	/** @return frequency of the guests' time-stamp counters in Hz */
	@AttributeDefinition(name = "Time-stamp counter frequency",
		description = "Frequency of the guests' time-stamp counters in Hz, from 100 MHz to 60 GHz.", min = "100000000", max = "60000000000")
	long timeStampFrequency() default 2_000_000_000L;

	/** @return HV_SCHEDULER_TYPE */
	@AttributeDefinition(name = "Scheduler",
		description = "4: processors run on the threads that ask for it; 1 to 3: on threads of the hypervisor, one for each.", min = "1",
		max = "4")
	int schedulerType() default 4;

	/** @return how often code is come to before it is translated; 0: never */
	@AttributeDefinition(name = "Translation threshold",
		description = "How often guest code is come to before it is translated to bytecode; 0: never, all of it is interpreted.", min = "0")
	int translationThreshold() default 30_000;
}
