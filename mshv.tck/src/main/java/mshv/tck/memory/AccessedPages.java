package mshv.tck.memory;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.PageAccess;
import mshv.api.PageAccessOperation;
import mshv.api.Partition;
import mshv.api.Register;
import mshv.api.abi.PartitionProperty;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Rule(Section.PAGE_ACCESS)
@Conformance("accessed and dirty pages")
class AccessedPages {
	private static final int COUNTER = 0x9000;
	private static final long COUNTER_BIT = 1L << (COUNTER >> 12);
	private static final int PAGES = (int) (Guest.RAM_SIZE >> 12);

	private final Guest guest;
	private final Partition partition;

	/** Counts for ever. */
	AccessedPages(Hypervisor hypervisor) {
		GuestCode code = GuestCode.forLongMode().out(1).movRdi(COUNTER);
		int loop = code.position();
		guest = Guest.inLongMode(hypervisor, code.increment().out(2).jump(loop));
		partition = guest.partition();
	}

	@AfterEach
	void close() {
		guest.close();
	}

	private void track() {
		partition.setProperty(PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
	}

	private long[] dirty(PageAccessOperation operation) {
		return partition.pageAccess(PageAccess.DIRTY, operation, 0, PAGES);
	}

	private long[] accessed(PageAccessOperation operation) {
		return partition.pageAccess(PageAccess.ACCESSED, operation, 0, PAGES);
	}

	@Test
	void writtenPagesAreDirty() {
		track();
		dirty(PageAccessOperation.CLEAR);
		guest.runToPort();
		guest.runToPort();
		long[] now = dirty(PageAccessOperation.NOOP);
		assertEquals(PAGES / 64, now.length);
		assertEquals(COUNTER_BIT, now[0] & COUNTER_BIT);
		assertEquals(0, now[0] & 1L << (Guest.CODE >> 12), "the code was not written");
		assertTrue((accessed(PageAccessOperation.NOOP)[0] & 1L << (Guest.CODE >> 12)) != 0, "but executed");
	}

	@Test
	void lookingChangesNothing() {
		track();
		guest.runToPort();
		guest.runToPort();
		assertArrayEquals(dirty(PageAccessOperation.NOOP), dirty(PageAccessOperation.NOOP));
		assertArrayEquals(accessed(PageAccessOperation.NOOP), accessed(PageAccessOperation.NOOP));
	}

	@Test
	void whatIsClearedIsNotedAgain() {
		track();
		guest.runToPort();
		guest.runToPort();
		assertEquals(COUNTER_BIT, dirty(PageAccessOperation.CLEAR)[0] & COUNTER_BIT);
		assertEquals(0, dirty(PageAccessOperation.NOOP)[0] & COUNTER_BIT);
		guest.runToPort();
		assertEquals(COUNTER_BIT, dirty(PageAccessOperation.NOOP)[0] & COUNTER_BIT);
	}

	@Test
	void aPageThatWasNotAccessedIsNotDirty() {
		track();
		guest.runToPort();
		guest.runToPort();
		accessed(PageAccessOperation.CLEAR);
		assertEquals(0, dirty(PageAccessOperation.NOOP)[0] & COUNTER_BIT);
	}

	@Test
	void aDirtyPageIsAccessed() {
		track();
		accessed(PageAccessOperation.CLEAR);
		assertArrayEquals(new long[PAGES / 64], dirty(PageAccessOperation.SET));
		long[] all = new long[PAGES / 64];
		Arrays.fill(all, -1);
		assertArrayEquals(all, accessed(PageAccessOperation.NOOP));
		assertArrayEquals(all, dirty(PageAccessOperation.NOOP));
	}

	@Test
	void bitsBeyondThePagesAreZero() {
		track();
		dirty(PageAccessOperation.SET);
		assertArrayEquals(new long[] {0x1F}, partition.pageAccess(PageAccess.DIRTY, PageAccessOperation.NOOP, 3, 5));
		assertArrayEquals(new long[] {-1, 1}, partition.pageAccess(PageAccess.DIRTY, PageAccessOperation.NOOP, 0, 65));
	}

	@Test
	void manyPagesAreAskedForAtOnce() {
		long base = 0x4000_0000L;
		partition.mapMemory(MemoryRegion.ram(base, guest.memory(32 << 20)));
		track();
		long[] bitmap = partition.pageAccess(PageAccess.DIRTY, PageAccessOperation.SET, base >> 12, 8192);
		assertArrayEquals(new long[128], bitmap);
		bitmap = partition.pageAccess(PageAccess.DIRTY, PageAccessOperation.CLEAR, base >> 12, 8192);
		for (long word : bitmap) {
			assertEquals(-1, word);
		}
	}

	@Test
	void withoutTrackingNothingCanBeAsked() {
		assertThrows(HypervisorException.class, () -> dirty(PageAccessOperation.NOOP));
		track();
		dirty(PageAccessOperation.NOOP);
		partition.setProperty(PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 0);
		assertThrows(HypervisorException.class, () -> dirty(PageAccessOperation.NOOP));
	}

	@Test
	void rangesThatCannotBeAreRefused() {
		track();
		for (long[] range : new long[][] {{0, 0}, {0, -1}, {-1, 1}, {Long.MAX_VALUE, 1}, {0, Long.MAX_VALUE}}) {
			assertRefused(Errno.EINVAL,
				() -> partition.pageAccess(PageAccess.DIRTY, PageAccessOperation.NOOP, range[0], range[1]));
		}
	}

	/** The guest writes each page once, in turn, and never again: a note that is lost is lost for good. */
	@Test
	void noWriteIsLostBetweenReadingAndClearing() {
		int pages = 64;
		// mov byte [rdi], 1; add rdi, 4096; dec rcx; jnz; out 3
		guest.write(Guest.CODE, new byte[] {(byte) 0xC6, 7, 1, 0x48, (byte) 0x81, (byte) 0xC7, 0, 0x10, 0, 0, 0x48, (byte) 0xFF, (byte) 0xC9,
			0x75, (byte) 0xF1, (byte) 0xE6, 3});
		track();
		for (int round = 0; round < 50; round++) {
			guest.processor().setRegister(Register.RIP, Guest.CODE);
			guest.processor().setRegister(Register.RDI, 0x10_0000);
			guest.processor().setRegister(Register.RCX, pages);
			partition.pageAccess(PageAccess.DIRTY, PageAccessOperation.CLEAR, 0x100, pages);
			Future<Intercept> run = guest.start();
			long seen = 0;
			while (!run.isDone()) {
				seen |= partition.pageAccess(PageAccess.DIRTY, PageAccessOperation.CLEAR, 0x100, pages)[0];
			}
			assertEquals(3, assertInstanceOf(Intercept.IoPort.class, Guest.join(run)).port());
			seen |= partition.pageAccess(PageAccess.DIRTY, PageAccessOperation.CLEAR, 0x100, pages)[0];
			assertEquals(-1, seen);
		}
	}
}
