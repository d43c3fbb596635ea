package mshv.shell.help;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What the console offers for a parameter of a command. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface Completes {
	/** Sources of candidates. */
	enum Source {
		/** Files and folders. */
		FILES("__files"),
		/** Guests by their id. */
		GUESTS("mshv:__guests"),
		/** Backends by their name. */
		BACKENDS("mshv:__backends"),
		/** Registers by their name. */
		REGISTERS("mshv:__registers"),
		/** Commands of this scope. */
		COMMANDS("mshv:__commands"),
		/** What random operations are done to. */
		RANDOM_TARGETS("mshv:__targets");

		private final String function;

		Source(String function) {
			this.function = function;
		}

		/** @return the Gogo function that gives the candidates */
		public String function() {
			return function;
		}
	}

	/** @return where the candidates come from */
	Source value();
}
