package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.VpState;
import mshv.api.abi.CallCode;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.VpStateInput;

/** Reads and writes the blocks of a processor's state (HVCALL_GET_VP_STATE, HVCALL_SET_VP_STATE). */
final class StateBlocks {
	private static final int PAGE_SIZE = 4096;
	private static final int PAGE_SHIFT = 12;
	/** hv_synthetic_timers_state. */
	private static final int TIMERS_SIZE = 200;
	/** Limit of the input page: the page numbers that fit after the fixed part. */
	private static final int MAX_PAGES = (PAGE_SIZE - VpStateInput.SIZE) / Long.BYTES;
	/** x87 and SSE state is always asked for. */
	private static final long LEGACY_STATES = 3;

	/**
	 * What a block is for one partition.
	 *
	 * @param type HV_GET_SET_VP_STATE_TYPE
	 * @param size bytes
	 * @param xsaveStates XFEM mask, 0 for other blocks
	 */
	private record Block(int type, int size, long xsaveStates) {
		/** Blocks of bit 31 travel in pages of their own, the others in the call's page. */
		boolean inPages() {
			return type < 0;
		}

		int pages() {
			return (size + PAGE_SIZE - 1) / PAGE_SIZE;
		}
	}

	private final Hypercalls calls;
	private final long partition;

	StateBlocks(Hypercalls calls, long partition) {
		this.calls = calls;
		this.partition = partition;
	}

	byte[] get(int vp, VpState state) {
		Block block = block(state);
		if (!block.inPages()) {
			byte[] bytes = new byte[block.size];
			calls.client().call(CallCode.GET_VP_STATE, 0, input(vp, block)::encode,
				page -> MemorySegment.copy(page, JAVA_BYTE, 0, bytes, 0, bytes.length));
			return bytes;
		}
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment pages = allocate(arena, block);
			call(CallCode.GET_VP_STATE, vp, block, pages);
			return pages.asSlice(0, block.size).toArray(JAVA_BYTE);
		}
	}

	void set(int vp, VpState state, byte[] bytes) {
		Block block = block(state);
		if (bytes.length != block.size) {
			throw new HypervisorException(state + " of " + bytes.length + " bytes instead of " + block.size, Errno.EINVAL);
		}
		if (!block.inPages()) {
			calls.client().call(CallCode.SET_VP_STATE, block.size, page -> {
				input(vp, block).encode(page);
				MemorySegment.copy(bytes, 0, page, JAVA_BYTE, VpStateInput.SIZE, bytes.length);
			}, null);
			return;
		}
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment pages = allocate(arena, block);
			MemorySegment.copy(bytes, 0, pages, JAVA_BYTE, 0, bytes.length);
			call(CallCode.SET_VP_STATE, vp, block, pages);
		}
	}

	private void call(int code, int vp, Block block, MemorySegment pages) {
		calls.client().call(code, block.pages() * Long.BYTES, page -> {
			input(vp, block).encode(page);
			for (int i = 0; i < block.pages(); i++) {
				page.set(JAVA_LONG_UNALIGNED, VpStateInput.SIZE + 8L * i, (pages.address() >>> PAGE_SHIFT) + i);
			}
		}, null);
	}

	private VpStateInput input(int vp, Block block) {
		return new VpStateInput(partition, vp, 0, block.type, 0, block.xsaveStates);
	}

	private static MemorySegment allocate(Arena arena, Block block) {
		return arena.allocate((long) block.pages() * PAGE_SIZE, PAGE_SIZE);
	}

	private Block block(VpState state) {
		return switch (state) {
			case LAPIC, SIMP, SIEFP -> new Block(state.hypervisorType(), PAGE_SIZE, 0);
			case SYNTHETIC_TIMERS -> new Block(state.hypervisorType(), TIMERS_SIZE, 0);
			case XSAVE -> {
				long states = calls.getProperty(partition, PartitionProperty.XSAVE_STATES) | LEGACY_STATES;
				long size = calls.getProperty(partition, PartitionProperty.MAX_XSAVE_DATA_SIZE) & 0xFFFFFFFFL;
				if (size == 0 || size > (long) MAX_PAGES * PAGE_SIZE) {
					throw new HypervisorException("XSAVE state of " + size + " bytes", Errno.EINVAL);
				}
				yield new Block(state.hypervisorType(), (int) size, states);
			}
		};
	}
}
