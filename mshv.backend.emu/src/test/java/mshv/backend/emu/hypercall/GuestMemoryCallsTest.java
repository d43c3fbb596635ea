package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.MemorySegment;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.CallCode;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.MapFlag;
import mshv.api.abi.MapGpaPagesInput;
import mshv.api.abi.PageAccessStatesInput;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.ReadGpaInput;
import mshv.api.abi.TranslateVirtualAddressInput;
import mshv.api.abi.SparsePageAccessInput;
import mshv.api.abi.WriteGpaInput;
import mshv.backend.emu.Root;

class GuestMemoryCallsTest {
	/** Control flags of a translation. */
	private static final long READ_RIGHT = 1, WRITE_RIGHT = 2, SET_BITS = 0x10;
	private static final int CLEAR_ACCESSED = 1, SET_ACCESSED = 2, CLEAR_DIRTY = 4, SET_DIRTY = 8;
	private static final int WRITE_BACK = 6;
	private static final int PAGES = 32;

	private final Root root = new Root();
	private long partition;
	private MemorySegment memory;

	@BeforeEach
	void createGuest() {
		partition = root.partition(Root.STANDARD);
		root.createVp(partition, 0);
		memory = root.map(partition, 0, PAGES);
	}

	@AfterEach
	void close() {
		root.close();
	}

	private void run(int... code) throws InterruptedException {
		for (int i = 0; i < code.length; i++) {
			memory.set(JAVA_BYTE, 0x1000 + i, (byte) code[i]);
		}
		root.flat32(partition, 0, 0x1000);
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
	}

