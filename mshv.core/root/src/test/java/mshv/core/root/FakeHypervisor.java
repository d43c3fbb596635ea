package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.AssertVirtualInterruptInput;
import mshv.api.abi.CallCode;
import mshv.api.abi.CreatePartitionInput;
import mshv.api.abi.CreateVpInput;
import mshv.api.abi.DispatchVpInput;
import mshv.api.abi.DispatchVpOutput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MapFlag;
import mshv.api.abi.MapGpaPagesInput;
import mshv.api.abi.MapVpStatePageInput;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.RegisterPage;
import mshv.api.abi.SetPartitionPropertyInput;
import mshv.api.abi.StatsPageInput;
import mshv.api.abi.SystemPropertyInput;
import mshv.api.abi.TranslateVirtualAddressInput;
import mshv.api.abi.TranslateVirtualAddressOutput;
import mshv.api.abi.UnmapGpaPagesInput;
import mshv.api.abi.UnmapVpStatePageInput;
import mshv.api.abi.VpRegistersInput;
import mshv.api.abi.VpStateInput;
import mshv.api.hypercall.HypercallInterface;

/** A hypervisor whose guests are written in Java. It has partitions, processors and memory maps, but no instructions. */
final class FakeHypervisor implements HypercallInterface {
	/** What a processor executes when it is dispatched and not suspended. */
	interface Guest {
		/** @return the intercept that ends it, null if it is blocked: waiting for something */
		Intercept execute(Vp vp);
	}

	/** A processor. */
	static final class Vp {
		final Map<Integer, long[]> registers = new ConcurrentHashMap<>();
		final Arena arena = Arena.ofShared();
		final MemorySegment intercept = arena.allocate(4096, 4096);
		final MemorySegment page = arena.allocate(4096, 4096);
		final MemorySegment stats = arena.allocate(4096, 4096);
		final List<Integer> dispatchFlags = Collections.synchronizedList(new ArrayList<>());
		byte[] timers = new byte[200];
		byte[] lapic = new byte[4096];
		volatile Guest guest = _ -> null;
		/** Comes before the processor is suspended on request. */
		volatile Runnable beforeSuspend = () -> {};

		Vp() {
			registers.put(Register.EXPLICIT_SUSPEND.code(), new long[] {1, 0});
		}

		boolean suspended(Register register) {
			return (registers.getOrDefault(register.code(), new long[2])[0] & 1) != 0;
		}
	}

	/** A partition. */
	static final class Partition {
		final CreatePartitionInput config;
		final Map<Integer, Vp> vps = new TreeMap<>();
		/** Guest page to host page, in units of 4 KiB; the sign of the host page says that it was mapped as part of a large one. */
		final Map<Long, Long> mapped = new TreeMap<>();
		final Map<Integer, Long> properties = new TreeMap<>();
		int mapFlags;
		boolean initialized;
		boolean deleted;

		Partition(CreatePartitionInput config) {
			this.config = config;
		}
	}

	final Map<Long, Partition> partitions = new ConcurrentHashMap<>();
	/** Names of the calls that were made, dispatches and registers excepted. */
	final List<String> calls = Collections.synchronizedList(new ArrayList<>());
	final List<AssertVirtualInterruptInput> asserted = Collections.synchronizedList(new ArrayList<>());
	final List<InstallInterceptInput> installed = new ArrayList<>();
	/** A call that is refused, by its code. */
	volatile int refusedCall;
	/** A call that is answered with CALL_PENDING, by its code. */
	volatile int pendingCall;
	/** If there is one, HVCALL_SET_PARTITION_PROPERTY is pending, and this is completed by it. */
	volatile CompletableFuture<Void> pending;
	/** A guest page that cannot be mapped. */
	long refusedPage = -1;
	/** Number of the page type that cannot be mapped. */
	int refusedPageType = -1;
	int scheduler = 4;
	private long nextId = 100;

