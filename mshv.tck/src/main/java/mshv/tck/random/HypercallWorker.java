package mshv.tck.random;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import mshv.api.HvStatus;
import mshv.api.Register;
import mshv.api.VpState;
import mshv.api.abi.CallCode;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PortType;
import mshv.api.hypercall.HypercallInterface;

/**
 * Random hypercalls: structures that are nearly right, control words and addresses that may be wrong. Page numbers are of pages of its
 * own, or of none: the root is trusted with the others. Every page that is deposited must come back.
 */
final class HypercallWorker implements Worker {
	private static final int PAGE = 4096;
	private static final int PAGES = 1024;
	private static final int PARTITIONS = 2;
	/** Nearly all that a partition with a few processors asks for. */
	private static final int DEPOSIT = 300;
	private static final int LOOK_ONE_IN = 16;
	private static final int REPETITIONS = 8;
	private static final int FORMER = 32;
	private static final long SELF = -1;
	private static final int[] SEEN_PROPERTIES = {PartitionProperty.PRIVILEGE_FLAGS, PartitionProperty.SYNTHETIC_PROC_FEATURES,
		PartitionProperty.TIME_FREEZE, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, PartitionProperty.UNIMPLEMENTED_MSR_ACTION};
	private static final int[] SEEN_REGISTERS = {Register.RAX.code(), Register.RIP.code(), Register.CR0.code(), Register.CS.code(),
		Register.EFER.code(), Register.RFLAGS.code(), Register.APIC_BASE.code(), Register.SINT0.code(), Register.EXPLICIT_SUSPEND.code()};

	private final HypercallInterface hypervisor;
	private final Set<Long> foreign;
	private final Dice dice;
	private final Arena arena = Arena.ofShared();
	/** Never mapped or deposited: input, output, and a page between them that nothing may touch. */
	private final MemorySegment pages = arena.allocate(4L * PAGE, PAGE);
	private final MemorySegment memory = arena.allocate((long) PAGES * PAGE, 0x20_0000);
	private final MemorySegment pool = arena.allocate((long) PAGES * PAGE, PAGE);
	private final List<Long> unused = new ArrayList<>();
	/** Pages that are in the pool of a partition, with its id. */
	private final Map<Long, Long> deposited = new HashMap<>();
	private final List<Long> partitions = new ArrayList<>();
	private final List<Long> former = new ArrayList<>(List.of(0L));
	private final List<int[]> ports = new ArrayList<>();
	private volatile String doing = "nothing yet";

	/** @param foreign ids of partitions that are somebody else's */
	HypercallWorker(HypercallInterface hypervisor, Set<Long> foreign, Dice dice) {
		this.hypervisor = hypervisor;
		this.foreign = Set.copyOf(foreign);
		this.dice = dice;
		for (int i = 0; i < PAGES; i++) {
			unused.add((pool.address() >>> 12) + i);
		}
	}

	@Override
	public String doing() {
		return doing;
	}

	@Override
	public Outcome step() {
		if (partitions.size() < PARTITIONS) {
			return create();
		}
		if (dice.oneIn(32)) {
			return msr();
		}
		if (dice.oneIn(32)) {
			delete(partitions.removeFirst());
			return Outcome.DONE;
		}
		RawCall call = dice.pick(RawCall.ALL);
		long id = dice.pick(partitions);
		boolean look = dice.oneIn(LOOK_ONE_IN);
		Map<String, Object> before = look ? observe(id) : Map.of();
		long result = make(call, id);
		int status = HypercallResult.status(result);
		if (status == 0) {
			return Outcome.DONE;
		}
		if (look && HypercallResult.completed(result) == 0) {
			Map<String, Object> after = observe(id);
			before.forEach((what, value) -> {
				if (!Objects.equals(value, after.get(what))) {
					throw new Fault("refused with " + status + ", but " + what + " was " + value + " and is " + after.get(what));
				}
			});
		}
		return Outcome.REFUSED;
	}

