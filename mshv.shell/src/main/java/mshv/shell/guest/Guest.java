package mshv.shell.guest;

import java.time.Duration;
import java.util.Optional;

import mshv.api.Partition;
import mshv.shell.status.CommandException;
import mshv.shell.status.ExitStatus;
import mshv.vmm.Machine;
import mshv.vmm.Outcome;

/**
 * A machine with a name, and what its guest prints. It goes on until it ends by itself, is paused or closed, whoever is attached to its
 * console. Safe for use by many threads.
 */
public final class Guest implements AutoCloseable {
	private final String id;
	private final GuestConfig config;
	private final GuestConsole console;
	private final Machine machine;

	Guest(String id, GuestConfig config, GuestConsole console, Machine machine) {
		this.id = id;
		this.config = config;
		this.console = console;
		this.machine = machine;
	}

	/** @return its name, as in {@code vm1} */
	public String id() {
		return id;
	}

	/** @return what it was made of */
	public GuestConfig config() {
		return config;
	}

	/** @return what it prints */
	public GuestConsole console() {
		return console;
	}

	/** @return what it runs on */
	public Machine machine() {
		return machine;
	}

	/** @return its partition */
	public Partition partition() {
		return machine.partition();
	}

	/** @return how it ended, empty if it has not */
	public Optional<Outcome> outcome() throws InterruptedException {
		return machine.await(Duration.ZERO);
	}

	/** @return true if it has ended or was closed */
	public boolean hasEnded() {
		return machine.state() == Machine.State.ENDED || machine.state() == Machine.State.CLOSED;
	}

	/** Starts it, or has it go on after a pause.
	 * @throws CommandException if it runs or has ended */
	public void resume() throws CommandException {
		switch (machine.state()) {
			case CREATED -> machine.start();
			case PAUSED -> machine.resume();
			case RUNNING -> throw wrongState("runs already");
			case ENDED, CLOSED -> throw wrongState("has ended");
		}
	}

	/** Pauses it, and returns when it does not run any more. Once more: no effect.
	 * @throws CommandException if it was not started or has ended */
	public void pause() throws CommandException, InterruptedException {
		switch (machine.state()) {
			case RUNNING, PAUSED -> machine.pause();
			case CREATED -> throw wrongState("was not started");
			case ENDED, CLOSED -> throw wrongState("has ended");
		}
	}

	/** Executes one instruction. @param processor index
	 * @throws CommandException if it is not paused */
	public void step(int processor) throws CommandException, InterruptedException {
		if (machine.state() != Machine.State.PAUSED) {
			throw wrongState("is not paused");
		}
		machine.step(processor);
	}

	/** Types a byte on its console. @param value 0 to 255 @return false if the guest has to read first, or has ended */
	public boolean type(int value) {
		return machine.console().offer(new byte[] {(byte) value}, 0, 1) == 1;
	}

	/** @return the complaint that a command needs another state */
	public CommandException wrongState(String what) {
		return new CommandException(ExitStatus.WRONG_STATE, id + " " + what);
	}

	/** Ends it, wherever it is, and frees all it has. Once more: no effect. */
	@Override
	public void close() {
		// A machine that waits for somebody to take its output must not hold this up
		console.close();
		machine.close();
	}
}