	@Override
	public long hypercall(long control, long input, long output) {
		int code = HypercallControl.code(control);
		if (code == refusedCall) {
			return HypercallResult.of(HvStatus.OPERATION_DENIED);
		}
		CompletableFuture<Void> asynchronous = pending;
		if (code == pendingCall || asynchronous != null && code == CallCode.SET_PARTITION_PROPERTY) {
			if (asynchronous != null) {
				asynchronous.complete(null);
			}
			return HypercallResult.of(HvStatus.CALL_PENDING);
		}
		if (HypercallControl.isFast(control)) {
			return HypercallResult.of(fast(code, input, output));
		}
		MemorySegment in = at(input);
		MemorySegment out = output == 0 ? MemorySegment.NULL : at(output);
		boolean stats = code == CallCode.MAP_STATS_PAGE || code == CallCode.UNMAP_STATS_PAGE;
		long id = stats ? StatsPageInput.decode(in).objectId() : in.get(JAVA_LONG_UNALIGNED, 0);
		int vp = in.get(JAVA_INT_UNALIGNED, 8);
		if (code == CallCode.DISPATCH_VP) {
			return dispatch(DispatchVpInput.decode(in), out);
		}
		int count = HypercallControl.count(control);
		return switch (code) {
			case CallCode.GET_SYSTEM_PROPERTY -> {
				out.set(JAVA_INT_UNALIGNED, 0, SystemPropertyInput.decode(in).property() == 15 ? scheduler : 0);
				yield HypercallResult.of(HvStatus.SUCCESS);
			}
			case CallCode.CREATE_PARTITION -> {
				partitions.put(nextId, new Partition(CreatePartitionInput.decode(in)));
				out.set(JAVA_LONG_UNALIGNED, 0, nextId++);
				yield HypercallResult.of(HvStatus.SUCCESS);
			}
			case CallCode.CREATE_PORT, CallCode.CONNECT_PORT -> {
				calls.add(code == CallCode.CREATE_PORT ? "create port " + vp + " of " + id + " for " + in.get(JAVA_LONG_UNALIGNED, 16)
					: "connect port " + vp + " of " + id);
				yield HypercallResult.of(HvStatus.SUCCESS);
			}
			case CallCode.GET_PARTITION_PROPERTY -> getProperty(PartitionPropertyInput.decode(in), out);
			default -> {
				Partition partition = partitions.get(id);
				if (partition == null || partition.deleted) {
					yield HypercallResult.of(HvStatus.INVALID_PARTITION_ID);
				}
				yield inPartition(code, control, partition, vp, count, in, out);
			}
		};
	}

	private HvStatus fast(int code, long id, long second) {
		if (code == CallCode.DISCONNECT_PORT || code == CallCode.DELETE_PORT) {
			calls.add((code == CallCode.DELETE_PORT ? "delete port " : "disconnect port ") + (int) second + " of " + id);
			return HvStatus.SUCCESS;
		}
		Partition partition = partitions.get(id);
		if (partition == null || partition.deleted) {
			return HvStatus.INVALID_PARTITION_ID;
		}
		switch (code) {
			case CallCode.INITIALIZE_PARTITION -> partition.initialized = true;
			case CallCode.FINALIZE_PARTITION -> partition.initialized = false;
			case CallCode.DELETE_PARTITION -> partition.deleted = true;
			case CallCode.DELETE_VP -> partition.vps.remove((int) second);
			default -> {
				return HvStatus.INVALID_HYPERCALL_CODE;
			}
		}
		calls.add(switch (code) {
			case CallCode.INITIALIZE_PARTITION -> "initialize";
			case CallCode.FINALIZE_PARTITION -> "finalize";
			case CallCode.DELETE_PARTITION -> "delete";
			default -> "delete VP";
		});
		return HvStatus.SUCCESS;
	}

	private long inPartition(int code, long control, Partition partition, int index, int count, MemorySegment in, MemorySegment out) {
		switch (code) {
			case CallCode.SET_PARTITION_PROPERTY -> {
				SetPartitionPropertyInput decoded = SetPartitionPropertyInput.decode(in);
				partition.properties.put(decoded.property(), decoded.value());
				return HypercallResult.of(HvStatus.SUCCESS);
			}
			case CallCode.MAP_GPA_PAGES -> {
				return map(partition, in, count);
			}
			case CallCode.UNMAP_GPA_PAGES -> {
				return unmap(partition, in, count);
			}
			case CallCode.CREATE_VP -> {
				if (!partition.initialized) {
					return HypercallResult.of(HvStatus.INVALID_PARTITION_STATE);
				}
				calls.add("create VP");
				partition.vps.put(CreateVpInput.decode(in).vpIndex(), new Vp());
				return HypercallResult.of(HvStatus.SUCCESS);
			}
			case CallCode.ASSERT_VIRTUAL_INTERRUPT -> {
				asserted.add(AssertVirtualInterruptInput.decode(in));
				return HypercallResult.of(HvStatus.SUCCESS);
			}
			case CallCode.INSTALL_INTERCEPT -> {
				installed.add(InstallInterceptInput.decode(in));
				return HypercallResult.of(HvStatus.SUCCESS);
			}
			case CallCode.MAP_STATS_PAGE, CallCode.UNMAP_STATS_PAGE -> {
				StatsPageInput decoded = StatsPageInput.decode(in);
				calls.add((code == CallCode.MAP_STATS_PAGE ? "map" : "unmap") + " stats page");
				if (code == CallCode.MAP_STATS_PAGE) {
					out.set(JAVA_LONG_UNALIGNED, 0, partition.vps.get(decoded.vpIndex()).stats.address() >>> 12);
				}
				return HypercallResult.of(HvStatus.SUCCESS);
			}
			default -> {
				Vp vp = partition.vps.get(index);
				return vp == null ? HypercallResult.of(HvStatus.INVALID_VP_INDEX) : onVp(code, control, vp, count, in, out);
			}
		}
	}