	/** Fills input and control word, makes the call and checks the form of what comes back. */
	private long make(RawCall call, long id) {
		MemorySegment input = pages.asSlice(0, PAGE);
		MemorySegment output = pages.asSlice(2L * PAGE, PAGE);
		int wrong = dice.oneIn(2) ? dice.below(call.fields().size()) : -1;
		int at = 0;
		for (int i = 0; i < call.fields().size(); i++) {
			at = put(input, at, call.fields().get(i), id, i == wrong);
		}
		int count = call.repetition().isEmpty() && !call.repetitions() ? 0 : 1 + dice.below(REPETITIONS);
		if (call.repetitions() && call.repetition().isEmpty() && dice.oneIn(8)) {
			count = dice.below(PAGE);
		}
		int start = at;
		for (int i = 0; i < count && !call.repetition().isEmpty(); i++) {
			for (RawCall.Field field : call.repetition()) {
				at = put(input, at, field, id, dice.oneIn(16));
			}
		}
		boolean fast = call.fast() && dice.oneIn(2);
		long control = call.variable() ? HypercallControl.simple(call.code(), dice.oneIn(8) ? 200 : (at - start + 7) / 8 * 8)
			: call.repetitions() ? HypercallControl.repetitions(call.code(), count, dice.oneIn(8) ? dice.below(count + 2) : 0)
			: fast ? HypercallControl.fast(call.code()) : HypercallControl.simple(call.code(), 0);
		if (dice.oneIn(8)) {
			control = wrong(control);
		}
		long first = input.address();
		long second = output.address();
		if (HypercallControl.isFast(control)) {
			first = input.get(JAVA_LONG_UNALIGNED, 0);
			second = input.get(JAVA_LONG_UNALIGNED, 8);
		} else if (dice.oneIn(8)) {
			first = wrongAddress(first);
		} else if (dice.oneIn(8)) {
			second = wrongAddress(second);
		}
		byte[] sent = input.toArray(JAVA_BYTE);
		doing = "call 0x" + Long.toHexString(control) + " input " + (HypercallControl.isFast(control)
			? Long.toHexString(first) + " " + Long.toHexString(second) : first % PAGE + ": " + HexFormat.of().formatHex(Arrays.copyOf(sent, at)));
		long result = hypervisor.hypercall(control, first, second);
		check(control, result);
		if (!Arrays.equals(sent, input.toArray(JAVA_BYTE))) {
			throw new Fault("the input has been changed");
		}
		account(control, result, input, first, second);
		return result;
	}

	private static void check(long control, long result) {
		int status = HypercallResult.status(result);
		int completed = HypercallResult.completed(result);
		if (status == HvStatus.OPERATION_FAILED.code()) {
			throw new Fault("the hypervisor failed");
		}
		if ((result & ~0xFFF_0000_FFFFL) != 0) {
			throw new Fault("reserved bits in the result 0x" + Long.toHexString(result));
		}
		int count = HypercallControl.count(control);
		int start = HypercallControl.start(control);
		if (status == 0 && completed > count || completed > Math.max(count, start)) {
			throw new Fault(completed + " repetitions completed of " + count + " from " + start + " on, status " + status);
		}
	}

	/** Keeps count of what the call has made or ended. */
	private void account(long control, long result, MemorySegment input, long first, long output) {
		int code = HypercallControl.code(control);
		long named = input.get(JAVA_LONG_UNALIGNED, 0);
		if (HypercallResult.status(result) != 0) {
			return;
		}
		switch (code) {
			case CallCode.CREATE_PARTITION -> partitions.add(pages.get(JAVA_LONG_UNALIGNED, output - pages.address()));
			case CallCode.DELETE_PARTITION -> forget(HypercallControl.isFast(control) ? first : named);
			case CallCode.CREATE_PORT -> ports.add(new int[] {input.get(JAVA_INT_UNALIGNED, 8), named == SELF || named == 1 ? 1 : 0});
			default -> {
				// Its effect ends with the partition
			}
		}
	}

	/** Whoever deletes a finalized partition without withdrawing its pages has them back all the same. */
	private void forget(long id) {
		partitions.remove(id);
		former.add(id);
		List<Long> back = deposited.entrySet().stream().filter(entry -> entry.getValue() == id).map(Map.Entry::getKey).toList();
		deposited.keySet().removeAll(back);
		unused.addAll(back);
	}

	private int put(MemorySegment input, int at, RawCall.Field field, long id, boolean wrong) {
		long value = wrong ? wrongValue(field.kind(), id) : value(field.kind(), id);
		switch (field.size()) {
			case 1 -> input.set(JAVA_BYTE, at, (byte) value);
			case 2 -> input.set(JAVA_SHORT_UNALIGNED, at, (short) value);
			case 4 -> input.set(JAVA_INT_UNALIGNED, at, (int) value);
			default -> input.set(JAVA_LONG_UNALIGNED, at, value);
		}
		return at + field.size();
	}

