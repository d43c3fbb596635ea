package mshv.tck.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.GpaAccess;
import mshv.api.HostAccessChange;
import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.MemoryRegion.Access;
import mshv.api.MemoryRegion.Backing;
import mshv.api.Partition;
import mshv.api.Register;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Conformance("kinds of regions")
class KindsOfRegions {
	private static final long BASE = 0x80_0000;
	/** Two large pages and three small ones. */
	private static final long SIZE = (4L << 20) + 0x3000;

	private final Guest guest;
	private final Partition partition;

	/** Increments what RDI points at, and says so. */
	KindsOfRegions(Hypervisor hypervisor) {
		GuestCode code = GuestCode.forLongMode();
		int loop = code.position();
		guest = Guest.inLongMode(hypervisor, code.increment().out(2).jump(loop));
		partition = guest.partition();
	}

	@AfterEach
	void close() {
		guest.close();
	}

	private void pointAt(long address) {
		guest.processor().setRegister(Register.RIP, Guest.CODE);
		guest.processor().setRegister(Register.RDI, address);
	}

	@Rule(Section.MOVABLE_MEMORY)
	@Test
	void aMovableRegionComesInWhereItIsTouched() {
		MemorySegment memory = guest.memory(SIZE);
		MemoryRegion region = new MemoryRegion(BASE, memory, Set.of(Access.WRITABLE), Backing.MOVABLE);
		partition.mapMemory(region);
		for (long offset : new long[] {0, 0x1F_F000, 0x20_0000, SIZE - 0x1000}) {
			pointAt(BASE + offset);
			guest.runToPort();
			assertEquals(1, memory.get(JAVA_LONG, offset) & 0xFF);
		}
		assertEquals(4, guest.processor().statistics().intercepts(), "nobody heard of the faults");
		partition.unmapMemory(region);
		pointAt(BASE);
		assertFalse(guest.run(Intercept.Memory.class).mapped());
	}

	@Rule(Section.MOVABLE_MEMORY)
	@Test
	void anAccessThatAMovableRegionDoesNotAllowIsAnIntercept() {
		partition.mapMemory(new MemoryRegion(BASE, guest.memory(0x2000), Set.of(), Backing.MOVABLE));
		pointAt(BASE);
		Intercept.Memory refused = guest.run(Intercept.Memory.class);
		assertTrue(refused.mapped());
		assertEquals(BASE, refused.guestAddress());
		guest.processor().setRegister(Register.RIP, BASE);
		assertEquals(2, guest.run(Intercept.Memory.class).header().access(), "not executable");
	}

	@Rule(Section.MOVABLE_MEMORY)
	@Test
	void whatTheHostHasWrittenComesInWithThePage() {
		MemorySegment memory = guest.memory(SIZE);
		memory.set(JAVA_LONG, SIZE - 8, 41);
		partition.mapMemory(new MemoryRegion(BASE, memory, Set.of(Access.WRITABLE), Backing.MOVABLE));
		pointAt(BASE + SIZE - 8);
		guest.runToPort();
		assertEquals(42, memory.get(JAVA_LONG, SIZE - 8));
	}

	@Rule(Section.MOVABLE_MEMORY)
	@Test
	void aFaultBehindTheEndOfAMovableRegionIsAnIntercept() {
		partition.mapMemory(new MemoryRegion(BASE, guest.memory(0x3000), Set.of(Access.WRITABLE), Backing.MOVABLE));
		pointAt(BASE + 0x2000);
		guest.runToPort();
		pointAt(BASE + 0x3000);
		assertFalse(guest.run(Intercept.Memory.class).mapped());
	}

	@Rule(Section.MOVABLE_MEMORY)
	@Test
	void aMovableRegionMayComeAndGoWhileItIsTouched() {
		MemorySegment memory = guest.memory(0x1000);
		MemoryRegion region = new MemoryRegion(BASE, memory, Set.of(Access.WRITABLE), Backing.MOVABLE);
		partition.mapMemory(region);
		for (int i = 1; i <= 50; i++) {
			pointAt(BASE);
			guest.runToPort();
			assertEquals(i, memory.get(JAVA_LONG, 0));
			partition.unmapMemory(region);
			partition.mapMemory(region);
		}
	}

