package mshv.gateway;

import mshv.api.Errno;
import mshv.gateway.linux.DescriptorTable;
import mshv.gateway.linux.Kernel;

/** Memory of a program that was put into a file, so that this process can map it too. The program has no descriptor of it, only mappings. */
final class ConvertedMemory extends OpenFile {
	ConvertedMemory(Owner owner, Kernel kernel, DescriptorTable descriptors, long size) {
		super(owner, kernel, descriptors, "mshv-memory", size);
	}

	@Override
	long ioctl(Caller caller, int command, long argument) {
		return -Errno.ENOTTY.number();
	}

	@Override
	void released() {
		// What maps it here keeps it
	}
}
