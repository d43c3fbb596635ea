import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** What some operations cost with the kernel's own hypervisor on this machine: system calls on /dev/kvm, a guest in real mode. */
final class Kvm {
	private static final int CREATE_VM = 0xAE01, VCPU_MMAP_SIZE = 0xAE04, CREATE_VCPU = 0xAE41, RUN = 0xAE80;
	private static final int GET_REGS = 0x8090AE81, SET_REGS = 0x4090AE82, GET_SREGS = 0x8138AE83, SET_SREGS = 0x4138AE84;
	private static final int SET_MEMORY = 0x4020AE46, GET_DIRTY_LOG = 0x4010AE42, IOEVENTFD = 0x4040AE79;
	private static final int READ_WRITE = 2, PROT_READ_WRITE = 3, MAP_SHARED = 1, MAP_ANONYMOUS = 0x22, LOG_DIRTY = 1;
	private static final int EXIT_IO = 2;
	private static final long GIB = 1L << 30;
	private static final int REGS = 144, SREGS = 312, RIP = 128, CS = 0, SEGMENT_SELECTOR = 12;
	private static final int LOOPS = 20_000;
	private static final long WARM_UP = 500_000_000;

	private final MethodHandle open = handle("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
	private final MethodHandle close = handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
	private final MethodHandle ioctl = handle("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
	private final MethodHandle mmap = handle("mmap",
		FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
	private final MethodHandle eventfd = handle("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
	private final Arena arena = Arena.ofConfined();
	private final int rounds;
	private final int device;

	@SuppressWarnings("restricted")
	private static MethodHandle handle(String name, FunctionDescriptor type) {
		Linker linker = Linker.nativeLinker();
		return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
	}

	Kvm(int rounds) throws IOException {
		this.rounds = rounds;
		try {
			device = (int) open.invokeExact(arena.allocateFrom("/dev/kvm"), READ_WRITE);
		} catch (Throwable e) {
			throw new IllegalStateException(e);
		}
		if (device < 0) {
			throw new IOException("/dev/kvm cannot be opened");
		}
	}

	private int call(int descriptor, int request, long argument) {
		try {
			int result = (int) ioctl.invokeExact(descriptor, request & 0xFFFF_FFFFL, argument);
			if (result < 0) {
				throw new IllegalStateException("KVM refuses request 0x" + Integer.toHexString(request));
			}
			return result;
		} catch (RuntimeException e) {
			throw e;
		} catch (Throwable e) {
			throw new IllegalStateException(e);
		}
	}

	@SuppressWarnings("restricted")
	private MemorySegment map(long size, int flags, int descriptor) {
		try {
			long address = (long) mmap.invokeExact(0L, size, PROT_READ_WRITE, flags, descriptor, 0L);
			return MemorySegment.ofAddress(address).reinterpret(size);
		} catch (Throwable e) {
			throw new IllegalStateException(e);
		}
	}

	private void end(int descriptor) {
		try {
			int ignored = (int) close.invokeExact(descriptor);
		} catch (Throwable e) {
			throw new IllegalStateException(e);
		}
	}

	/** @return median nanoseconds of one of so many operations */
	private double median(int operations, Runnable round) {
		long warm = System.nanoTime();
		do {
			round.run();
		} while (System.nanoTime() - warm < WARM_UP);
		return IntStream.range(0, rounds).mapToDouble(_ -> {
			long start = System.nanoTime();
			round.run();
			return (double) (System.nanoTime() - start) / operations;
		}).sorted().toArray()[rounds / 2];
	}

	private void memory(int vm, int slot, int flags, long guest, long size, long host) {
		MemorySegment region = arena.allocate(32, 8);
		region.set(JAVA_INT, 0, slot);
		region.set(JAVA_INT, 4, flags);
		region.set(JAVA_LONG, 8, guest);
		region.set(JAVA_LONG, 16, size);
		region.set(JAVA_LONG, 24, host);
		call(vm, SET_MEMORY, region.address());
	}

	/** @return median nanoseconds by the names that {@code mshv costs} uses, without what KVM has no equivalent of here */
	Map<String, Double> measure() {
		Map<String, Double> costs = new LinkedHashMap<>();
		costs.put("create and destroy a partition with a processor", median(20, () -> {
			for (int i = 0; i < 20; i++) {
				int vm = call(device, CREATE_VM, 0);
				end(call(vm, CREATE_VCPU, 0));
				end(vm);
			}
		}));
		int vm = call(device, CREATE_VM, 0);
		int cpu = call(vm, CREATE_VCPU, 0);
		MemorySegment run = map(call(device, VCPU_MMAP_SIZE, 0), MAP_SHARED, cpu);
		MemorySegment large = map(GIB, MAP_ANONYMOUS, -1);
		large.fill((byte) 1);
		double mapped = median(1, () -> {
			memory(vm, 1, 0, GIB, GIB, large.address());
			memory(vm, 1, 0, GIB, 0, large.address());
		});
		costs.put("map and unmap 1 GiB, 4 KiB units", mapped);
		memory(vm, 1, LOG_DIRTY, GIB, GIB, large.address());
		MemorySegment log = arena.allocate(16, 8);
		log.set(JAVA_INT, 0, 1);
		log.set(JAVA_LONG, 8, arena.allocate(GIB / 4096 / 8, 8).address());
		costs.put("get and clear the dirty bitmap of 1 GiB, 4 KiB units", median(1, () -> call(vm, GET_DIRTY_LOG, log.address())));
		MemorySegment registers = arena.allocate(REGS, 8);
		costs.put("get 18 registers", median(1000, () -> {
			for (int i = 0; i < 1000; i++) {
				call(cpu, GET_REGS, registers.address());
			}
		}));
		costs.put("set 18 registers", median(1000, () -> {
			for (int i = 0; i < 1000; i++) {
				call(cpu, SET_REGS, registers.address());
			}
		}));
		guest(vm, cpu, run, registers, costs);
		end(cpu);
		end(vm);
		return costs;
	}

	private void guest(int vm, int cpu, MemorySegment run, MemorySegment registers, Map<String, Double> costs) {
		MemorySegment ram = map(0x10000, MAP_ANONYMOUS, -1);
		memory(vm, 0, 0, 0, 0x10000, ram.address());
		// at 0x1000: OUT DX, AL; JMP to it. At 0x2000: MOV CX, LOOPS; again: MOV [0x0800], AX of segment DS; DEC CX; JNZ again; OUT DX, AL
		code(ram, 0x1000, 0xEE, 0xEB, 0xFD);
		code(ram, 0x2000, 0xB9, LOOPS & 0xFF, LOOPS >> 8, 0xA3, 0x00, 0x08, 0x49, 0x75, 0xFA, 0xEE);
		MemorySegment special = arena.allocate(SREGS, 8);
		call(cpu, GET_SREGS, special.address());
		special.set(JAVA_LONG, CS, 0);
		special.set(JAVA_SHORT, CS + SEGMENT_SELECTOR, (short) 0);
		// DS follows CS in the structure; memory ends below its base
		special.set(JAVA_LONG, 24, 0x20000);
		special.set(JAVA_SHORT, 24 + SEGMENT_SELECTOR, (short) 0x2000);
		call(cpu, SET_SREGS, special.address());
		start(cpu, registers, 0x1000);
		costs.put("exit and entry through run(), a port", median(1000, () -> {
			for (int i = 0; i < 1000; i++) {
				call(cpu, RUN, 0);
			}
		}));
		if (run.get(JAVA_INT, 8) != EXIT_IO) {
			throw new IllegalStateException("the guest left for reason " + run.get(JAVA_INT, 8));
		}
		MemorySegment doorbell = arena.allocate(64, 8);
		doorbell.set(JAVA_LONG, 8, 0x20800);
		doorbell.set(JAVA_INT, 16, 2);
		try {
			doorbell.set(JAVA_INT, 20, (int) eventfd.invokeExact(0, 0x800));
		} catch (Throwable e) {
			throw new IllegalStateException(e);
		}
		call(vm, IOEVENTFD, doorbell.address());
		costs.put("write to a doorbell, in the guest", median(LOOPS, () -> {
			start(cpu, registers, 0x2000);
			call(cpu, RUN, 0);
		}));
	}

	private void start(int cpu, MemorySegment registers, long address) {
		registers.fill((byte) 0);
		registers.set(JAVA_LONG, RIP, address);
		registers.set(JAVA_LONG, RIP + 8, 2);
		call(cpu, SET_REGS, registers.address());
	}

	private static void code(MemorySegment ram, int at, int... bytes) {
		for (int i = 0; i < bytes.length; i++) {
			ram.set(JAVA_BYTE, at + i, (byte) bytes[i]);
		}
	}
}
