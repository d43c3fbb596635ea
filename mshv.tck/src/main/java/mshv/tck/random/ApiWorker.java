package mshv.tck.random;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

import mshv.api.CpuidQuery;
import mshv.api.CpuidResult;
import mshv.api.DoorbellRequest;
import mshv.api.HostAccessChange;
import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.InterceptResult;
import mshv.api.InterruptRequest;
import mshv.api.MemoryRegion;
import mshv.api.MsiRoute;
import mshv.api.PageAccess;
import mshv.api.PageAccessOperation;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.abi.CallCode;
import mshv.api.abi.PartitionProperty;
import mshv.api.event.Event;
import mshv.api.event.EventFactory;

/**
 * Random operations on the API: on partitions of its own, where a refusal must leave everything as it was, and on some that other threads
 * use and close at the same time.
 */
final class ApiWorker implements Worker {
	private static final int PARTITIONS = 2;
	private static final int PROCESSORS = 3;
	private static final int MEMORY = 0x40_0000;
	private static final int PAGE = MemoryRegion.PAGE_SIZE;
	/** Looking at everything takes a thousand times as long as most operations. */
	private static final int LOOK_ONE_IN = 64;
	private static final int SHARE_ONE_IN = 4;
	private static final List<Register> REGISTERS = List.of(Register.values());
	private static final List<VpState> STATES = List.of(VpState.values());
	private static final int[] PROPERTIES = {PartitionProperty.PRIVILEGE_FLAGS, PartitionProperty.SYNTHETIC_PROC_FEATURES,
		PartitionProperty.REFERENCE_TIME, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, PartitionProperty.UNIMPLEMENTED_MSR_ACTION,
		PartitionProperty.XSAVE_FEATURES, PartitionProperty.PHYSICAL_ADDRESS_WIDTH, PartitionProperty.GUEST_OS_ID};
	private static final int[] PASSED_CALLS = {CallCode.GET_PARTITION_PROPERTY, CallCode.SET_PARTITION_PROPERTY,
		CallCode.INSTALL_INTERCEPT, CallCode.GET_VP_REGISTERS, CallCode.SET_VP_REGISTERS, CallCode.TRANSLATE_VIRTUAL_ADDRESS,
		CallCode.CLEAR_VIRTUAL_INTERRUPT, CallCode.REGISTER_INTERCEPT_RESULT, CallCode.ASSERT_VIRTUAL_INTERRUPT,
		CallCode.SIGNAL_EVENT_DIRECT, CallCode.POST_MESSAGE_DIRECT, CallCode.GET_GPA_PAGES_ACCESS_STATES, CallCode.GET_VP_CPUID_VALUES,
		CallCode.GET_PARTITION_PROPERTY_EX, CallCode.MAP_GPA_PAGES};

	/** Something to do. */
	@FunctionalInterface
	private interface Action {
		/** @return true if it was done, false if it was refused by a status */
		boolean run();
	}

	private final Hypervisor hypervisor;
	private final SharedGuests shared;
	private final Dice dice;
	private final Arena arena = Arena.ofShared();
	private final MemorySegment memory = arena.allocate(MEMORY, 0x20_0000);
	private final List<Partition> partitions = new ArrayList<>();
	/** Registers are seen through the page of a processor, whatever its user has written there, until that is taken or refreshed. */
	private final Set<Partition> scribbled = new HashSet<>();
	private final List<Event> events;
	private final Interrupter interrupter = new Interrupter();
	private volatile String doing = "nothing yet";
	/** What is refused may have been done in part, as its description says. */
	private boolean partial;

	ApiWorker(Hypervisor hypervisor, EventFactory events, SharedGuests shared, Dice dice) {
		this.hypervisor = hypervisor;
		this.shared = shared;
		this.dice = dice;
		this.events = Stream.generate(events::create).limit(3).toList();
		// Guests execute it
		MemorySegment.copy(MemorySegment.ofArray(dice.bytes(MEMORY)), 0, memory, 0, MEMORY);
	}