	@Test
	void aDevicesMemoryCanBeWrittenWhateverIsSaid() {
		MemorySegment memory = guest.memory(0x1000);
		partition.mapMemory(new MemoryRegion(BASE, memory, Set.of(), Backing.DEVICE));
		pointAt(BASE + 8);
		guest.runToPort();
		assertEquals(1, memory.get(JAVA_BYTE, 8));
		guest.processor().setRegister(Register.RIP, BASE);
		assertEquals(2, guest.run(Intercept.Memory.class).header().access(), "never executable");
	}

	@Test
	void memoryIsADevicesOrTheGuests() {
		MemorySegment memory = guest.memory(0x3000);
		partition.mapMemory(MemoryRegion.ram(BASE, memory));
		assertRefused(Errno.EINVAL,
			() -> partition.mapMemory(new MemoryRegion(2 * BASE, memory.asSlice(0x1000, 0x1000), Set.of(), Backing.DEVICE)));
		partition.mapMemory(MemoryRegion.ram(2 * BASE, memory));
		assertEquals(3, partition.memoryRegions().size(), "the same memory may be at two places");
	}

	@Test
	void theHostTakesPagesBack() {
		MemorySegment memory = guest.memory(0x3000);
		partition.mapMemory(MemoryRegion.ram(BASE, memory));
		long page = BASE >> 12;
		partition.modifyHostAccess(HostAccessChange.release(List.of(page, page + 2)));
		partition.modifyHostAccess(HostAccessChange.acquire(List.of(page, page + 2)));
		assertRefused(Errno.EINVAL, () -> partition.modifyHostAccess(HostAccessChange.release(List.of())));
		assertRefused(Errno.EINVAL, () -> partition.modifyHostAccess(HostAccessChange.release(List.of(page, page + 3))));
		assertRefused(Errno.EINVAL,
			() -> partition.modifyHostAccess(new HostAccessChange(false, false, false, true, List.of(page))));
	}

	@Test
	void aPageThatIsOneGuestsAloneIsNoOthers() {
		MemorySegment memory = guest.memory(0x1000);
		partition.mapMemory(MemoryRegion.ram(BASE, memory));
		partition.modifyHostAccess(HostAccessChange.release(List.of(BASE >> 12)));
		try (Guest other = Guest.afterReset(partition.hypervisor())) {
			assertRefused(Errno.EIO, () -> other.partition().mapMemory(MemoryRegion.ram(BASE, memory)));
			assertEquals(1, other.partition().memoryRegions().size());
			partition.modifyHostAccess(HostAccessChange.acquire(List.of(BASE >> 12)));
			other.partition().mapMemory(MemoryRegion.ram(BASE, memory));
		}
	}

	@Test
	void guestMemoryIsReadAndWrittenAsTheProcessorSeesIt() {
		assertEquals(GpaAccess.Result.SUCCESS, guest.processor().writeGpa(0x5003, new byte[] {1, 2, 3}));
		assertEquals(3, guest.ram().get(JAVA_BYTE, 0x5005));
		assertArrayEquals(new byte[] {0, 1, 2, 3}, guest.processor().readGpa(0x5002, 4).data());
		assertEquals(GpaAccess.Result.UNMAPPED, guest.processor().readGpa(Guest.NOWHERE, 1).result());
		assertEquals(GpaAccess.Result.UNMAPPED, guest.processor().writeGpa(Guest.NOWHERE, new byte[16]));
		partition.mapMemory(new MemoryRegion(BASE, guest.memory(0x1000), Set.of()));
		assertEquals(GpaAccess.Result.WRITE_INTERCEPT, guest.processor().writeGpa(BASE, new byte[1]));
		for (int size : new int[] {0, 17}) {
			assertRefused(Errno.EINVAL, () -> guest.processor().readGpa(0, size));
			assertRefused(Errno.EINVAL, () -> guest.processor().writeGpa(0, new byte[size]));
		}
		assertRefused(Errno.EINVAL, () -> guest.processor().readGpa(0xFFF, 2));
	}
}
