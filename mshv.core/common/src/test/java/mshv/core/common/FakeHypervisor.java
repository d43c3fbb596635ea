package mshv.core.common;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.DepositMemoryInput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.MapGpaPagesInput;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.VpRegistersInput;
import mshv.api.abi.WithdrawMemoryInput;
import mshv.api.hypercall.HypercallInterface;

/** A hypervisor with memory pools, and a few calls that use them; it checks what every caller must observe. */
final class FakeHypervisor implements HypercallInterface {
	/** Deposited pages by partition. */
	final Map<Long, Deque<Long>> pools = new HashMap<>();
	/** Guest page to host page. */
	final Map<Long, Long> mapped = new HashMap<>();
	/** Number of repetitions in each map call, from its start on. */
	final List<Integer> mapCalls = new ArrayList<>();
	/** A partition's pool must have this many pages before a processor can be created. */
	int processorPages;
	/** A page of the pool is used up by every so many mapped pages. */
	int mappedPerPoolPage = Integer.MAX_VALUE;
	/** Repetitions that are done before a call returns by itself. */
	int latency = Integer.MAX_VALUE;
	/** Guest page that is refused. */
	long refusedPage = -1;
	/** Deposited pages are refused from this number on. */
	int poolLimit = Integer.MAX_VALUE;
	/** Answers that every call gives, if not 0. */
	long always;
	private final Set<Long> used = new HashSet<>();

	@Override
	public long hypercall(long control, long input, long output) {
		if (always != 0) {
			return always;
		}
		if ((control & HypercallControl.RESERVED) != 0) {
			return HypercallResult.of(HvStatus.INVALID_HYPERCALL_INPUT);
		}
		int code = HypercallControl.code(control);
		if (HypercallControl.isFast(control)) {
			boolean known = code == CallCode.DELETE_VP && input == 7 && output == 3;
			return HypercallResult.of(known ? HvStatus.SUCCESS : HvStatus.INVALID_PARAMETER);
		}
		if (input % 4096 != 0 || output % 4096 != 0) {
			return HypercallResult.of(HvStatus.INVALID_ALIGNMENT);
		}
		MemorySegment in = page(input);
		MemorySegment out = output == 0 ? MemorySegment.NULL : page(output);
		int count = HypercallControl.count(control);
		int start = HypercallControl.start(control);
		return switch (code) {
			case CallCode.GET_PARTITION_PROPERTY -> {
				if (!zeroFrom(in, PartitionPropertyInput.SIZE) || !PartitionPropertyInput.reservedIsZero(in)) {
					yield HypercallResult.of(HvStatus.INVALID_PARAMETER);
				}
				PartitionPropertyInput decoded = PartitionPropertyInput.decode(in);
				out.set(JAVA_LONG_UNALIGNED, 0, decoded.partitionId() * 1000 + decoded.property());
				yield HypercallResult.of(HvStatus.SUCCESS);
			}
			case CallCode.SET_VP_STATE -> {
				// Leaves something behind for the next call to find if its input is not zeroed
				in.fill((byte) 0xFF);
				boolean complete = HypercallControl.variableHeader(control) == 200;
				yield HypercallResult.of(complete ? HvStatus.SUCCESS : HvStatus.INVALID_HYPERCALL_INPUT);
			}
			case CallCode.CREATE_VP -> HypercallResult.of(pool(in.get(JAVA_LONG_UNALIGNED, 0)).size() >= processorPages
				? HvStatus.SUCCESS : HvStatus.INSUFFICIENT_MEMORY);
			case CallCode.DEPOSIT_MEMORY -> deposit(in, count, start);
			case CallCode.WITHDRAW_MEMORY -> withdraw(WithdrawMemoryInput.decode(in), out, count);
			case CallCode.MAP_GPA_PAGES -> map(in, count, start);
			case CallCode.GET_VP_REGISTERS -> {
				for (int i = start; i < count; i++) {
					out.set(JAVA_LONG_UNALIGNED, 16L * i, in.get(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE + 4L * i) * 2L);
				}
				yield HypercallResult.of(HvStatus.SUCCESS, count);
			}
			default -> HypercallResult.of(HvStatus.INVALID_HYPERCALL_CODE);
		};
	}

	private long deposit(MemorySegment in, int count, int start) {
		Deque<Long> pool = pool(DepositMemoryInput.decode(in).partitionId());
		for (int i = start; i < count; i++) {
			long page = in.get(JAVA_LONG_UNALIGNED, DepositMemoryInput.SIZE + 8L * i);
			if (pool.size() >= poolLimit || !used.add(page)) {
				return HypercallResult.of(HvStatus.INVALID_PARAMETER, i);
			}
			page(page << 12).fill((byte) 0x5A);
			pool.add(page);
		}
		return HypercallResult.of(HvStatus.SUCCESS, count);
	}

	private long withdraw(WithdrawMemoryInput in, MemorySegment out, int count) {
		Deque<Long> pool = pool(in.partitionId());
		for (int i = 0; i < count; i++) {
			if (pool.isEmpty()) {
				return HypercallResult.of(HvStatus.NO_RESOURCES, i);
			}
			long page = pool.poll();
			used.remove(page);
			out.set(JAVA_LONG_UNALIGNED, 8L * i, page);
		}
		return HypercallResult.of(HvStatus.SUCCESS, count);
	}

	private long map(MemorySegment in, int count, int start) {
		MapGpaPagesInput decoded = MapGpaPagesInput.decode(in);
		mapCalls.add(count - start);
		for (int i = start; i < count; i++) {
			if (i - start == latency) {
				return HypercallResult.of(HvStatus.SUCCESS, i);
			}
			if (decoded.targetPage() + i == refusedPage) {
				return HypercallResult.of(HvStatus.ACCESS_DENIED, i);
			}
			if (mapped.size() / mappedPerPoolPage >= pool(decoded.partitionId()).size() && mappedPerPoolPage != Integer.MAX_VALUE) {
				return HypercallResult.of(HvStatus.INSUFFICIENT_MEMORY, i);
			}
			mapped.put(decoded.targetPage() + i, in.get(JAVA_LONG_UNALIGNED, MapGpaPagesInput.SIZE + 8L * i));
		}
		return HypercallResult.of(HvStatus.SUCCESS, count);
	}

	Deque<Long> pool(long partition) {
		return pools.computeIfAbsent(partition, _ -> new ArrayDeque<>());
	}

	@SuppressWarnings("restricted")
	private static MemorySegment page(long address) {
		return MemorySegment.ofAddress(address).reinterpret(4096);
	}

	private static boolean zeroFrom(MemorySegment page, int offset) {
		for (int i = offset; i < 4096; i++) {
			if (page.get(JAVA_BYTE, i) != 0) {
				return false;
			}
		}
		return true;
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
