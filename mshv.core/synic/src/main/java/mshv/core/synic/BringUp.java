package mshv.core.synic;

import java.util.ArrayDeque;
import java.util.Deque;

/** Steps that were taken, with what undoes each. */
final class BringUp {
	private final Deque<Runnable> undo = new ArrayDeque<>();

	/** Takes a step. @param step if it throws it has done nothing
	 * @param reverse undoes it */
	void step(Runnable step, Runnable reverse) {
		step.run();
		undo.push(reverse);
	}

	/** Undoes all steps, the last one first. A step that cannot be undone does not keep the others from it. */
	void reverse() {
		RuntimeException first = null;
		while (!undo.isEmpty()) {
			try {
				undo.pop().run();
			} catch (RuntimeException e) {
				if (first == null) {
					first = e;
				} else {
					first.addSuppressed(e);
				}
			}
		}
		if (first != null) {
			throw first;
		}
	}
}