	private long value(RawCall.Kind kind, long id) {
		return switch (kind) {
			case PARTITION, GUEST -> id;
			case ROOT -> SELF;
			case VP -> dice.below(3);
			case ZERO -> 0;
			case SMALL -> dice.below(16);
			case ANY -> dice.oneIn(2) ? 0 : dice.edge();
			case GFN -> dice.below(PAGES);
			case GPA -> dice.below(PAGES * PAGE);
			case PAGE_ADDRESS -> (long) PAGE * dice.below(PAGES);
			case ROOT_PAGE_ADDRESS -> memory.address() + (long) PAGE * dice.below(PAGES);
			case HOST_PAGE -> (memory.address() >>> 12) + (dice.oneIn(4) ? 512L * dice.below(PAGES / 512) : dice.below(PAGES));
			case MAP_FLAGS -> dice.pick(1, 3, 0xD, 0xF, 0x8001, 0x10000, 0x200003, 0x8000_0003, 0x8000_000F);
			case PROPERTY -> dice.pick(SEEN_PROPERTIES);
			case REGISTER -> dice.pick(List.of(Register.values())).code();
			case PORT, CONNECTION -> 0x7F_0000 | dice.below(8);
			// A page of monitored notifications may be the root's: other calls are about that
			case PORT_TYPE -> dice.pick(0, PortType.MESSAGE, PortType.EVENT, PortType.DOORBELL, 5);
			case MONITOR -> PortType.MONITOR;
			case STATE -> dice.oneIn(4) ? 0x10002 : dice.pick(List.of(VpState.values())).hypervisorType();
			case COUNT -> dice.below(18);
			case ACCESS -> dice.below(8);
		};
	}

	private long wrongValue(RawCall.Kind kind, long id) {
		if (kind == RawCall.Kind.HOST_PAGE) {
			// A number that could be a page of this process must be one of ours
			return dice.oneIn(2) ? 0 : 1L << 35 + dice.below(28);
		}
		if (kind == RawCall.Kind.ROOT_PAGE_ADDRESS) {
			return dice.oneIn(2) ? dice.below(PAGE) : 1L << 47 + dice.below(17);
		}
		if (kind == RawCall.Kind.GUEST || kind == RawCall.Kind.ROOT) {
			return dice.pick(former);
		}
		if (kind == RawCall.Kind.PARTITION) {
			long other = dice.oneIn(3) ? dice.pick(former) : dice.oneIn(2) ? SELF : dice.edge();
			return foreign.contains(other) ? id : other;
		}
		return dice.edge();
	}

	private long wrong(long control) {
		return switch (dice.below(5)) {
			case 0 -> control ^ 1L << 16;
			case 1 -> control ^ 1L << 27 + dice.below(5);
			case 2 -> control ^ (long) dice.below(4096) << 32;
			case 3 -> control ^ (long) dice.below(4096) << 48;
			default -> control ^ (long) dice.below(1024) << 17;
		};
	}

	/** Only addresses that are not looked at, and of our own pages. */
	private long wrongAddress(long address) {
		return switch (dice.below(5)) {
			case 0 -> 0;
			case 1 -> address + 1 + dice.below(7);
			case 2 -> address + PAGE - 8;
			case 3 -> 1L << 47 + dice.below(17);
			default -> dice.below(PAGE / 8) * 8L;
		};
	}

	private Outcome create() {
		MemorySegment input = pages.asSlice(0, PAGE).fill((byte) 0);
		boolean apic = !dice.oneIn(8);
		input.set(JAVA_LONG_UNALIGNED, 0, 1 << 8 | 1 << 19 | (apic ? 1 << 13 : 0) | (apic && dice.oneIn(2) ? 1 << 22 : 0)
			| (dice.oneIn(2) ? 1 << 4 : 0));
		input.set(JAVA_INT_UNALIGNED, 16, 0x609);
		doing = "create a partition";
		long result = hypervisor.hypercall(CallCode.CREATE_PARTITION, input.address(), pages.address() + 2 * PAGE);
		if (HypercallResult.status(result) != 0) {
			throw new Fault("no partition: status " + HypercallResult.status(result));
		}
		long id = pages.get(JAVA_LONG_UNALIGNED, 2 * PAGE);
		partitions.add(id);
		deposit(id, dice.oneIn(8) ? dice.below(20) : DEPOSIT);
		if (!dice.oneIn(8)) {
			hypervisor.hypercall(HypercallControl.fast(CallCode.INITIALIZE_PARTITION), id, 0);
			set(id, PartitionProperty.TIME_FREEZE, 1);
		}
		return Outcome.DONE;
	}

	private void set(long id, int property, long value) {
		MemorySegment input = pages.asSlice(0, PAGE).fill((byte) 0);
		input.set(JAVA_LONG_UNALIGNED, 0, id);
		input.set(JAVA_INT_UNALIGNED, 8, property);
		input.set(JAVA_LONG_UNALIGNED, 16, value);
		hypervisor.hypercall(CallCode.SET_PARTITION_PROPERTY, input.address(), 0);
	}