	@Override
	public String doing() {
		return doing;
	}

	@Override
	public Outcome step() {
		partial = false;
		if (partitions.size() < PARTITIONS) {
			return attempt(null, create());
		}
		boolean others = dice.oneIn(SHARE_ONE_IN);
		Partition partition = others ? shared.partition(dice) : dice.pick(partitions);
		Action action = choose(partition, others);
		Observation before = !others && dice.oneIn(LOOK_ONE_IN) && !scribbled.contains(partition) ? Observation.of(partition) : null;
		Outcome outcome = attempt(partition, action);
		if (outcome == Outcome.REFUSED && before != null && !partial) {
			String difference = before.difference(Observation.of(partition));
			if (!difference.isEmpty()) {
				throw new Fault("refused, but changed: " + difference);
			}
		}
		return outcome;
	}

	private Outcome attempt(Partition partition, Action action) {
		try {
			return action.run() ? Outcome.DONE : Outcome.REFUSED;
		} catch (HypervisorException e) {
			if (e.status() == HvStatus.OPERATION_FAILED) {
				throw new Fault("the hypervisor failed", e);
			}
			return Outcome.REFUSED;
		} finally {
			if (partition != null && partitions.contains(partition) && !hypervisor.partitions().contains(partition)) {
				partitions.remove(partition);
				scribbled.remove(partition);
			}
		}
	}

	/** Notes what is about to be done. */
	private Action does(String what, Runnable action) {
		doing = what;
		return () -> {
			action.run();
			return true;
		};
	}

	private Action create() {
		Set<PartitionConfig.Flag> flags = EnumSet.noneOf(PartitionConfig.Flag.class);
		if (dice.oneIn(4)) {
			for (PartitionConfig.Flag flag : PartitionConfig.Flag.values()) {
				if (dice.oneIn(2)) {
					flags.add(flag);
				}
			}
		} else {
			flags.addAll(PartitionConfig.standard().flags());
			if (dice.oneIn(2)) {
				flags.add(PartitionConfig.Flag.GPA_SUPER_PAGES);
			}
		}
		boolean features = dice.oneIn(4);
		if (features) {
			flags.add(PartitionConfig.Flag.CPU_AND_XSAVE_FEATURES);
		}
		PartitionConfig config = new PartitionConfig(flags, features ? dice.edge() : 0, features ? dice.edge() : 0, features ? dice.edge() : 0);
		return does("create " + config, () -> {
			Partition partition = hypervisor.createPartition(config);
			partitions.add(partition);
			if (!dice.oneIn(8)) {
				partition.initialize();
				// Nothing moves by itself then, so that what changes was changed
				partition.setProperty(PartitionProperty.TIME_FREEZE, 1);
				partition.createVirtualProcessor(0);
				partition.mapMemory(MemoryRegion.ram(0, memory.asSlice(0, 0x10_0000)));
			}
		});
	}

	private Action choose(Partition partition, boolean others) {
		return switch (dice.below(24)) {
			case 0 -> dice.oneIn(4) ? others ? does("replace " + partition.id(), () -> shared.replacePartition(dice))
				: does("close " + partition.id(), partition::close) : does("initialize " + partition.id(), partition::initialize);
			case 1 -> createProcessor(partition);
			case 2, 3 -> map(partition, others);
			case 4 -> unmap(partition);
			case 5 -> property(partition);
			case 6 -> hostProperty();
			case 7 -> interrupt(partition);
			case 8 -> routes(partition);
			case 9, 10 -> bindings(partition, others);
			case 11 -> intercepts(partition);
			case 12 -> messages(partition);
			case 13 -> pages(partition, others);
			case 14 -> passThrough(partition);
			default -> processor(partition, others);
		};
	}

