package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import mshv.api.Errno;
import mshv.api.HostAccessChange;
import mshv.api.HypervisorException;
import mshv.api.MemoryRegion;
import mshv.api.PageAccess;
import mshv.api.PageAccessOperation;
import mshv.api.Partition;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.VirtualProcessor;
import mshv.api.abi.CallCode;
import mshv.api.abi.MshvCreateDevice;
import mshv.api.abi.MshvGpapAccessBitmap;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvModifyGpaHostAccess;
import mshv.api.abi.MshvUserIrqTable;
import mshv.api.abi.MshvUserMemRegion;
import mshv.api.abi.VpRegistersInput;

/** A partition of a program. It ends with its last descriptor, those of its processors included. */
final class PartitionFile extends OpenFile {
	private static final int PAGE_SHIFT = 12;
	/** MSHV_MAX_GUEST_IRQS. */
	private static final int MAX_ROUTES = 4096;
	private static final int CREATE_VP_SIZE = 4;
	private static final int BITMAP_CHUNK = 4096;

	/**
	 * Guest memory as the program gave it.
	 *
	 * @param request what it asked for
	 * @param region what it is here
	 * @param arena unmaps it
	 */
	private record Mapped(MshvUserMemRegion request, MemoryRegion region, Arena arena) {}

	private final Partition partition;
	private final PartitionEvents events;
	/** The driver makes one call of a partition at a time. */
	private final ReentrantLock lock = new ReentrantLock();
	/** By guest page number. */
	private final Map<Long, Mapped> memory = new HashMap<>();
	/** Processors whose descriptor the program could not take. */
	private final Map<Integer, ProcessorFile> unoffered = new HashMap<>();
	/** Processors that the program has a descriptor of, by index. */
	private final Map<Integer, ProcessorFile> processors = new ConcurrentHashMap<>();
	/** The program has a device that assigns others: a partition has one at most. */
	private boolean assignment;
	private int references = 1;
	private final RunHistory runs = new RunHistory();
	/** What the program changes in the guest's memory, null if nobody wants to know. */
	private final GuestMemoryLog memoryLog;

	PartitionFile(Caller caller, Partition partition) {
		super(caller.owner(), caller.kernel(), caller.descriptors(), "mshv-partition-" + partition.id(), 0);
		this.partition = partition;
		events = new PartitionEvents(partition);
		memoryLog = caller.owner().logsMemory() ? new GuestMemoryLog() : null;
	}

	Partition partition() {
		return partition;
	}

	@Override
	long ioctl(Caller caller, int command, long argument) {
		return switch (command) {
			case MshvIoctl.ROOT_HVCALL -> HypercallIoctl.call(caller, argument, call -> {
				beforeHypercall(caller, call.code());
				return passThrough(caller, call);
			});
			case MshvIoctl.INITIALIZE_PARTITION -> {
				caller.takesLong();
				partition.initialize();
				yield 0;
			}
			case MshvIoctl.CREATE_VP -> createProcessor(caller, argument);
			case MshvIoctl.SET_GUEST_MEMORY -> setGuestMemory(caller, argument);
			case MshvIoctl.IRQFD -> locked(() -> events.irqfd(caller, argument));
			case MshvIoctl.IOEVENTFD -> locked(() -> events.ioeventfd(caller, argument));
			case MshvIoctl.SET_MSI_ROUTING -> setRouting(caller, argument);
			case MshvIoctl.GET_GPAP_ACCESS_BITMAP -> accessBitmap(caller, argument);
			case MshvIoctl.MODIFY_GPA_HOST_ACCESS -> modifyHostAccess(caller, argument);
			case MshvIoctl.CREATE_DEVICE -> createDevice(caller, argument);
			default -> DeprecatedCalls.ofPartition(caller, command, argument, call -> {
				beforeHypercall(caller, call.code());
				return passThrough(caller, call);
			});
		};
	}

	/** Calls about a processor's registers change what its pages show. */
	private PassThroughResult passThrough(Caller caller, PassThroughCall call) {
		boolean registers = call.code() == CallCode.GET_VP_REGISTERS || call.code() == CallCode.SET_VP_REGISTERS;
		ProcessorFile processor = registers && call.input().length >= VpRegistersInput.SIZE
			? processors.get(VpRegistersInput.decode(MemorySegment.ofArray(call.input())).vpIndex()) : null;
		return processor == null ? partition.passThrough(call) : processor.atRest(caller, () -> partition.passThrough(call));
	}

	private <T> T locked(Supplier<T> step) {
		lock.lock();
		try {
			return step.get();
		} finally {
			lock.unlock();
		}
	}

