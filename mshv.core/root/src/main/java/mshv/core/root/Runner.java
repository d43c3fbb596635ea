package mshv.core.root;

import mshv.api.Intercept;

/** Runs one processor, in the way that the hypervisor's scheduler asks for. */
sealed interface Runner permits Dispatcher, ScheduledRunner {
	/** @return who runs the processor, and who wants it to stop */
	RunControl control();

	/** @return intercepts so far */
	long intercepts();

	/** Runs the processor until it needs the caller. */
	Intercept run();

	/** The processor may be ready: whoever waits for it looks again. Never blocks. */
	void kick();

	/** The hypervisor says that a message is in the processor's page. Never blocks. */
	void intercepted();

	/** Ends the present run, or the next. */
	void interrupt();

	/** Ends the present run and lets none begin; does not wait. */
	void close();

	/** Waits for the run that was under way when {@link #close} was called. */
	void awaitLeft();
}