	private long onVp(int code, long control, Vp vp, int count, MemorySegment in, MemorySegment out) {
		switch (code) {
			case CallCode.MAP_VP_STATE_PAGE -> {
				int type = MapVpStatePageInput.decode(in).type();
				if (type == refusedPageType) {
					return HypercallResult.of(HvStatus.INVALID_PARAMETER);
				}
				calls.add("map page " + type);
				out.set(JAVA_LONG_UNALIGNED, 0, (type == 0 ? vp.page : vp.intercept).address() >>> 12);
				return HypercallResult.of(HvStatus.SUCCESS);
			}
			case CallCode.UNMAP_VP_STATE_PAGE -> {
				calls.add("unmap page " + UnmapVpStatePageInput.decode(in).type());
				return HypercallResult.of(HvStatus.SUCCESS);
			}
			case CallCode.GET_VP_REGISTERS -> {
				calls.add("get " + count);
				for (int i = 0; i < count; i++) {
					long[] value = vp.registers.getOrDefault(in.get(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE + 4L * i), new long[2]);
					out.set(JAVA_LONG_UNALIGNED, 16L * i, value[0]);
					out.set(JAVA_LONG_UNALIGNED, 16L * i + 8, value[1]);
				}
				return HypercallResult.of(HvStatus.SUCCESS, count);
			}
			case CallCode.SET_VP_REGISTERS -> {
				for (int i = 0; i < count; i++) {
					RegisterAssociation set = RegisterAssociation.decode(in.asSlice(VpRegistersInput.SIZE + 32L * i));
					if (set.name() == Register.DELIVERABILITY_NOTIFICATIONS.code()) {
						return HypercallResult.of(HvStatus.INVALID_PARAMETER, i);
					}
					if (set.name() == Register.EXPLICIT_SUSPEND.code() && set.low() == 1) {
						vp.beforeSuspend.run();
					}
					vp.registers.put(set.name(), new long[] {set.low(), set.high()});
				}
				return HypercallResult.of(HvStatus.SUCCESS, count);
			}
			case CallCode.GET_VP_STATE, CallCode.SET_VP_STATE -> {
				return state(code == CallCode.SET_VP_STATE, HypercallControl.variableHeader(control), vp, in, out);
			}
			case CallCode.TRANSLATE_VIRTUAL_ADDRESS -> {
				TranslateVirtualAddressInput decoded = TranslateVirtualAddressInput.decode(in);
				new TranslateVirtualAddressOutput(decoded.controlFlags() == 1 ? 0 : 2, 0, decoded.virtualPage() + 0x100).encode(out);
				return HypercallResult.of(HvStatus.SUCCESS);
			}
			default -> {
				return HypercallResult.of(HvStatus.INVALID_HYPERCALL_CODE);
			}
		}
	}

	private static long getProperty(PartitionPropertyInput in, MemorySegment out) {
		long value = switch (in.property()) {
			case PartitionProperty.XSAVE_STATES -> 7;
			case PartitionProperty.MAX_XSAVE_DATA_SIZE -> 5000;
			case PartitionProperty.PROCESSOR_VENDOR -> in.partitionId();
			default -> -1;
		};
		out.set(JAVA_LONG_UNALIGNED, 0, value);
		return HypercallResult.of(value == -1 && in.property() != PartitionProperty.PROCESSOR_VENDOR ? HvStatus.UNKNOWN_PROPERTY
			: HvStatus.SUCCESS);
	}

	/** The bytes of an XSAVE block are those of the local APIC's, with the mask of states in front. */
	private static long state(boolean set, int variableHeader, Vp vp, MemorySegment in, MemorySegment out) {
		VpStateInput decoded = VpStateInput.decode(in);
		if (decoded.type() == 4) {
			MemorySegment at = set ? in.asSlice(VpStateInput.SIZE) : out;
			if (variableHeader != (set ? 200 : 0)) {
				return HypercallResult.of(HvStatus.INVALID_HYPERCALL_INPUT);
			}
			MemorySegment timers = MemorySegment.ofArray(vp.timers);
			(set ? timers : at).asSlice(0, 200).copyFrom((set ? at : timers).asSlice(0, 200));
			return HypercallResult.of(HvStatus.SUCCESS);
		}
		boolean xsave = decoded.type() == 0x80000001;
		if (variableHeader != (xsave ? 16 : 8)) {
			return HypercallResult.of(HvStatus.INVALID_HYPERCALL_INPUT);
		}
		for (int i = 0; i < variableHeader / 8; i++) {
			MemorySegment page = at(in.get(JAVA_LONG_UNALIGNED, VpStateInput.SIZE + 8L * i) << 12);
			if (set) {
				MemorySegment.copy(page, JAVA_BYTE, 0, vp.lapic, 0, 4096);
			} else {
				MemorySegment.copy(vp.lapic, 0, page, JAVA_BYTE, 0, 4096);
				if (xsave) {
					page.set(JAVA_LONG_UNALIGNED, 0, decoded.xsaveStates());
				}
			}
		}
		return HypercallResult.of(HvStatus.SUCCESS);
	}