	private long createProcessor(Caller caller, long argument) {
		int index = caller.read(argument, CREATE_VP_SIZE).get(JAVA_INT, 0);
		caller.note(Integer.valueOf(index));
		caller.takesLong();
		return locked(() -> {
			ProcessorFile file = unoffered.remove(index);
			if (file == null) {
				VirtualProcessor processor = partition.createVirtualProcessor(index);
				references++;
				try {
					file = new ProcessorFile(caller, this, processor);
				} catch (RuntimeException e) {
					references--;
					throw e;
				}
				processors.put(index, file);
			}
			long result = owner().offerAgain(caller, file, 0, true);
			if (result == Caller.ANSWERED) {
				return result;
			}
			if (result == -Errno.ENOENT.number()) {
				// A signal came first. The call comes again, but the processor is there for good
				unoffered.put(index, file);
			} else {
				owner().remove(caller.kernel(), file);
			}
			return result;
		});
	}

	/** A call is about to be made that reads guest memory, or not. */
	void beforeHypercall(Caller caller, int code) {
		if (memoryLog != null && (code == CallCode.READ_GPA || code == CallCode.WRITE_GPA || code == CallCode.TRANSLATE_VIRTUAL_ADDRESS)) {
			locked(() -> {
				memoryLog.before(caller, regions());
				return null;
			});
		}
	}

	/** @return what is known of its processors' runs */
	RunHistory runs() {
		return runs;
	}

	/** A processor is about to run. */
	void beforeRun(Caller caller) {
		if (memoryLog != null) {
			locked(() -> {
				memoryLog.before(caller, regions());
				memoryLog.runs();
				return null;
			});
		}
	}

	/** A processor has run. */
	void afterRun() {
		if (memoryLog != null) {
			locked(() -> {
				memoryLog.stopped();
				return null;
			});
		}
	}

	private Set<GuestMemoryLog.Region> regions() {
		return memory.values().stream().map(mapped -> new GuestMemoryLog.Region(mapped.request().userAddress(), mapped.region().memory()))
			.collect(Collectors.toSet());
	}

	private long setGuestMemory(Caller caller, long argument) {
		MemorySegment structure = caller.read(argument, MshvUserMemRegion.SIZE);
		MshvUserMemRegion request = MshvUserMemRegion.decode(structure);
		caller.note(request);
		int known = MshvUserMemRegion.WRITABLE | MshvUserMemRegion.EXECUTABLE | MshvUserMemRegion.UNMAP;
		int offset = MemoryRegion.PAGE_SIZE - 1;
		if (request.size() == 0 || ((request.size() | request.userAddress()) & offset) != 0 || (request.flags() & ~known) != 0
				|| !MshvUserMemRegion.reservedIsZero(structure) || request.size() < 0 || request.userAddress() < 0
				|| request.userAddress() + request.size() < 0 || request.guestPage() >>> 64 - PAGE_SHIFT != 0) {
			return -Errno.EINVAL.number();
		}
		caller.takesLong();
		return locked(() -> (request.flags() & MshvUserMemRegion.UNMAP) != 0 ? unmap(request) : map(caller, request));
	}

	private long map(Caller caller, MshvUserMemRegion request) {
		Arena arena = Arena.ofShared();
		boolean kept = false;
		try {
			MemorySegment segment = owner().map(caller, request.userAddress(), request.size(), arena);
			if (segment == null) {
				// The program's memory was put into a file: it makes the call again
				return Caller.AGAIN;
			}
			MemoryRegion region = new MemoryRegion(request.guestPage() << PAGE_SHIFT, segment, access(request.flags()));
			partition.mapMemory(region);
			memory.put(request.guestPage(), new Mapped(request, region, arena));
			kept = true;
			return 0;
		} finally {
			if (!kept) {
				arena.close();
			}
		}
	}

	private long unmap(MshvUserMemRegion request) {
		Mapped mapped = memory.get(request.guestPage());
		if (mapped == null || mapped.request().userAddress() != request.userAddress() || mapped.request().size() != request.size()) {
			// The driver knows what is wrong with it; no memory of ours is there
			partition.unmapMemory(new MemoryRegion(request.guestPage() << PAGE_SHIFT, nowhere(request.size()), Set.of()));
			return 0;
		}
		partition.unmapMemory(mapped.region());
		memory.remove(request.guestPage());
		mapped.arena().close();
		return 0;
	}

	/** Memory that is certainly no region's: the page at 0 is never mapped. */
	@SuppressWarnings("restricted")
	private static MemorySegment nowhere(long size) {
		return MemorySegment.NULL.reinterpret(size);
	}

	private static Set<MemoryRegion.Access> access(int flags) {
		Set<MemoryRegion.Access> access = EnumSet.noneOf(MemoryRegion.Access.class);
		if ((flags & MshvUserMemRegion.WRITABLE) != 0) {
			access.add(MemoryRegion.Access.WRITABLE);
		}
		if ((flags & MshvUserMemRegion.EXECUTABLE) != 0) {
			access.add(MemoryRegion.Access.EXECUTABLE);
		}
		return access;
	}