	private Action createProcessor(Partition partition) {
		int index = dice.oneIn(4) ? dice.pick(-1, 255, 256, (int) dice.edge()) : dice.below(PROCESSORS);
		// Each of them makes every look longer
		int wanted = processors(partition) >= PROCESSORS ? 0 : index;
		return does("create processor " + wanted, () -> partition.createVirtualProcessor(wanted));
	}

	private static int processors(Partition partition) {
		try {
			return partition.virtualProcessors().size();
		} catch (HypervisorException e) {
			return 0;
		}
	}

	private Action map(Partition partition, boolean others) {
		MemorySegment from = others ? shared.memory() : memory;
		int pages = (int) (from.byteSize() / PAGE);
		int first = dice.below(pages);
		int count = dice.oneIn(8) ? dice.below(pages - first) : Math.min(pages - first, dice.below(8));
		MemorySegment part = from.asSlice((long) first * PAGE, (long) count * PAGE);
		if (dice.oneIn(8)) {
			part = dice.oneIn(2) ? from.asSlice(dice.below(PAGE), dice.below(3 * PAGE)) : MemorySegment.ofArray(new byte[PAGE]);
		}
		long address = dice.oneIn(8) ? dice.edge() : (long) dice.below(512) * PAGE;
		Set<MemoryRegion.Access> access = EnumSet.noneOf(MemoryRegion.Access.class);
		for (MemoryRegion.Access right : MemoryRegion.Access.values()) {
			if (!dice.oneIn(3)) {
				access.add(right);
			}
		}
		MemoryRegion region = new MemoryRegion(address, part, access, dice.pick(List.of(MemoryRegion.Backing.values())));
		return does("map " + region, () -> partition.mapMemory(region));
	}

	private Action unmap(Partition partition) {
		return does("unmap", () -> {
			List<MemoryRegion> regions = partition.memoryRegions();
			if (!regions.isEmpty()) {
				MemoryRegion region = dice.pick(regions);
				partition.unmapMemory(dice.oneIn(4) ? MemoryRegion.ram(region.guestAddress() + dice.pick(0, PAGE, 1), region.memory()) : region);
			}
		});
	}

	private Action property(Partition partition) {
		int code = dice.oneIn(4) ? (int) dice.edge() : dice.pick(PROPERTIES);
		long value = dice.edge();
		if (dice.oneIn(2)) {
			return does("get property " + code, () -> partition.getProperty(code));
		}
		// Time that goes on changes what is looked at
		return does("set property " + Integer.toHexString(code) + " to " + value,
			() -> partition.setProperty(code == PartitionProperty.TIME_FREEZE ? 0 : code, value));
	}

	private Action hostProperty() {
		int code = dice.oneIn(2) ? (int) dice.edge() : dice.pick(PartitionProperty.VMM_CAPABILITIES,
			PartitionProperty.ASSIGNABLE_SYNTHETIC_PROC_FEATURES, PartitionProperty.PHYSICAL_ADDRESS_WIDTH);
		long argument = dice.oneIn(4) ? dice.edge() : 0;
		return does("host property " + code, () -> {
			hypervisor.getPropertyEx(code, argument);
			hypervisor.getProperty(code);
		});
	}

	private Action interrupt(Partition partition) {
		InterruptRequest request = new InterruptRequest(dice.pick(List.of(InterruptRequest.Type.values())),
			dice.oneIn(8) ? (int) dice.edge() : dice.below(256), dice.oneIn(4) ? dice.edge() : dice.below(PROCESSORS), dice.oneIn(4),
			dice.oneIn(4));
		return does("assert " + request, () -> partition.assertInterrupt(request));
	}

	private Action routes(Partition partition) {
		List<MsiRoute> routes = new ArrayList<>();
		int count = dice.oneIn(32) ? 4096 + dice.below(2) : dice.below(6);
		for (int i = 0; i < count; i++) {
			routes.add(new MsiRoute(dice.oneIn(16) ? (int) dice.edge() : i, 0xFEE0_0000 | dice.below(4) << 12,
				dice.oneIn(16) ? (int) dice.edge() : 0, dice.oneIn(4) ? (int) dice.bits() : 0x20 + dice.below(200)));
		}
		return does("route " + count, () -> partition.setMsiRouting(routes));
	}

