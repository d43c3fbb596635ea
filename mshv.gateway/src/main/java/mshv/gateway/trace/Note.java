package mshv.gateway.trace;

/** What is noted of a call besides the structures of the ABI. Byte arrays must not change any more. */
public sealed interface Note {
	/** Bytes of the program that the call has read or written.
	 * @param write written
	 * @param address in the program */
	record Access(boolean write, long address, byte[] bytes) implements Note {}

	/** A file that the call has made.
	 * @param object its number in the trace, from 1 on */
	record Created(int object) implements Note {}

	/** The register page as the program has left it, where it has marked registers as changed. */
	record Registers(byte[] bytes) implements Note {}

	/** Guest memory that the program has changed since the guest ran last.
	 * @param address in the program */
	record Memory(long address, byte[] bytes) implements Note {}

	/** The program had no memory where the call would have some mapped, or none that could be had. @param errno with which it failed */
	record NoMemory(int errno) implements Note {}

	/** From here on guest memory is not recorded. @param why a few words */
	record MemoryEnds(String why) implements Note {}

	/** An eventfd that the call names.
	 * @param id which it is, whatever its descriptor; or {@link #NOT_OPEN} or {@link #NO_EVENTFD} */
	record Eventfd(long id) implements Note {
		/** The descriptor is not open. */
		public static final long NOT_OPEN = -1;
		/** The descriptor is open, but no eventfd. */
		public static final long NO_EVENTFD = -2;
	}
}