	private byte[] states(int flags, long first, int count) {
		long result = root.call(HypercallControl.repetitions(CallCode.GET_GPA_PAGES_ACCESS_STATES, count, 0),
			new PageAccessStatesInput(partition, flags, first)::encode);
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, count), result);
		return root.output.asSlice(0, count).toArray(JAVA_BYTE);
	}

	private HvStatus refused(long flags, long first, int count) {
		return HvStatus.of(HypercallResult.status(root.call(
			HypercallControl.repetitions(CallCode.GET_GPA_PAGES_ACCESS_STATES, count, 0),
			new PageAccessStatesInput(partition, flags, first)::encode)));
	}

	@Test
	void accessesAreNotedPageByPage() throws InterruptedException {
		assertEquals(HvStatus.INVALID_PARTITION_STATE, refused(0, 0, 1), "not on");
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1));
		assertEquals(1, root.property(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING));
		// mov eax, [0x4000]; mov [0x5000], eax; out 0x80, al
		run(0xA1, 0, 0x40, 0, 0, 0xA3, 0, 0x50, 0, 0, 0xE6, 0x80);
		byte[] noted = states(0, 0, 7);
		assertArrayEquals(new byte[] {0, 1, 0, 0, 1, 3, 0}, noted);
		assertArrayEquals(noted, states(CLEAR_DIRTY, 0, 7), "looking changed nothing");
		assertArrayEquals(new byte[] {0, 1, 0, 0, 1, 1, 0}, states(CLEAR_ACCESSED | CLEAR_DIRTY, 0, 7));
		assertArrayEquals(new byte[7], states(0, 0, 7));
		run(0xA1, 0, 0x40, 0, 0, 0xA3, 0, 0x50, 0, 0, 0xE6, 0x80);
		assertArrayEquals(noted, states(0, 0, 7), "noted again after it was cleared");
	}

	@Test
	void everyWayOfWritingIsNoted() throws InterruptedException {
		root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
		root.set(partition, 0, Register.RDI, 0x6FFE);
		root.set(partition, 0, Register.RCX, 3);
		root.set(partition, 0, Register.RSP, 0x9004);
		// Across a page: rep stosw; push eax; lock inc dword [0xA000]; fnstenv [0xB000]; movups [0xC000], xmm0
		root.set(partition, 0, Register.CR4, 0x200);
		run(0xF3, 0x66, 0xAB, 0x50, 0xF0, 0xFF, 5, 0, 0xA0, 0, 0, 0xD9, 0x35, 0, 0xB0, 0, 0, 0x0F, 0x11, 5, 0, 0xC0, 0, 0, 0xE6, 0x80);
		assertArrayEquals(new byte[] {3, 3, 0, 3, 3, 3, 3, 0}, new byte[] {states(0, 6, 1)[0], states(0, 7, 1)[0], states(0, 8, 1)[0],
			states(0, 9, 1)[0], states(0, 10, 1)[0], states(0, 11, 1)[0], states(0, 12, 1)[0], states(0, 13, 1)[0]});
	}

	@Test
	void aPageThatWasReadFirstIsNotedWhenItIsWritten() throws InterruptedException {
		root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
		run(0xA1, 0, 0x40, 0, 0, 0xE6, 0x80);
		assertEquals(1, states(0, 4, 1)[0]);
		run(0xA1, 0, 0x40, 0, 0, 0xA3, 0, 0x40, 0, 0, 0xE6, 0x80);
		assertEquals(3, states(CLEAR_DIRTY, 4, 1)[0]);
		run(0xA3, 0, 0x40, 0, 0, 0xE6, 0x80);
		assertEquals(3, states(0, 4, 1)[0]);
	}

	@Test
	void pageTablesAreNotedToo() throws InterruptedException {
		root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
		root.flat64(partition, 0, memory, 0x1000);
		memory.set(JAVA_INT, 0x1000, 0x80E6);
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		assertArrayEquals(new byte[] {3, 3, 3, 0}, states(0, 8, 4), "accessed bits were set in them");
	}

	@Test
	void pageTablesThatATranslationMarksAreNoted() {
		root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
		root.flat64(partition, 0, memory, 0x1000);
		translate(READ_RIGHT);
		assertArrayEquals(new byte[] {0, 0, 0}, states(0, 8, 3), "nothing is marked");
		translate(READ_RIGHT | SET_BITS);
		assertArrayEquals(new byte[] {3, 3, 3}, states(CLEAR_ACCESSED | CLEAR_DIRTY, 8, 3));
		translate(READ_RIGHT | SET_BITS);
		assertArrayEquals(new byte[] {0, 0, 0}, states(0, 8, 3), "all is marked");
		translate(WRITE_RIGHT | SET_BITS);
		assertArrayEquals(new byte[] {0, 0, 3}, states(0, 8, 3), "the dirty bit is in the last");
	}

	private void translate(long flags) {
		assertEquals(HvStatus.SUCCESS,
			root.simple(CallCode.TRANSLATE_VIRTUAL_ADDRESS, new TranslateVirtualAddressInput(partition, 0, flags, 4)::encode));
		assertEquals(0, root.output.get(JAVA_INT_UNALIGNED, 0));
	}

	@Test
	void statesCanBeSet() {
		root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
		assertArrayEquals(new byte[PAGES], states(SET_ACCESSED | SET_DIRTY, 0, PAGES));
		assertEquals(3, states(0, PAGES - 1, 1)[0]);
		assertEquals(0, states(SET_DIRTY, PAGES, 1)[0], "not mapped");
		assertEquals(0, states(0, PAGES, 1)[0]);
		root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 0);
		root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
		assertEquals(0, states(0, 0, 1)[0], "a fresh start");
	}

	@Test
	void pagesThatAreMappedLaterAreNoted() throws InterruptedException {
		root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
		root.map(partition, 0x40_0000, 2);
		run(0xA3, 0, 0, 0x40, 0, 0xE6, 0x80);
		assertArrayEquals(new byte[] {3, 0}, states(0, 0x400, 2));
	}

	@Test
	void askingForWhatCannotBeIsRefused() {
		root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
		assertEquals(HvStatus.INVALID_PARAMETER, refused(CLEAR_DIRTY | SET_DIRTY, 0, 1));
		assertEquals(HvStatus.INVALID_PARAMETER, refused(CLEAR_ACCESSED | SET_ACCESSED, 0, 1));
		assertEquals(HvStatus.INVALID_PARAMETER, refused(16, 0, 1));
		assertEquals(HvStatus.INVALID_PARAMETER, refused(1L << 40, 0, 1));
		assertEquals(HvStatus.INVALID_PARAMETER, refused(0, (1L << 28) - 1, 2));
		assertEquals(HvStatus.INVALID_PARAMETER, refused(0, -1, 1));
		assertEquals(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE, root.setProperty(partition, PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 2));
		assertEquals(HvStatus.INVALID_PARTITION_STATE,
			root.setProperty(root.createPartition(Root.STANDARD), PartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1));
	}

	private int read(long address, int count) {
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.READ_GPA, new ReadGpaInput(partition, 0, count, address, WRITE_BACK)::encode));
		return root.output.get(JAVA_INT_UNALIGNED, 0);
	}

	private int write(long address, int count, long data) {
		assertEquals(HvStatus.SUCCESS,
			root.simple(CallCode.WRITE_GPA, new WriteGpaInput(partition, 0, count, address, WRITE_BACK, data, ~data)::encode));
		return root.output.get(JAVA_INT_UNALIGNED, 0);
	}

	@Test
	void theRootReadsAndWritesWhatTheProcessorSees() {
		memory.set(JAVA_LONG, 0x3000, 0x1122334455667788L);
		assertEquals(0, read(0x3002, 4));
		assertArrayEquals(new byte[] {0x66, 0x55, 0x44, 0x33, 0, 0, 0, 0}, root.output.asSlice(8, 8).toArray(JAVA_BYTE));
		assertEquals(0, write(0x3001, 2, 0xAABB));
		assertEquals(0x11223344_55AABB88L, memory.get(JAVA_LONG, 0x3000));
		assertEquals(0, write(0x3FF0, 16, 0x77));
		assertEquals(~0x77L, memory.get(JAVA_LONG, 0x3FF8));
		assertEquals(1, read(0x80_0000, 1), "not mapped");
		assertEquals(1, write(0x80_0000, 1, 0));
		root.map(partition, 0x100, memory.address() >>> 12, 1, MapFlag.READABLE);
		assertEquals(3, write(0x10_0000, 1, 0), "read only");
		assertEquals(0, read(0x10_0000, 1));
		root.map(partition, 0x101, memory.address() >>> 12, 1, MapFlag.NO_ACCESS);
		assertEquals(2, read(0x10_1000, 1));
		root.set(partition, 0, Register.GUEST_OS_ID, 1);
		root.set(partition, 0, Register.HYPERCALL, 0x5001);
		assertEquals(4, write(0x5000, 1, 0), "the hypercall page");
		assertEquals(4, read(0xFEE0_0020L, 4), "the local APIC");
	}

	@Test
	void anAccessThatCannotBeIsRefused() {
		for (long[] bad : new long[][] {{0x1000, 0, 6}, {0x1000, 17, 6}, {0x1FFF, 2, 6}, {0x1000, 1, 2}, {0x1000, 1, 256},
			{1L << 40, 1, 6}, {-1, 1, 6}}) {
			assertEquals(HvStatus.INVALID_PARAMETER,
				root.simple(CallCode.READ_GPA, new ReadGpaInput(partition, 0, (int) bad[1], bad[0], bad[2])::encode));
		}
		assertEquals(HvStatus.INVALID_VP_INDEX,
			root.simple(CallCode.READ_GPA, new ReadGpaInput(partition, 1, 1, 0x1000, 6)::encode));
	}

	private long hostAccess(int code, int access, int flags, long owner, long page) {
		return root.call(HypercallControl.repetitions(code, 1, 0), input -> {
			new SparsePageAccessInput(access, flags, owner).encode(input);
			input.set(JAVA_LONG, SparsePageAccessInput.SIZE, page);
		});
	}

	@Test
	void aPageThatWasGivenAwayCannotBeMappedElsewhere() {
		long page = root.arena.allocate(4096, 4096).address() >>> 12;
		long other = root.partition(Root.STANDARD);
		int release = CallCode.RELEASE_SPARSE_SPA_PAGE_HOST_ACCESS, acquire = CallCode.ACQUIRE_SPARSE_SPA_PAGE_HOST_ACCESS;
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 1), hostAccess(release, 0, 1, partition, page));
		assertEquals(HypercallResult.of(HvStatus.ACCESS_DENIED, 0), hostAccess(release, 0, 1, other, page));
		long map = HypercallControl.repetitions(CallCode.MAP_GPA_PAGES, 1, 0);
		assertEquals(HypercallResult.of(HvStatus.ACCESS_DENIED, 0), root.call(map, input -> {
			new MapGpaPagesInput(other, 0x200, Root.RWX).encode(input);
			input.set(JAVA_LONG, MapGpaPagesInput.SIZE, page);
		}));
		root.map(partition, 0x200, page, 1, Root.RWX);
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 1), hostAccess(acquire, 3, 2, 0, page));
		root.map(other, 0x200, page, 1, Root.RWX);
		assertEquals(HypercallResult.of(HvStatus.INVALID_PARAMETER, 0), hostAccess(acquire, 3, 1, 0, page), "exclusive for whom");
		assertEquals(HypercallResult.of(HvStatus.INVALID_PARAMETER, 0), hostAccess(acquire, 0, 2, 0, page), "no access");
		assertEquals(HypercallResult.of(HvStatus.INVALID_PARAMETER, 0), hostAccess(release, 0, 5, partition, 1), "not aligned");
		assertEquals(HypercallResult.of(HvStatus.INVALID_PARTITION_ID, 0), hostAccess(release, 0, 1, 77, page));
	}
}