	private long setRouting(Caller caller, long argument) {
		MemorySegment fixed = caller.read(argument, MshvUserIrqTable.SIZE);
		int count = MshvUserIrqTable.count(fixed);
		if (Integer.compareUnsigned(count, MAX_ROUTES) > 0 || !MshvUserIrqTable.reservedIsZero(fixed)) {
			return -Errno.EINVAL.number();
		}
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment entries = arena.allocate((long) count * MshvUserIrqTable.ENTRY_SIZE, 8);
			caller.readInto(argument + MshvUserIrqTable.SIZE, entries);
			MshvUserIrqTable table = MshvUserIrqTable.decode(entries);
			caller.note(table);
			return locked(() -> {
				partition.setMsiRouting(table.routes());
				return 0L;
			});
		}
	}

	private long accessBitmap(Caller caller, long argument) {
		MemorySegment structure = caller.read(argument, MshvGpapAccessBitmap.SIZE);
		MshvGpapAccessBitmap request = MshvGpapAccessBitmap.decode(structure);
		caller.note(request);
		if (request.type() >= PageAccess.values().length || request.operation() >= PageAccessOperation.values().length
				|| !MshvGpapAccessBitmap.reservedIsZero(structure) || request.pageCount() == 0 || request.bitmapAddress() == 0) {
			return -Errno.EINVAL.number();
		}
		caller.takesLong();
		long[] bitmap = locked(() -> partition.pageAccess(PageAccess.values()[request.type()],
			PageAccessOperation.values()[request.operation()], request.firstPage(), request.pageCount()));
		MemorySegment bits = MemorySegment.ofArray(bitmap);
		long size = (request.pageCount() + 7) / 8;
		for (long at = 0; at < size; at += BITMAP_CHUNK) {
			long chunk = Math.min(size - at, BITMAP_CHUNK);
			caller.write(request.bitmapAddress() + at, caller.room((int) chunk).copyFrom(bits.asSlice(at, chunk)));
		}
		return 0;
	}

	private long modifyHostAccess(Caller caller, long argument) {
		MemorySegment fixed = caller.read(argument, MshvModifyGpaHostAccess.SIZE);
		long count = MshvModifyGpaHostAccess.count(fixed);
		if (!MshvModifyGpaHostAccess.reservedIsZero(fixed) || count <= 0) {
			return -Errno.EINVAL.number();
		}
		return locked(() -> {
			// More than there are could only be a mistake, and must not fill this process's memory
			if (count > memory.values().stream().mapToLong(mapped -> mapped.region().size() >>> PAGE_SHIFT).sum()) {
				return (long) -Errno.EINVAL.number();
			}
			try (Arena arena = Arena.ofConfined()) {
				MemorySegment first = arena.allocate(MshvModifyGpaHostAccess.SIZE, 8).copyFrom(fixed);
				MemorySegment numbers = arena.allocate(count * Long.BYTES, 8);
				caller.readInto(argument + MshvModifyGpaHostAccess.SIZE, numbers);
				MshvModifyGpaHostAccess request = MshvModifyGpaHostAccess.decode(first, numbers);
				caller.note(request);
				partition.modifyHostAccess(new HostAccessChange(request.acquire(), request.readable(), request.writable(),
					request.largePages(), request.guestPages()));
				return 0L;
			}
		});
	}

	private long createDevice(Caller caller, long argument) {
		MshvCreateDevice request = MshvCreateDevice.decode(caller.read(argument, MshvCreateDevice.SIZE));
		caller.note(request);
		if (request.type() != MshvCreateDevice.VFIO) {
			return -Errno.ENODEV.number();
		}
		if ((request.flags() & MshvCreateDevice.TEST) != 0) {
			return 0;
		}
		return locked(() -> {
			if (assignment) {
				return (long) -Errno.EBUSY.number();
			}
			// Before there is a descriptor that nobody knows
			caller.write(argument, encoded(caller, request));
			AssignmentFile file = new AssignmentFile(caller, this);
			assignment = true;
			references++;
			long number = owner().give(caller, file);
			if (number < 0) {
				return number;
			}
			caller.write(argument, encoded(caller, new MshvCreateDevice(request.type(), (int) number, request.flags())));
			return 0L;
		});
	}

	private static MemorySegment encoded(Caller caller, MshvCreateDevice structure) {
		MemorySegment room = caller.room(MshvCreateDevice.SIZE);
		structure.encode(room);
		return room;
	}

	/** The descriptor of the device that assigns others is closed. */
	void assignmentReleased() {
		locked(() -> {
			assignment = false;
			return null;
		});
		dereference();
	}

	/** A processor has no descriptor any more. */
	void forget(ProcessorFile processor) {
		processors.remove(processor.index(), processor);
	}

	/** What is bound to events ends with the descriptor itself, even while processors keep the partition. */
	@Override
	void released() {
		lock.lock();
		try {
			events.close();
		} finally {
			lock.unlock();
		}
		dereference();
	}

	/** A descriptor that kept the partition is gone. */
	void dereference() {
		lock.lock();
		try {
			if (--references > 0) {
				return;
			}
			try {
				partition.close();
			} catch (HypervisorException e) {
				owner().log("closing partition " + partition.id(), e);
			}
			if (memoryLog != null) {
				memoryLog.close();
			}
			memory.values().forEach(mapped -> mapped.arena().close());
			memory.clear();
		} finally {
			lock.unlock();
		}
	}
}
