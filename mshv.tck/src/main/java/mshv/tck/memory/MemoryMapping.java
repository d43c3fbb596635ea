package mshv.tck.memory;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.MemoryRegion;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.tck.Conformance;

@Conformance("memory mapping")
class MemoryMapping {
	private static final int PAGE = MemoryRegion.PAGE_SIZE;

	private final Hypervisor hypervisor;
	private final Arena arena = Arena.ofShared();
	private final MemorySegment memory = arena.allocate(16 * PAGE, PAGE);
	private Partition partition;

	MemoryMapping(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@BeforeEach
	void create() {
		partition = hypervisor.createPartition(PartitionConfig.standard());
		partition.initialize();
	}

	@AfterEach
	void close() {
		partition.close();
		arena.close();
	}

	/** @return a region of pages of the test's memory */
	private MemoryRegion region(long guestPage, int first, int pages) {
		return MemoryRegion.ram(guestPage * PAGE, memory.asSlice((long) first * PAGE, (long) pages * PAGE));
	}

	@Test
	void regionsAreListedByGuestAddress() {
		MemoryRegion high = region(0x100, 0, 2);
		MemoryRegion low = region(1, 2, 1);
		partition.mapMemory(high);
		partition.mapMemory(low);
		assertEquals(List.of(low, high), partition.memoryRegions());
	}

	@Test
	void whatWasUnmappedIsNotListedAndCanBeMappedAgain() {
		MemoryRegion region = region(1, 0, 1);
		partition.mapMemory(region);
		partition.unmapMemory(region);
		assertEquals(List.of(), partition.memoryRegions());
		partition.mapMemory(region);
		assertEquals(List.of(region), partition.memoryRegions());
	}

	@Test
	void aRegionOverAnotherIsRefused() {
		MemoryRegion old = region(8, 0, 4);
		partition.mapMemory(old);
		assertRefused(Errno.EEXIST, () -> partition.mapMemory(region(8, 4, 4)));
		assertRefused(Errno.EEXIST, () -> partition.mapMemory(region(6, 4, 3)));
		assertRefused(Errno.EEXIST, () -> partition.mapMemory(region(11, 4, 3)));
		assertRefused(Errno.EEXIST, () -> partition.mapMemory(region(9, 4, 1)));
		assertRefused(Errno.EEXIST, () -> partition.mapMemory(region(7, 4, 6)));
		assertEquals(List.of(old), partition.memoryRegions());
	}

	@Test
	void regionsMayTouch() {
		partition.mapMemory(region(8, 0, 4));
		partition.mapMemory(region(12, 4, 1));
		partition.mapMemory(region(7, 5, 1));
		assertEquals(3, partition.memoryRegions().size());
	}

	@Test
	void aRegionOfNoSizeIsRefused() {
		assertRefused(Errno.EINVAL, () -> partition.mapMemory(region(1, 0, 0)));
	}

	@Test
	void aRegionThatIsNotMadeOfPagesIsRefused() {
		MemorySegment page = memory.asSlice(0, PAGE);
		assertRefused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(0x1800, page)));
		assertRefused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(0x1000, memory.asSlice(0, PAGE / 2))));
		assertRefused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(0x1000, memory.asSlice(8, PAGE))));
		assertEquals(List.of(), partition.memoryRegions());
	}

	@Test
	void memoryOnTheHeapIsRefused() {
		MemorySegment heap = MemorySegment.ofArray(new long[2 * PAGE / 8]).asSlice(0, PAGE);
		assertRefused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(0x1000, heap)));
	}

	@Test
	void anAddressThatNoPageHasIsRefused() {
		assertRefused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(-PAGE, memory)));
		assertEquals(List.of(), partition.memoryRegions());
	}

	@Test
	void unmappingWhatIsNotMappedIsRefused() {
		partition.mapMemory(region(8, 0, 4));
		assertRefused(Errno.ENOENT, () -> partition.unmapMemory(region(7, 0, 4)));
		assertRefused(Errno.ENOENT, () -> partition.unmapMemory(region(12, 0, 1)));
	}

	@Test
	void unmappingSomethingElseThanTheRegionIsRefused() {
		MemoryRegion region = region(8, 0, 4);
		partition.mapMemory(region);
		assertRefused(Errno.EINVAL, () -> partition.unmapMemory(region(9, 1, 3)));
		assertRefused(Errno.EINVAL, () -> partition.unmapMemory(region(8, 0, 3)));
		assertRefused(Errno.EINVAL, () -> partition.unmapMemory(region(8, 1, 4)));
		assertEquals(List.of(region), partition.memoryRegions());
		partition.unmapMemory(region);
	}

	@Test
	void oneHostPageMayHaveSeveralGuestAddresses() {
		partition.mapMemory(region(1, 0, 1));
		partition.mapMemory(new MemoryRegion(0x2000, memory.asSlice(0, PAGE), Set.of()));
		assertEquals(2, partition.memoryRegions().size());
	}

	@Test
	void aHundredRegionsAreNotTooMany() {
		for (int i = 0; i < 100; i++) {
			partition.mapMemory(region(1 + 2 * i, i % 16, 1));
		}
		assertEquals(100, partition.memoryRegions().size());
		partition.memoryRegions().forEach(partition::unmapMemory);
		assertEquals(List.of(), partition.memoryRegions());
	}
}
