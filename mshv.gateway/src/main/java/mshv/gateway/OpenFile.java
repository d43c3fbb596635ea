package mshv.gateway;

import mshv.gateway.linux.DescriptorTable;
import mshv.gateway.linux.FileId;
import mshv.gateway.linux.Files;
import mshv.gateway.linux.Kernel;

/**
 * What a descriptor of a program stands for: a file in memory that this process keeps open, so that its number stays its own.
 */
abstract sealed class OpenFile permits DeviceFile, PartitionFile, ProcessorFile, AssignmentFile, ConvertedMemory {
	private final Owner owner;
	private final int number;
	private final String name;
	private final int descriptor;
	private final FileId id;
	private volatile int watch;
	private volatile boolean given;

	/** @param name of the file, as the program's descriptor shows it @param size bytes */
	OpenFile(Owner owner, Kernel kernel, DescriptorTable descriptors, String name, long size) {
		this.owner = owner;
		number = owner.nextNumber();
		this.name = name;
		descriptor = Files.create(kernel, name, size);
		id = descriptors.file(descriptor);
	}

	Owner owner() {
		return owner;
	}

	/** @return tells it from all other files of its owner */
	int number() {
		return number;
	}

	String name() {
		return name;
	}

	FileId id() {
		return id;
	}

	int descriptor() {
		return descriptor;
	}

	int watch() {
		return watch;
	}

	void watch(int number) {
		watch = number;
	}

	/** The program has got it. */
	void given() {
		given = true;
	}

	boolean isGiven() {
		return given;
	}

	/** @return a description for the program alone: it ends with the program's last reference */
	int describe(Kernel kernel, int flags) {
		return Files.reopen(kernel, descriptor, flags);
	}

	/** Makes an ioctl.
	 * @param command all 32 bits
	 * @return the result, -errno, {@link Caller#ANSWERED} or {@link Caller#AGAIN} */
	abstract long ioctl(Caller caller, int command, long argument);

	/** Nobody has the file any more. */
	abstract void released();
}
