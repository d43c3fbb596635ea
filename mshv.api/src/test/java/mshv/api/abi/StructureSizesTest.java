package mshv.api.abi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;

/** Each field where the headers have it; structures that are all parameters of a call have no byte left out. */
class StructureSizesTest {
	private static byte[] encoded(int size, Consumer<MemorySegment> encode) {
		byte[] bytes = new byte[size];
		Arrays.fill(bytes, (byte) 0xEE);
		encode.accept(MemorySegment.ofArray(bytes));
		return bytes;
	}

	@Test
	void aCpuidResultHasFortyFourBytes() {
		CpuidInterceptResult result = new CpuidInterceptResult(1, 2, 1, 1, 3, 4, 5, 6, 7, 8, 9, 10);
		byte[] bytes = encoded(CpuidInterceptResult.SIZE, result::encode);
		assertArrayEquals(new byte[] {1, 0, 0, 0, 2, 0, 0, 0, 1, 1, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0,
			0, 9, 0, 0, 0, 10, 0, 0, 0}, bytes);
		assertEquals(result, CpuidInterceptResult.decode(MemorySegment.ofArray(bytes)));
	}

	@Test
	void anInterceptResultTakesSixtyBytes() {
		assertEquals(60, InterceptResultInput.SIZE + CpuidInterceptResult.SIZE);
		assertTrue(MsrInterceptResult.SIZE <= CpuidInterceptResult.SIZE);
	}

	@Test
	void aPostedMessageFollowsItsSint() {
		byte[] message = new byte[256];
		message[0] = 0x11;
		message[255] = 0x22;
		byte[] bytes = encoded(PostMessageDirectInput.SIZE, new PostMessageDirectInput(1, 2, 0, 3, message)::encode);
		assertEquals(280, bytes.length);
		assertEquals(3, bytes[16]);
		assertEquals(0x11, bytes[20]);
		assertEquals(0x22, bytes[275]);
		assertTrue(PostMessageDirectInput.reservedIsZero(MemorySegment.ofArray(bytes)));
		bytes[276] = 1;
		assertFalse(PostMessageDirectInput.reservedIsZero(MemorySegment.ofArray(bytes)));
	}

	@Test
	void anEventIsNamedInSixteenBytes() {
		assertArrayEquals(new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 4, 0x34, 0x12},
			encoded(SignalEventDirectInput.SIZE, new SignalEventDirectInput(1, 2, 0, 4, 0x1234)::encode));
	}

	@Test
	void accessStatesStartAtAPage() {
		byte[] bytes = encoded(PageAccessStatesInput.SIZE, new PageAccessStatesInput(1, 5, 0x1234)::encode);
		assertEquals(5, bytes[8]);
		assertEquals(0x34, bytes[16]);
		assertEquals(24, bytes.length);
	}

	@Test
	void sparsePagesNameTheirPartitionSecond() {
		byte[] bytes = encoded(SparsePageAccessInput.SIZE, new SparsePageAccessInput(3, 2, 7)::encode);
		assertArrayEquals(new byte[] {3, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0}, bytes);
	}

	@Test
	void pagesOfTheHostFollowTheirNumber() {
		MshvModifyGpaHostAccess change = new MshvModifyGpaHostAccess(true, false, true, false, List.of(7L, 9L));
		byte[] bytes = encoded(change.size(), change::encode);
		assertArrayEquals(new byte[] {5, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0}, bytes);
		MemorySegment segment = MemorySegment.ofArray(bytes);
		assertEquals(change, MshvModifyGpaHostAccess.decode(segment, segment.asSlice(MshvModifyGpaHostAccess.SIZE)));
		assertTrue(MshvModifyGpaHostAccess.reservedIsZero(segment));
		bytes[0] = 16;
		assertFalse(MshvModifyGpaHostAccess.reservedIsZero(segment));
	}

	@Test
	void devicesAreMadeAndAskedInTheirLayouts() {
		MshvCreateDevice create = new MshvCreateDevice(0, 5, 1);
		assertArrayEquals(new byte[] {0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0}, encoded(MshvCreateDevice.SIZE, create::encode));
		MshvDeviceAttr attribute = new MshvDeviceAttr(1, 2, 3, 4);
		byte[] bytes = encoded(MshvDeviceAttr.SIZE, attribute::encode);
		assertArrayEquals(new byte[] {1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0}, bytes);
		assertEquals(attribute, MshvDeviceAttr.decode(MemorySegment.ofArray(bytes)));
	}

	@Test
	void batchesFillThePage() {
		assertEquals(510, (4096 - SparsePageAccessInput.SIZE) / 8);
		assertEquals(169, (4096 - CpuidValuesInput.SIZE) / CpuidLeafInput.SIZE);
		assertEquals(48, WriteGpaInput.SIZE);
		assertEquals(32, ReadGpaInput.SIZE);
		assertEquals(24, PartitionPropertyExInput.SIZE);
	}
}
