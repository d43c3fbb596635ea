import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program that uses /dev/mshv and tells how many calls it can make in a second: readings of a property, and runs of a processor that
 * each end at a port. Several take turns, so that all meet the same machine. Arguments: a file that will say when the first turn of all
 * begins (milliseconds since 1970), which of the programs this is (from 0 on), how many there are, milliseconds of a turn, number of turns.
 * "ready" on standard output says that it waits for the file.
 */
public final class Calls {
	private static final int CREATE_PARTITION = 0x4010B800;
	private static final int ROOT_HVCALL = 0xC020B807;
	private static final int INITIALIZE_PARTITION = 0x0000B800;
	private static final int CREATE_VP = 0x4004B801;
	private static final int SET_GUEST_MEMORY = 0x4020B802;
	private static final int RUN_VP = 0x8100B800;
	private static final short GET_PARTITION_PROPERTY = 0x44;
	private static final short SET_VP_REGISTERS = 0x51;
	private static final int PROCESSOR_CLOCK_FREQUENCY = 0x00060009;
	private static final int PAGE = 4096;
	/** Offsets in the page of registers, and the bit that says RIP was changed. */
	private static final int DIRTY = 4, RIP = 136, DIRTY_IP = 2;

	private static final MethodHandle OPEN = link("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
	private static final MethodHandle IOCTL = link("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
	private static final MethodHandle MMAP = link("mmap", 6,
		FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));

	private final Arena arena = Arena.global();

	private static MethodHandle link(String name, int fixed, FunctionDescriptor type) {
		Linker linker = Linker.nativeLinker();
		return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, Linker.Option.firstVariadicArg(fixed));
	}

	private static int ioctl(int descriptor, int command, long argument) throws Throwable {
		int result = (int) IOCTL.invokeExact(descriptor, command & 0xFFFFFFFFL, argument);
		if (result < 0) {
			throw new IllegalStateException("ioctl 0x" + Integer.toHexString(command) + " failed");
		}
		return result;
	}

	private static MemorySegment map(int descriptor, long size, int flags) throws Throwable {
		long address = (long) MMAP.invokeExact(MemorySegment.NULL, size, 3, flags, descriptor, 0L);
		if (address == -1) {
			throw new IllegalStateException("mmap failed");
		}
		return MemorySegment.ofAddress(address).reinterpret(size);
	}

	private MemorySegment hypercall(short code, int reps, MemorySegment input, MemorySegment output) {
		MemorySegment call = arena.allocate(32, 8);
		call.set(JAVA_SHORT, 0, code);
		call.set(JAVA_SHORT, 2, (short) reps);
		call.set(JAVA_SHORT, 4, (short) input.byteSize());
		call.set(JAVA_SHORT, 6, (short) (output == null ? 0 : output.byteSize()));
		call.set(JAVA_LONG, 16, input.address());
		call.set(JAVA_LONG, 24, output == null ? 0 : output.address());
		return call;
	}

	private interface Step {
		void make() throws Throwable;
	}

	/** @return calls in a second, from now on to a time */
	private static long perSecond(long end, Step step) throws Throwable {
		long count = 0;
		long began = System.nanoTime();
		while (System.currentTimeMillis() < end) {
			for (int i = 0; i < 50; i++) {
				step.make();
			}
			count += 50;
		}
		return count * 1_000_000_000 / (System.nanoTime() - began);
	}

	public static void main(String[] arguments) throws Throwable {
		new Calls().measure(Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]),
			Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
	}

	private void measure(Path start, int slot, int slots, int length, int rounds) throws Throwable {
		int mshv = (int) OPEN.invokeExact(arena.allocateFrom("/dev/mshv"), 2, 0);
		MemorySegment flags = arena.allocate(16, 8);
		flags.set(JAVA_LONG, 0, 3);
		int partition = ioctl(mshv, CREATE_PARTITION, flags.address());
		ioctl(partition, INITIALIZE_PARTITION, 0);
		int processor = ioctl(partition, CREATE_VP, arena.allocate(4, 4).address());
		MemorySegment memory = map(-1, PAGE, 0x22);
		// out 0x80,al
		memory.set(JAVA_SHORT, 0, (short) 0x80E6);
		MemorySegment region = arena.allocate(32, 8);
		region.set(JAVA_LONG, 0, PAGE);
		region.set(JAVA_LONG, 8, 1);
		region.set(JAVA_LONG, 16, memory.address());
		region.set(JAVA_BYTE, 24, (byte) 3);
		ioctl(partition, SET_GUEST_MEMORY, region.address());
		MemorySegment registers = arena.allocate(16 + 3 * 32, 8);
		set(registers, 0, 0x00020010, 0x1000, 0);
		set(registers, 1, 0x00020011, 2, 0);
		set(registers, 2, 0x00060001, 0, 0x009B_0000_0000_FFFFL);
		ioctl(processor, ROOT_HVCALL, hypercall(SET_VP_REGISTERS, 3, registers, null).address());

		MemorySegment input = arena.allocate(16, 8);
		input.set(JAVA_INT, 8, PROCESSOR_CLOCK_FREQUENCY);
		MemorySegment read = hypercall(GET_PARTITION_PROPERTY, 0, input, arena.allocate(8, 8));
		Step reading = () -> {
			read.set(JAVA_LONG, 8, 0);
			ioctl(partition, ROOT_HVCALL, read.address());
		};
		MemorySegment page = map(processor, PAGE, 1);
		MemorySegment message = arena.allocate(256, 8);
		Step run = () -> {
			ioctl(processor, RUN_VP, message.address());
			page.set(JAVA_LONG, RIP, 0x1000);
			page.set(JAVA_INT, DIRTY, DIRTY_IP);
		};
		System.out.println("ready");
		while (!Files.exists(start)) {
			Thread.sleep(50);
		}
		long begin = Long.parseLong(Files.readString(start).strip());
		for (int round = 0; round < rounds; round++) {
			long now = begin + ((long) round * slots + slot) * length;
			Thread.sleep(Math.max(0, now - System.currentTimeMillis()));
			long reads = perSecond(now + length * 4 / 10, reading);
			// What is left to be done for these calls is not to fall upon those of the next program
			System.out.println(reads + " " + perSecond(now + length * 8 / 10, run));
		}
	}

	private static void set(MemorySegment input, int index, int name, long low, long high) {
		input.set(JAVA_INT, 16 + 32L * index, name);
		input.set(JAVA_LONG, 32 + 32L * index, low);
		input.set(JAVA_LONG, 40 + 32L * index, high);
	}
}