	private Action bindings(Partition partition, boolean others) {
		Event event = others ? shared.event(dice) : dice.pick(events);
		Event resample = dice.oneIn(3) ? dice.pick(events) : null;
		int gsi = dice.oneIn(8) ? (int) dice.edge() : dice.below(6);
		DoorbellRequest doorbell = new DoorbellRequest(dice.oneIn(4) ? dice.edge() : dice.below(64) * 512L,
			dice.oneIn(8) ? (int) dice.edge() : dice.pick(0, 1, 2, 4, 8), dice.oneIn(2) ? OptionalLong.empty() : OptionalLong.of(dice.edge()),
			dice.oneIn(16), event);
		return switch (dice.below(6)) {
			case 0 -> does("irqfd " + gsi, () -> partition.assignIrqfd(event, resample, gsi));
			case 1 -> does("no irqfd " + gsi, () -> partition.deassignIrqfd(event, gsi));
			case 2 -> does("doorbell " + doorbell, () -> partition.assignIoeventfd(doorbell));
			case 3 -> does("no doorbell " + doorbell, () -> partition.deassignIoeventfd(doorbell));
			case 4 -> does("drain", event::drain);
			default -> others && dice.oneIn(8) ? does("replace event", () -> shared.replaceEvent(dice)) : does("signal", event::signal);
		};
	}

	private Action intercepts(Partition partition) {
		int type = dice.oneIn(8) ? (int) dice.edge() : dice.below(0xE);
		int access = dice.oneIn(8) ? (int) dice.edge() : dice.below(8);
		long parameter = dice.oneIn(4) ? dice.edge() : dice.below(64);
		if (dice.oneIn(2)) {
			return does("intercept " + type + " " + access + " " + parameter, () -> partition.installIntercept(access, type, parameter));
		}
		CpuidResult value = new CpuidResult((int) dice.bits(), (int) dice.bits(), (int) dice.bits(), (int) dice.bits());
		InterceptResult result = dice.oneIn(2) ? new InterceptResult.Msr((int) parameter, access, dice.oneIn(2))
			: new InterceptResult.Cpuid((int) parameter, dice.oneIn(2) ? OptionalInt.empty() : OptionalInt.of(dice.below(4)), dice.oneIn(2),
				value, value);
		int index = dice.below(PROCESSORS + 1);
		return does("result " + result, () -> partition.registerInterceptResult(index, result));
	}

	private Action messages(Partition partition) {
		int index = dice.below(PROCESSORS);
		int sint = dice.oneIn(8) ? (int) dice.edge() : dice.below(16);
		int flag = dice.oneIn(4) ? (int) dice.edge() : dice.below(2048);
		byte[] message = dice.bytes(dice.oneIn(8) ? dice.below(300) : 256);
		return switch (dice.below(3)) {
			case 0 -> does("clear", partition::clearVirtualInterrupt);
			case 1 -> does("signal event " + sint + " " + flag, () -> partition.signalEventDirect(index, sint, flag));
			default -> does("post message " + sint, () -> partition.postMessageDirect(index, sint, message));
		};
	}

	private Action pages(Partition partition, boolean others) {
		long first = dice.oneIn(4) ? dice.edge() : dice.below(512);
		long count = dice.oneIn(4) ? dice.edge() : dice.below(5000);
		partial = true;
		// Host access is the memory's, which other threads use too
		if (others || dice.oneIn(2)) {
			PageAccess type = dice.pick(List.of(PageAccess.values()));
			PageAccessOperation operation = dice.pick(List.of(PageAccessOperation.values()));
			return does("page access " + type + " " + operation + " " + first + " " + count,
				() -> partition.pageAccess(type, operation, first, count));
		}
		HostAccessChange change = new HostAccessChange(dice.oneIn(2), dice.oneIn(2), dice.oneIn(2), dice.oneIn(8),
			Stream.generate(() -> dice.oneIn(8) ? dice.edge() : (long) dice.below(512)).limit(dice.below(4)).toList());
		return does(change.toString(), () -> partition.modifyHostAccess(change));
	}

