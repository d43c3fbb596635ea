package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Translation;
import mshv.api.abi.CallCode;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.MapFlag;
import mshv.api.abi.MapGpaPagesInput;
import mshv.api.abi.TranslateVirtualAddressInput;
import mshv.api.abi.TranslateVirtualAddressOutput;
import mshv.api.abi.UnmapGpaPagesInput;
import mshv.api.abi.WithdrawMemoryInput;
import mshv.backend.emu.Root;

class MemoryCallsTest {
	private static final int READ = 1, WRITE = 2;

	private final Root root = new Root();

	@AfterEach
	void close() {
		root.close();
	}

	private long map(long partition, long page, int flags, int start, long... hostPages) {
		return root.call(HypercallControl.repetitions(CallCode.MAP_GPA_PAGES, hostPages.length, start), input -> {
			new MapGpaPagesInput(partition, page, flags).encode(input);
			for (int i = 0; i < hostPages.length; i++) {
				input.set(JAVA_LONG, MapGpaPagesInput.SIZE + 8L * i, hostPages[i]);
			}
		});
	}

	private long unmap(long partition, long page, int flags, int count, int start) {
		return root.call(HypercallControl.repetitions(CallCode.UNMAP_GPA_PAGES, count, start),
			new UnmapGpaPagesInput(partition, page, flags)::encode);
	}

	private int freePages(long partition) {
		long result = root.call(HypercallControl.repetitions(CallCode.WITHDRAW_MEMORY, 512, 0),
			new WithdrawMemoryInput(partition, 0)::encode);
		int count = HypercallResult.completed(result);
		long[] pages = root.output.asSlice(0, 8L * count).toArray(JAVA_LONG);
		for (long page : pages) {
			root.call(HypercallControl.repetitions(CallCode.DEPOSIT_MEMORY, 1, 0), input -> {
				input.set(JAVA_LONG, 0, partition);
				input.set(JAVA_LONG, 8, page);
			});
		}
		return count;
	}

	/** Translates an address of a processor without paging: says what is mapped. */
	private Translation.Result probe(long partition, long page, int access) {
		root.simple(CallCode.TRANSLATE_VIRTUAL_ADDRESS, new TranslateVirtualAddressInput(partition, 0, access, page)::encode);
		return Translation.Result.values()[TranslateVirtualAddressOutput.decode(root.output).result()];
	}

