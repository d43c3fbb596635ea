package mshv.vmm.loader;

import mshv.vmm.memory.GuestRam;

/**
 * Where the initial RAM disk is.
 *
 * @param address guest-physical address, 0 if there is none
 * @param size bytes
 */
record Initrd(long address, long size) {
	private static final Initrd NONE = new Initrd(0, 0);
	private static final int PAGE = 0x1000;

	/** Puts the disk as high as it may be.
	 * @param file or null
	 * @param floor lowest address
	 * @param limit highest address of a byte */
	static Initrd load(GuestRam ram, BootFile file, long floor, long limit) throws LoadException {
		if (file == null || file.content().length == 0) {
			return NONE;
		}
		long size = file.content().length;
		long end = Math.min(ram.lowEnd(), limit + 1);
		long address = end - size & -PAGE;
		if (address < floor) {
			throw LoadException.memory("%s: an initial RAM disk of %d bytes does not fit between the kernel's end at 0x%x and 0x%x",
				file.name(), size, floor, end);
		}
		ram.write(address, file.content());
		return new Initrd(address, size);
	}
}
