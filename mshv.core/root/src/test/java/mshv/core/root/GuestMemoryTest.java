package mshv.core.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.MemoryRegion;
import mshv.api.MemoryRegion.Access;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PartitionConfig.Flag;
import mshv.api.abi.CallCode;
import mshv.api.abi.MapFlag;

class GuestMemoryTest {
	private static final long MIB_2 = 2 << 20;

	private final FakeHypervisor hypervisor = new FakeHypervisor();
	private final RootHypervisor root = new RootHypervisor(hypervisor, new FakeClient(hypervisor), new FakeSynic());
	private final Partition partition = root.createPartition(new PartitionConfig(Set.of(Flag.LAPIC, Flag.GPA_SUPER_PAGES), 0, 0, 0));
	private final FakeHypervisor.Partition fake = hypervisor.partitions.get(partition.id());
	private final Arena arena = Arena.ofConfined();

	@BeforeEach
	void initialize() {
		partition.initialize();
		hypervisor.calls.clear();
	}

	@AfterEach
	void free() {
		partition.close();
		arena.close();
	}

	@Test
	void aRegionIsMappedPageByPage() {
		MemoryRegion region = MemoryRegion.ram(0x10000, memory(3 * 4096, 4096));
		partition.mapMemory(region);
		assertEquals(List.of(0x10L, 0x11L, 0x12L), List.copyOf(fake.mapped.keySet()));
		long host = region.memory().address() >>> 12;
		assertEquals(List.of(host, host + 1, host + 2), List.copyOf(fake.mapped.values()));
		assertEquals(List.of(region), partition.memoryRegions());
	}

	@Test
	void aMovableRegionIsMappedWithoutAccessAndComesInByParts() {
		MemoryRegion region = new MemoryRegion(MIB_2, memory(2 * MIB_2 + 4096, MIB_2), Set.of(Access.WRITABLE),
			MemoryRegion.Backing.MOVABLE);
		partition.mapMemory(region);
		assertEquals(MapFlag.NO_ACCESS, fake.mapFlags);
		GuestMemory memory = new GuestMemory(new Hypercalls(hypervisor, new FakeClient(hypervisor)), partition.id(), true);
		memory.map(new MemoryRegion(8 * MIB_2, region.memory(), region.access(), MemoryRegion.Backing.MOVABLE));
		assertTrue(memory.hasMovable());
		hypervisor.calls.clear();
		assertTrue(memory.fault(8 * MIB_2 + 0x5123, 1));
		assertEquals(MapFlag.READABLE | MapFlag.WRITABLE | MapFlag.ADJUSTABLE, fake.mapFlags);
		assertTrue(memory.fault(10 * MIB_2, 0));
		assertEquals(List.of("map 1 large", "map 1"), hypervisor.calls);
		assertFalse(memory.fault(8 * MIB_2, 2), "not executable");
		assertFalse(memory.fault(10 * MIB_2 + 4096, 0), "no region");
		assertFalse(memory.fault(0, 0));
	}

	@Test
	void aDevicesMemoryIsNotCachedAndHasNoLargePages() {
		partition.mapMemory(new MemoryRegion(MIB_2, memory(MIB_2, MIB_2), Set.of(), MemoryRegion.Backing.DEVICE));
		assertEquals(MapFlag.READABLE | MapFlag.WRITABLE | MapFlag.NOT_CACHED, fake.mapFlags);
		assertFalse(hypervisor.calls.getFirst().endsWith("large"));
	}

	@Test
	void rightsBecomeMapFlags() {
		MemorySegment memory = memory(4096, 4096);
		partition.mapMemory(new MemoryRegion(0, memory, Set.of()));
		assertEquals(MapFlag.READABLE | MapFlag.ADJUSTABLE, fake.mapFlags);
		partition.mapMemory(new MemoryRegion(0x1000, memory, Set.of(Access.WRITABLE)));
		assertEquals(MapFlag.READABLE | MapFlag.ADJUSTABLE | MapFlag.WRITABLE, fake.mapFlags);
		partition.mapMemory(new MemoryRegion(0x2000, memory, Set.of(Access.EXECUTABLE)));
		assertEquals(MapFlag.READABLE | MapFlag.ADJUSTABLE | 0xC, fake.mapFlags);
	}