	private Action passThrough(Partition partition) {
		int code = dice.oneIn(8) ? (int) dice.edge() : dice.pick(PASSED_CALLS);
		byte[] input = dice.bytes(dice.oneIn(8) ? dice.below(4200) : 8 * (1 + dice.below(40)));
		for (int i = 8; i < input.length && !dice.oneIn(4); i++) {
			// Most of a structure that is accepted is zero
			input[i] = (byte) (dice.oneIn(8) ? dice.below(256) : 0);
		}
		if (code == CallCode.SET_PARTITION_PROPERTY && input.length > 10) {
			input[10] = 1;
		}
		int reps = dice.oneIn(8) ? (int) dice.edge() : dice.below(4);
		PassThroughCall call = new PassThroughCall(code, reps, input, dice.oneIn(4) ? (int) dice.edge() : 8 * dice.below(9));
		partial |= reps != 0;
		int handle = dice.below(3);
		doing = "pass through 0x" + Integer.toHexString(code) + " reps " + reps + " input " + HexFormat.of().formatHex(input)
			+ " output " + call.outputSize();
		return () -> {
			List<VirtualProcessor> processors = partition.virtualProcessors();
			PassThroughResult result = handle == 0 ? hypervisor.passThrough(call)
				: handle == 1 || processors.isEmpty() ? partition.passThrough(call) : dice.pick(processors).passThrough(call);
			if (result.status() == HvStatus.OPERATION_FAILED.code()) {
				throw new Fault("the hypervisor failed");
			}
			return result.status() == 0;
		};
	}

	private Action processor(Partition partition, boolean others) {
		List<VirtualProcessor> processors;
		try {
			processors = partition.virtualProcessors();
		} catch (HypervisorException e) {
			return () -> false;
		}
		if (processors.isEmpty()) {
			return createProcessor(partition);
		}
		VirtualProcessor processor = dice.pick(processors);
		return switch (dice.below(14)) {
			case 0, 1 -> run(processor);
			case 2, 3 -> setRegister(processor);
			case 4 -> setRegisters(processor);
			case 5 -> getRegisters(processor);
			case 6 -> getState(processor);
			case 7, 8 -> setState(processor);
			case 9 -> translate(processor);
			case 10 -> cpuid(processor);
			case 11 -> guestMemory(processor);
			case 12 -> others || !dice.oneIn(8) ? does("interrupt", processor::interrupt) : registerPage(processor);
			default -> does("pages and statistics", () -> {
				processor.registerPage();
				processor.interceptPage();
				processor.statistics();
			});
		};
	}

	private Action run(VirtualProcessor processor) {
		int micros = dice.below(100);
		partial = true;
		return does("run " + processor.index() + " of " + processor.partition().id() + " for " + micros + " us",
			() -> interrupter.run(processor, micros));
	}

	private RegisterValue value(Register register) {
		long low = dice.edge();
		return switch (register) {
			// Some code that can be executed is found there
			case RIP -> dice.oneIn(4) ? RegisterValue.of(low) : RegisterValue.of(dice.below(0x10_0000));
			case CS, DS, ES, FS, GS, SS, LDTR, TR -> RegisterValue.segment(low, (int) dice.bits(), (int) dice.bits(),
				dice.oneIn(2) ? 0x93 + dice.below(16) : (int) dice.bits());
			case EXPLICIT_SUSPEND, DISPATCH_SUSPEND, INTERCEPT_SUSPEND, INTERNAL_ACTIVITY_STATE -> RegisterValue.of(dice.below(8));
			case CR0, CR4, EFER -> RegisterValue.of(dice.bits() & 0xF_FFFF & dice.bits());
			default -> new RegisterValue(low, dice.oneIn(4) ? dice.edge() : 0);
		};
	}