	private void deposit(long id, int count) {
		doing = "deposit " + count + " pages to " + id;
		MemorySegment input = pages.asSlice(0, PAGE);
		input.set(JAVA_LONG_UNALIGNED, 0, id);
		int pages = Math.min(count, unused.size());
		for (int i = 0; i < pages; i++) {
			input.set(JAVA_LONG_UNALIGNED, 8 + 8L * i, unused.get(unused.size() - 1 - i));
		}
		if (pages == 0) {
			return;
		}
		long result = hypervisor.hypercall(HypercallControl.repetitions(CallCode.DEPOSIT_MEMORY, pages, 0), input.address(), 0);
		for (int i = HypercallResult.completed(result); i > 0; i--) {
			deposited.put(unused.removeLast(), id);
		}
		if (HypercallResult.status(result) != 0) {
			throw new Fault("a page was not taken: status " + HypercallResult.status(result));
		}
	}

	/** Ends a partition as a driver does, and takes all pages back that it was given. */
	private void delete(long id) {
		doing = "delete " + id;
		hypervisor.hypercall(HypercallControl.fast(CallCode.FINALIZE_PARTITION), id, 0);
		MemorySegment input = pages.asSlice(0, PAGE).fill((byte) 0);
		input.set(JAVA_LONG_UNALIGNED, 0, id);
		long result;
		do {
			result = hypervisor.hypercall(HypercallControl.repetitions(CallCode.WITHDRAW_MEMORY, 512, 0), input.address(),
				pages.address() + 2 * PAGE);
			for (int i = 0; i < HypercallResult.completed(result); i++) {
				long page = pages.get(JAVA_LONG_UNALIGNED, 2 * PAGE + 8L * i);
				if (!deposited.remove(page, id)) {
					throw new Fault("page " + page + " came back that was not deposited there");
				}
				unused.add(page);
			}
		} while (HypercallResult.status(result) == 0);
		if (HypercallResult.status(result) != HvStatus.NO_RESOURCES.code()) {
			throw new Fault("pages cannot be withdrawn: status " + HypercallResult.status(result));
		}
		result = hypervisor.hypercall(HypercallControl.fast(CallCode.DELETE_PARTITION), id, 0);
		if (HypercallResult.status(result) != 0) {
			throw new Fault("partition " + id + " cannot be deleted: status " + HypercallResult.status(result));
		}
		former.add(id);
		if (former.size() > FORMER) {
			former.remove(1);
		}
	}

	/** The root's own are left alone, and those that do not exist are refused. */
	private Outcome msr() {
		int index = dice.oneIn(2) ? 0x4000_0000 + dice.below(0x200) : (int) dice.edge();
		doing = "MSR 0x" + Integer.toHexString(index);
		try {
			hypervisor.readMsr(index);
			return Outcome.DONE;
		} catch (IllegalArgumentException e) {
			return Outcome.REFUSED;
		}
	}

	private Map<String, Object> observe(long id) {
		Map<String, Object> seen = new LinkedHashMap<>();
		MemorySegment input = pages.asSlice(PAGE, PAGE).fill((byte) 0);
		long output = pages.address() + 3 * PAGE;
		input.set(JAVA_LONG_UNALIGNED, 0, id);
		for (int property : SEEN_PROPERTIES) {
			input.set(JAVA_LONG_UNALIGNED, 8, property);
			seen.put("property " + property, answer(CallCode.GET_PARTITION_PROPERTY, input.address(), output));
		}
		for (int vp = 0; vp < 3; vp++) {
			input.fill((byte) 0).set(JAVA_LONG_UNALIGNED, 0, id);
			input.set(JAVA_INT_UNALIGNED, 8, vp);
			for (int i = 0; i < SEEN_REGISTERS.length; i++) {
				input.set(JAVA_INT_UNALIGNED, 16, SEEN_REGISTERS[i]);
				seen.put("register " + SEEN_REGISTERS[i] + " of " + vp,
					answer(HypercallControl.repetitions(CallCode.GET_VP_REGISTERS, 1, 0), input.address(), output));
			}
		}
		return seen;
	}

	private List<Long> answer(long control, long input, long output) {
		long result = hypervisor.hypercall(control, input, output);
		return result == 0 || HypercallResult.status(result) == 0 ? List.of(result, pages.get(JAVA_LONG_UNALIGNED, 3 * PAGE)) : List.of(result);
	}

	@Override
	public void close() {
		List.copyOf(partitions).forEach(this::delete);
		for (int[] port : ports) {
			hypervisor.hypercall(HypercallControl.fast(CallCode.DELETE_PORT), port[1] == 1 ? SELF : 0, port[0]);
		}
		arena.close();
		if (!deposited.isEmpty()) {
			throw new Fault(deposited.size() + " pages did not come back");
		}
	}
}