	@Test
	void aRegionThatIsNotMadeOfWholePagesIsRefused() {
		MemorySegment memory = memory(3 * 4096, 4096);
		refused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(0, memory.asSlice(0, 0))));
		refused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(0, memory.asSlice(0, 100))));
		refused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(0, memory.asSlice(16, 4096))));
		refused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(8, memory)));
		refused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(0, MemorySegment.ofArray(new byte[4096]))));
		refused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(0, memory.asReadOnly())));
		refused(Errno.EINVAL, () -> partition.mapMemory(MemoryRegion.ram(-4096, memory)));
		assertTrue(fake.mapped.isEmpty());
	}

	@Test
	void everyKindOfOverlapIsRefused() {
		MemorySegment memory = memory(8 * 4096, 4096);
		partition.mapMemory(MemoryRegion.ram(0x4000, memory.asSlice(0, 4 * 4096)));
		for (long[] other : new long[][] {{0x4000, 4}, {0x3000, 2}, {0x7000, 2}, {0x5000, 1}, {0x2000, 8}}) {
			refused(Errno.EEXIST, () -> partition.mapMemory(MemoryRegion.ram(other[0], memory.asSlice(0, other[1] * 4096))));
		}
		partition.mapMemory(MemoryRegion.ram(0x8000, memory.asSlice(0, 4096)));
		partition.mapMemory(MemoryRegion.ram(0x3000, memory.asSlice(0, 4096)));
		assertEquals(List.of(0x3000L, 0x4000L, 0x8000L), partition.memoryRegions().stream().map(MemoryRegion::guestAddress).toList());
	}

	@Test
	void theSameMemoryMayBeMappedTwice() {
		MemorySegment memory = memory(4096, 4096);
		partition.mapMemory(MemoryRegion.ram(0, memory));
		partition.mapMemory(MemoryRegion.ram(0x1000, memory));
		assertEquals(2, fake.mapped.size());
	}

	@Test
	void unmappingNamesTheRegionExactly() {
		MemorySegment memory = memory(4 * 4096, 4096);
		MemoryRegion region = MemoryRegion.ram(0x4000, memory);
		partition.mapMemory(region);
		refused(Errno.ENOENT, () -> partition.unmapMemory(MemoryRegion.ram(0x3000, memory)));
		refused(Errno.ENOENT, () -> partition.unmapMemory(MemoryRegion.ram(0x8000, memory)));
		refused(Errno.EINVAL, () -> partition.unmapMemory(MemoryRegion.ram(0x5000, memory)));
		refused(Errno.EINVAL, () -> partition.unmapMemory(MemoryRegion.ram(0x4000, memory.asSlice(0, 4096))));
		refused(Errno.EINVAL, () -> partition.unmapMemory(MemoryRegion.ram(0x4000, memory(4 * 4096, 4096))));
		partition.unmapMemory(region);
		assertTrue(fake.mapped.isEmpty());
		assertEquals(List.of(), partition.memoryRegions());
		refused(Errno.ENOENT, () -> partition.unmapMemory(region));
	}

	@Test
	void aRegionWhoseUnmappingIsRefusedIsStillThere() {
		MemoryRegion region = MemoryRegion.ram(0x4000, memory(4096, 4096));
		partition.mapMemory(region);
		hypervisor.refusedCall = CallCode.UNMAP_GPA_PAGES;
		assertEquals(HvStatus.OPERATION_DENIED, assertThrows(HypervisorException.class, () -> partition.unmapMemory(region)).status());
		assertEquals(List.of(region), partition.memoryRegions());
		hypervisor.refusedCall = 0;
	}

	@Test
	void alignedMemoryIsMappedInLargePages() {
		MemoryRegion region = MemoryRegion.ram(MIB_2, memory(3 * MIB_2, MIB_2));
		partition.mapMemory(region);
		assertEquals(List.of("map 3 large"), hypervisor.calls);
		assertMapped(512, 3 * 512);
		partition.unmapMemory(region);
		assertTrue(fake.mapped.isEmpty());
	}

	@Test
	void theEdgesOfALargeRegionAreMappedInSmallPages() {
		MemorySegment memory = memory(4 * MIB_2, MIB_2).asSlice(MIB_2 - 2 * 4096, 2 * 4096 + 2 * MIB_2 + 5 * 4096);
		MemoryRegion region = MemoryRegion.ram(3 * MIB_2 - 2 * 4096, memory);
		partition.mapMemory(region);
		assertEquals(List.of("map 2", "map 2 large", "map 5"), hypervisor.calls);
		assertMapped(3 * 512 - 2, 2 + 2 * 512 + 5);
		partition.unmapMemory(region);
		assertTrue(fake.mapped.isEmpty());
	}

	@Test
	void memoryThatIsNotAlignedAlikeIsMappedInSmallPages() {
		partition.mapMemory(MemoryRegion.ram(4096, memory(2 * MIB_2, MIB_2)));
		assertEquals(List.of("map 509", "map 509", "map 6"), hypervisor.calls);
	}

	@Test
	void aPartitionWithoutSuperPagesHasSmallPagesOnly() {
		Partition other = root.createPartition(PartitionConfig.standard());
		other.initialize();
		hypervisor.calls.clear();
		other.mapMemory(MemoryRegion.ram(0, memory(MIB_2, MIB_2)));
		assertEquals(List.of("map 509", "map 3"), hypervisor.calls);
		other.close();
	}

	@Test
	void exactlyWhatWasMappedIsTakenBackOnFailure() {
		MemoryRegion kept = MemoryRegion.ram(0, memory(4096, 4096));
		partition.mapMemory(kept);
		hypervisor.refusedPage = 2000;
		HypervisorException refused = assertThrows(HypervisorException.class,
			() -> partition.mapMemory(MemoryRegion.ram(1000 * 4096, memory(1200 * 4096, 4096))));
		assertEquals(HvStatus.ACCESS_DENIED, refused.status());
		assertEquals(0, refused.getSuppressed().length);
		assertEquals(Set.of(0L), fake.mapped.keySet());
		assertEquals(List.of(kept), partition.memoryRegions());
	}

	@Test
	void largePagesAreTakenBackAsLargePages() {
		hypervisor.refusedPage = 3 * 512 + 7;
		MemorySegment memory = memory(5 * MIB_2, MIB_2).asSlice(MIB_2 - 4096, 4096 + 3 * MIB_2);
		HypervisorException refused = assertThrows(HypervisorException.class,
			() -> partition.mapMemory(MemoryRegion.ram(MIB_2 - 4096, memory)));
		assertEquals(0, refused.getSuppressed().length);
		assertEquals(List.of("map 1", "map 3 large", "unmap 2 large", "unmap 1"), hypervisor.calls);
		assertTrue(fake.mapped.isEmpty());
	}

	@Test
	void unmappingIsBatchedForLatency() {
		MemoryRegion region = MemoryRegion.ram(4096, memory(1030 * 4096, 4096));
		partition.mapMemory(region);
		hypervisor.calls.clear();
		partition.unmapMemory(region);
		assertEquals(List.of("unmap 512", "unmap 512", "unmap 6"), hypervisor.calls);
	}

	@Test
	void closingUnmapsWhatIsLeft() {
		partition.mapMemory(MemoryRegion.ram(MIB_2, memory(MIB_2, MIB_2)));
		partition.mapMemory(MemoryRegion.ram(0, memory(4096, 4096)));
		partition.close();
		assertTrue(fake.mapped.isEmpty());
	}

	private void assertMapped(long firstPage, int count) {
		assertEquals(LongStream.range(firstPage, firstPage + count).boxed().toList(), List.copyOf(fake.mapped.keySet()));
	}

	private MemorySegment memory(long size, long alignment) {
		return arena.allocate(size, alignment);
	}

	private static void refused(Errno errno, Runnable call) {
		assertEquals(errno, assertThrows(HypervisorException.class, call::run).errno());
	}
}
