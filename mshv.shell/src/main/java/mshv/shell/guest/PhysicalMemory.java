package mshv.shell.guest;

import mshv.shell.status.CommandException;

/** A guest's memory by guest-physical address, with complaints for people. */
public final class PhysicalMemory {
	private PhysicalMemory() {}

	/** @throws CommandException if not all bytes are memory */
	static void check(Guest guest, long address, int length) throws CommandException {
		read(guest, address, length);
	}

	/** @return a copy
	 * @throws CommandException if not all bytes are memory */
	public static byte[] read(Guest guest, long address, int length) throws CommandException {
		try {
			return guest.machine().readMemory(address, length);
		} catch (IndexOutOfBoundsException e) {
			throw CommandException.usage("0x%x to 0x%x is not within the guest's memory".formatted(address, address + length - 1));
		}
	}

	/** @throws CommandException if not all bytes are memory; nothing is written then */
	public static void write(Guest guest, long address, byte[] bytes) throws CommandException {
		try {
			guest.machine().writeMemory(address, bytes);
		} catch (IndexOutOfBoundsException e) {
			throw CommandException.usage("0x%x to 0x%x is not within the guest's memory".formatted(address, address + bytes.length - 1));
		}
	}
}