	private Action setRegister(VirtualProcessor processor) {
		Register register = dice.pick(REGISTERS);
		RegisterValue value = value(register);
		return does("set " + register + " to " + value, () -> processor.setRegisters(Map.of(register, value)));
	}

	private Action setRegisters(VirtualProcessor processor) {
		Map<Register, RegisterValue> values = new LinkedHashMap<>();
		for (int i = dice.oneIn(8) ? 200 : dice.below(20); i >= 0; i--) {
			Register register = dice.pick(REGISTERS);
			values.put(register, value(register));
		}
		partial = true;
		return does("set " + values, () -> processor.setRegisters(values));
	}

	private Action getRegisters(VirtualProcessor processor) {
		List<Register> names = Stream.generate(() -> dice.pick(REGISTERS)).limit(1 + (dice.oneIn(8) ? 300 : dice.below(20))).toList();
		return does("get " + names, () -> processor.getRegisters(names));
	}

	private Action getState(VirtualProcessor processor) {
		VpState state = dice.pick(STATES);
		return does("get " + state, () -> processor.getState(state));
	}

	private Action setState(VirtualProcessor processor) {
		VpState state = dice.pick(STATES);
		int flips = dice.below(4);
		boolean wild = dice.oneIn(8);
		byte[] bytes = dice.bytes(dice.below(5000));
		return does("set " + state + " with " + flips + " changes, wild " + wild, () -> {
			byte[] now = wild ? bytes : processor.getState(state);
			for (int i = 0; i < flips && now.length > 0; i++) {
				now[dice.below(now.length)] = (byte) dice.below(256);
			}
			processor.setState(state, now);
		});
	}

	private Action translate(VirtualProcessor processor) {
		long address = dice.edge();
		long flags = dice.oneIn(4) ? dice.edge() : dice.below(0x800);
		return does("translate " + address + " " + flags, () -> processor.translate(address, flags));
	}

	private Action cpuid(VirtualProcessor processor) {
		List<CpuidQuery> queries = Stream.generate(() -> new CpuidQuery(
			dice.oneIn(2) ? (int) dice.edge() : dice.pick(0, 0x4000_0000, 0x8000_0000) + dice.below(12), (int) dice.edge(), dice.edge(),
			dice.edge())).limit(1 + (dice.oneIn(8) ? 200 : dice.below(4))).toList();
		boolean own = dice.oneIn(2);
		boolean registered = dice.oneIn(2);
		return does("cpuid " + queries.size(), () -> processor.cpuidValues(queries, own, registered));
	}

	private Action guestMemory(VirtualProcessor processor) {
		long address = dice.oneIn(4) ? dice.edge() : dice.below(0x20_0000);
		int size = dice.oneIn(8) ? dice.below(40) : 1 + dice.below(16);
		int asked = dice.oneIn(8) ? (int) dice.edge() : size;
		byte[] data = dice.bytes(size);
		return dice.oneIn(2) ? does("read GPA " + address + " " + asked, () -> processor.readGpa(address, asked))
			: does("write GPA " + address + " " + size, () -> processor.writeGpa(address, data));
	}

	/** The page is the user's to write while the processor stands; what it holds counts when that is run. */
	private Action registerPage(VirtualProcessor processor) {
		int offset = 4 * dice.below(1024);
		int bits = (int) dice.edge();
		return does("write " + bits + " at " + offset + " of the register page", () -> {
			scribbled.add(processor.partition());
			MemorySegment page = processor.registerPage();
			page.set(JAVA_INT, offset, bits);
			if (dice.oneIn(2)) {
				page.set(JAVA_INT, 4, dice.below(64));
			}
		});
	}

	@Override
	public void close() {
		partitions.forEach(Partition::close);
		events.forEach(Event::close);
		interrupter.close();
		arena.close();
	}
}