	private long map(Partition partition, MemorySegment in, int count) {
		MapGpaPagesInput decoded = MapGpaPagesInput.decode(in);
		if (!partition.initialized) {
			return HypercallResult.of(HvStatus.INVALID_PARTITION_STATE);
		}
		boolean large = (decoded.mapFlags() & MapFlag.LARGE_PAGE) != 0;
		int unit = large ? 512 : 1;
		partition.mapFlags = decoded.mapFlags() & ~MapFlag.LARGE_PAGE;
		calls.add("map " + count + (large ? " large" : ""));
		for (int i = 0; i < count; i++) {
			long host = in.get(JAVA_LONG_UNALIGNED, MapGpaPagesInput.SIZE + 8L * i);
			long guest = decoded.targetPage() + (long) i * unit;
			if (guest % unit != 0 || host % unit != 0) {
				return HypercallResult.of(HvStatus.INVALID_ALIGNMENT, i);
			}
			for (int j = 0; j < unit; j++) {
				if (guest + j == refusedPage) {
					return HypercallResult.of(HvStatus.ACCESS_DENIED, i);
				}
			}
			for (int j = 0; j < unit; j++) {
				partition.mapped.put(guest + j, large ? -(host + j) : host + j);
			}
		}
		return HypercallResult.of(HvStatus.SUCCESS, count);
	}

	private long unmap(Partition partition, MemorySegment in, int count) {
		UnmapGpaPagesInput decoded = UnmapGpaPagesInput.decode(in);
		int unit = (decoded.unmapFlags() & 2) != 0 ? 512 : 1;
		calls.add("unmap " + count + (unit == 512 ? " large" : ""));
		for (long i = 0; i < (long) count * unit; i++) {
			Long host = partition.mapped.remove(decoded.targetPage() + i);
			if (host == null || host < 0 != (unit == 512)) {
				return HypercallResult.of(HvStatus.INVALID_PARAMETER, 0);
			}
		}
		return HypercallResult.of(HvStatus.SUCCESS, count);
	}

	private long dispatch(DispatchVpInput in, MemorySegment out) {
		Partition partition = partitions.get(in.partitionId());
		Vp vp = partition == null ? null : partition.vps.get(in.vpIndex());
		if (vp == null) {
			return HypercallResult.of(HvStatus.INVALID_VP_INDEX);
		}
		vp.dispatchFlags.add(in.flags());
		if ((in.flags() & 1) != 0) {
			vp.registers.remove(Register.INTERCEPT_SUSPEND.code());
		}
		if (vp.suspended(Register.EXPLICIT_SUSPEND) || vp.suspended(Register.DISPATCH_SUSPEND)) {
			new DispatchVpOutput(1, 1).encode(out);
			return HypercallResult.of(HvStatus.SUCCESS);
		}
		if (vp.suspended(Register.INTERCEPT_SUSPEND)) {
			new DispatchVpOutput(1, 2).encode(out);
			return HypercallResult.of(HvStatus.SUCCESS);
		}
		vp.page.set(JAVA_BYTE, RegisterPage.IS_VALID, (byte) 0);
		Intercept intercept = vp.guest.execute(vp);
		if (intercept != null) {
			InterceptMessage.encode(intercept, in.partitionId(), vp.intercept);
			vp.registers.put(Register.INTERCEPT_SUSPEND.code(), new long[] {1, 0});
			new DispatchVpOutput(2, 2).encode(out);
		} else {
			new DispatchVpOutput(1, vp.suspended(Register.EXPLICIT_SUSPEND) ? 1 : 0).encode(out);
		}
		return HypercallResult.of(HvStatus.SUCCESS);
	}

	@SuppressWarnings("restricted")
	private static MemorySegment at(long address) {
		return MemorySegment.ofAddress(address).reinterpret(4096 - (address & 0xFFF));
	}

	@Override
	public long readMsr(int index) {
		throw new IllegalArgumentException("no MSR");
	}

	@Override
	public void writeMsr(int index, long value) {
		throw new IllegalArgumentException("no MSR");
	}

	@Override
	public void setInterruptHandler(InterruptHandler handler) {
		throw new UnsupportedOperationException("no interrupts");
	}
}
