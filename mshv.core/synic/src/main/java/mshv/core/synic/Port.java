package mshv.core.synic;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

import mshv.api.driver.MessageReceiver;

/** Who is behind a port; it can be silenced for good. What arrives for another kind of port is skipped. */
final class Port {
	/** What is done with what arrives. */
	sealed interface User {
		/** Runs when the port is rung. */
		record Doorbell(Runnable action) implements User {}

		/** Takes messages. */
		record Messages(MessageReceiver receiver) implements User {}

		/** Takes the numbers of flags. @param first flag of the SINT @param count number of flags */
		record Events(int first, int count, IntConsumer receiver) implements User {}
	}

	private final User user;
	private final ReentrantLock using = new ReentrantLock();
	private boolean closed;

	Port(User user) {
		this.user = user;
	}

	User user() {
		return user;
	}

	void ring() {
		if (user instanceof User.Doorbell doorbell) {
			use(doorbell.action);
		}
	}

	void receive(int type, byte[] payload) {
		if (user instanceof User.Messages messages) {
			use(() -> messages.receiver.receive(type, payload));
		}
	}

	/** @param flag of the SINT */
	void signal(int flag) {
		if (user instanceof User.Events events) {
			use(() -> events.receiver.accept(flag - events.first));
		}
	}

	/** A user's failure is its own: the others are told. */
	private void use(Runnable action) {
		using.lock();
		try {
			if (!closed) {
				action.run();
			}
		} catch (RuntimeException | Error e) {
			Thread thread = Thread.currentThread();
			thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
		} finally {
			using.unlock();
		}
	}

	/** Waits for a user that is running on another thread. */
	void close() {
		using.lock();
		closed = true;
		using.unlock();
	}
}
