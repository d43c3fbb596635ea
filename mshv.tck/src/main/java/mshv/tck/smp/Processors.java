package mshv.tck.smp;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.VirtualProcessor;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** A guest with a processor for each program, in 64-bit mode; programs end with a port access. */
final class Processors implements AutoCloseable {
	/** What a program may use for data: {@link #DATA} up to {@link Guest#RAM_SIZE}. */
	static final long DATA = 0x80000;

	private static final long PROGRAMS = 0x40000;
	private static final long PROGRAM_SIZE = 0x800;
	/** Stacks of 2 KiB, above the programs. */
	private static final long STACKS = 0x60000;
	private static final long STACK_SIZE = 0x800;

	private final Guest guest;
	private final List<VirtualProcessor> processors = new ArrayList<>();

	Processors(Hypervisor hypervisor, List<GuestCode> programs) {
		guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode());
		try {
			for (int i = 0; i < programs.size(); i++) {
				processors.add(i == 0 ? guest.processor() : guest.partition().createVirtualProcessor(i));
				load(i, programs.get(i));
			}
		} catch (RuntimeException | Error e) {
			guest.close();
			throw e;
		}
	}

	Guest guest() {
		return guest;
	}

	VirtualProcessor processor(int index) {
		return processors.get(index);
	}

	/** Gives a processor another program, from its beginning. */
	void load(int index, GuestCode program) {
		guest.write(PROGRAMS + PROGRAM_SIZE * index, program.toBytes());
		guest.setUpLongMode(processors.get(index), PROGRAMS + PROGRAM_SIZE * index, STACKS + STACK_SIZE * (index + 1));
	}

	/** Has all programs run, each on its own thread. */
	List<Future<Intercept>> start() {
		return processors.stream().map(processor -> guest.start(() -> guest.run(processor))).toList();
	}

	/** Runs all programs to their ends. @return AL of each */
	List<Integer> run() {
		return start().stream().map(Processors::report).toList();
	}

	/** @return AL at the end of a program */
	static int report(Future<Intercept> run) {
		return (int) assertInstanceOf(Intercept.IoPort.class, Guest.join(run)).rax() & 0xFF;
	}

	@Override
	public void close() {
		guest.close();
	}
}