	@Test
	void memoryCostsOnePageForEachTwoMegabytes() {
		long partition = root.partition(Root.STANDARD);
		int before = freePages(partition);
		MemorySegment memory = root.arena.allocate(4096 * 4, 4096);
		long host = memory.address() >>> 12;
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 4), map(partition, 510, Root.RWX, 0, host, host + 1, host + 2, host + 3));
		assertEquals(before - 2, freePages(partition));
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 2), unmap(partition, 510, 0, 2, 0));
		assertEquals(before - 1, freePages(partition));
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 4), unmap(partition, 510, 0, 4, 0));
		assertEquals(before, freePages(partition));
	}

	@Test
	void aShortageLeavesWhatIsDone() {
		long partition = root.createPartition(Root.STANDARD);
		root.deposit(partition, 17);
		root.fast(CallCode.INITIALIZE_PARTITION, partition, 0);
		long host = root.arena.allocate(4096 * 4, 4096).address() >>> 12;
		assertEquals(HypercallResult.of(HvStatus.INSUFFICIENT_MEMORY, 2),
			map(partition, 510, Root.RWX, 0, host, host + 1, host + 2, host + 3));
		root.deposit(partition, 1);
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 4), map(partition, 510, Root.RWX, 2, host, host + 1, host + 2, host + 3));
	}

	@Test
	void rightsAreThoseThatWereAskedFor() {
		long partition = root.partition(Root.STANDARD);
		root.createVp(partition, 0);
		long host = root.arena.allocate(4096, 4096).address() >>> 12;
		assertEquals(Translation.Result.GPA_UNMAPPED, probe(partition, 3, READ));
		map(partition, 3, MapFlag.READABLE, 0, host);
		assertEquals(Translation.Result.SUCCESS, probe(partition, 3, READ));
		assertEquals(Translation.Result.GPA_NO_WRITE_ACCESS, probe(partition, 3, WRITE));
		map(partition, 3, MapFlag.NO_ACCESS, 0, host);
		assertEquals(Translation.Result.GPA_NO_READ_ACCESS, probe(partition, 3, READ));
		map(partition, 3, Root.RWX | MapFlag.ADJUSTABLE | MapFlag.NOT_CACHED, 0, host);
		assertEquals(Translation.Result.SUCCESS, probe(partition, 3, READ | WRITE));
		unmap(partition, 3, 0, 1, 0);
		assertEquals(Translation.Result.GPA_UNMAPPED, probe(partition, 3, READ));
	}

	@Test
	void impossibleMappingsAreRefused() {
		long partition = root.partition(Root.STANDARD);
		long host = root.arena.allocate(4096, 4096).address() >>> 12;
		long refused = HypercallResult.of(HvStatus.INVALID_PARAMETER, 0);
		assertEquals(refused, map(partition, 1L << 28, Root.RWX, 0, host), "beyond physical addresses");
		assertEquals(refused, map(partition, (1L << 28) - 1, Root.RWX, 0, host, host));
		assertEquals(refused, map(partition, -1, Root.RWX, 0, host));
		assertEquals(refused, map(partition, 0, MapFlag.WRITABLE, 0, host), "written but not read");
		assertEquals(refused, map(partition, 0, MapFlag.READABLE | MapFlag.KERNEL_EXECUTABLE, 0, host));
		assertEquals(refused, map(partition, 0, MapFlag.READABLE | MapFlag.NO_ACCESS, 0, host));
		assertEquals(refused, map(partition, 0, Root.RWX | 0x100, 0, host), "unknown flag");
		assertEquals(refused, map(partition, 0, Root.RWX, 0, 0), "page 0 of the root");
		assertEquals(refused, map(partition, 0, Root.RWX, 0, -5));
		assertEquals(refused, map(partition, 5, Root.RWX | MapFlag.LARGE_PAGE, 0, 512), "not aligned");
		assertEquals(refused, map(partition, 512, Root.RWX | MapFlag.LARGE_PAGE, 0, 513), "not aligned");
		assertEquals(refused, unmap(partition, 1, 2, 1, 0));
		assertEquals(refused, unmap(partition, 0, 4, 1, 0));
		long early = root.createPartition(Root.STANDARD);
		assertEquals(HypercallResult.of(HvStatus.INVALID_PARTITION_STATE, 0), map(early, 0, Root.RWX, 0, host));
		assertEquals(HypercallResult.of(HvStatus.ACCESS_DENIED, 0), map(-1, 0, Root.RWX, 0, host));
	}

	@Test
	void aLargePageIsMappedWithOneNumber() {
		long partition = root.partition(Root.STANDARD);
		root.createVp(partition, 0);
		long host = root.arena.allocate(4L << 20, 2L << 20).address() >>> 12;
		int before = freePages(partition);
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 2), map(partition, 512, Root.RWX | MapFlag.LARGE_PAGE, 0, host, host + 512));
		assertEquals(before - 2, freePages(partition));
		assertEquals(Translation.Result.SUCCESS, probe(partition, 512, READ));
		assertEquals(Translation.Result.SUCCESS, probe(partition, 1535, READ));
		assertEquals(Translation.Result.GPA_UNMAPPED, probe(partition, 1536, READ));
		long small = root.arena.allocate(4096, 4096).address() >>> 12;
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 1), map(partition, 600, MapFlag.READABLE, 0, small), "replaces a part");
		assertEquals(Translation.Result.GPA_NO_WRITE_ACCESS, probe(partition, 600, WRITE));
		assertEquals(Translation.Result.SUCCESS, probe(partition, 601, WRITE));
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 2), unmap(partition, 512, 2, 2, 0));
		assertEquals(before, freePages(partition));
	}

	@Test
	void aPartitionWithoutLargePagesHasNone() {
		long partition = root.partition(Root.NO_APIC);
		assertEquals(HypercallResult.of(HvStatus.INVALID_PARAMETER, 0), map(partition, 512, Root.RWX | MapFlag.LARGE_PAGE, 0, 1024));
	}

	@Test
	void oneCallDoesALimitedAmountOfWork() {
		long partition = root.partition(Root.STANDARD);
		long result = unmap(partition, 0, 0, 4095, 0);
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 512), result);
		result = unmap(partition, 0, 0, 4095, 4000);
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 4095), result);
	}
}
