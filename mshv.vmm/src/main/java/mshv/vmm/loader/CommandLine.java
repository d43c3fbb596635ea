package mshv.vmm.loader;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import mshv.vmm.memory.GuestRam;

/** The kernel's command line in guest memory. */
final class CommandLine {
	/** Bytes there is room for, with the terminating zero. */
	static final int ROOM = 0x8000;

	private CommandLine() {}

	/** @param limit longest that the kernel takes, in bytes without the terminating zero
	 * @return bytes written, with it */
	static int write(GuestRam ram, long address, String text, long limit) throws LoadException {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		long longest = Math.min(limit, ROOM - 1);
		if (bytes.length > longest) {
			throw LoadException.commandLine("the command line has %d bytes, the kernel takes %d", bytes.length, longest);
		}
		if (text.indexOf('\0') >= 0) {
			throw LoadException.commandLine("the command line has a zero byte at %d, which would end it", text.indexOf('\0'));
		}
		ram.write(address, Arrays.copyOf(bytes, bytes.length + 1));
		return bytes.length + 1;
	}
}
