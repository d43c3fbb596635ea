package mshv.vmm;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import mshv.api.Hypervisor;
import mshv.api.event.EventFactory;

/**
 * What a machine is made of. Immutable: the {@code with} methods return changed copies. Values are checked by {@link Machine#create}.
 *
 * @param hypervisor runs the guest
 * @param events makes the events of interrupt lines
 * @param kernel a Linux bzImage, an ELF kernel (PVH, or entered in 64-bit mode with Linux's zero page), or a multiboot kernel
 * @param initrd initial RAM disk, or null
 * @param modules modules of a multiboot kernel
 * @param commandLine for the kernel, without its name
 * @param memory bytes of RAM, a multiple of 4096, at least 2 MiB
 * @param cpus number of processors, 1 to {@value Machine#MOST_PROCESSORS}
 * @param output takes what the guest prints, or null; flushed after each piece, not closed
 * @param testDevices whether the ports and the device memory of test programs are there: exit at 0xF4, console at 0xE9,
 *            latches at 0xE0, signals of synthetic interrupt sources at 0x3000, 64 KiB at 0xFF000000
 */
public record MachineConfig(Hypervisor hypervisor, EventFactory events, ImageSource kernel, ImageSource initrd, List<ImageSource> modules,
		String commandLine, long memory, int cpus, OutputStream output, boolean testDevices) {
	/** Memory in bytes if nothing else is said: 512 MiB. */
	public static final long DEFAULT_MEMORY = 512L << 20;

	/** Copies the modules. */
	public MachineConfig {
		Objects.requireNonNull(hypervisor, "hypervisor");
		Objects.requireNonNull(events, "events");
		Objects.requireNonNull(kernel, "kernel");
		Objects.requireNonNull(commandLine, "commandLine");
		modules = List.copyOf(modules);
	}

	/** @return a machine with {@link #DEFAULT_MEMORY}, one processor, an empty command line and no output */
	public static MachineConfig of(Hypervisor hypervisor, EventFactory events, ImageSource kernel) {
		return new MachineConfig(hypervisor, events, kernel, null, List.of(), "", DEFAULT_MEMORY, 1, null, false);
	}

	/** @return the same as {@link #of(Hypervisor, EventFactory, ImageSource)} with a kernel file */
	public static MachineConfig of(Hypervisor hypervisor, EventFactory events, Path kernel) {
		return of(hypervisor, events, ImageSource.of(kernel));
	}

	/** @return a copy with an initial RAM disk; a multiboot kernel gets it as its first module */
	public MachineConfig withInitrd(ImageSource initrd) {
		return new MachineConfig(hypervisor, events, kernel, initrd, modules, commandLine, memory, cpus, output, testDevices);
	}

	/** @return a copy with one more module */
	public MachineConfig withModule(ImageSource module) {
		List<ImageSource> more = new ArrayList<>(modules);
		more.add(module);
		return new MachineConfig(hypervisor, events, kernel, initrd, more, commandLine, memory, cpus, output, testDevices);
	}

	/** @return a copy with another command line */
	public MachineConfig withCommandLine(String commandLine) {
		return new MachineConfig(hypervisor, events, kernel, initrd, modules, commandLine, memory, cpus, output, testDevices);
	}

	/** @param memory bytes @return a copy with as much memory */
	public MachineConfig withMemory(long memory) {
		return new MachineConfig(hypervisor, events, kernel, initrd, modules, commandLine, memory, cpus, output, testDevices);
	}

	/** @return a copy with as many processors */
	public MachineConfig withCpus(int cpus) {
		return new MachineConfig(hypervisor, events, kernel, initrd, modules, commandLine, memory, cpus, output, testDevices);
	}

	/** @param output or null @return a copy that prints there */
	public MachineConfig withOutput(OutputStream output) {
		return new MachineConfig(hypervisor, events, kernel, initrd, modules, commandLine, memory, cpus, output, testDevices);
	}

	/** @return a copy with or without the devices of test programs */
	public MachineConfig withTestDevices(boolean testDevices) {
		return new MachineConfig(hypervisor, events, kernel, initrd, modules, commandLine, memory, cpus, output, testDevices);
	}
}
