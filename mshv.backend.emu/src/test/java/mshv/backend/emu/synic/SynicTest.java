package mshv.backend.emu.synic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static mshv.backend.emu.synic.Bench.AUTOMATIC_SINT;
import static mshv.backend.emu.synic.Bench.AUTOMATIC_VECTOR;
import static mshv.backend.emu.synic.Bench.SINT;
import static mshv.backend.emu.synic.Bench.VECTOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.abi.SyntheticMsr;
import mshv.backend.emu.memory.PhysicalMemory;

class SynicTest {
	private static final int MASKED = 1 << 16, POLLING = 1 << 18;

	private final Bench bench = new Bench();
	private final Synic synic = bench.synic;

	@AfterEach
	void close() {
		bench.close();
	}

	private static Message message(int type) {
		return new Message(type, 7, new byte[] {1, 2, 3});
	}

	@Test
	void afterResetEverythingIsMaskedAndDisabled() {
		assertEquals(MASKED, synic.read(SyntheticMsr.SINT0));
		assertEquals(MASKED, synic.read(SyntheticMsr.SINT0 + 15));
		assertEquals(1, synic.read(SyntheticMsr.SVERSION));
		assertEquals(0, synic.read(SyntheticMsr.EOM));
	}

	@Test
	void registersRefuseWhatTheyCannotHold() {
		assertFalse(synic.write(SyntheticMsr.SCONTROL, 2));
		assertFalse(synic.write(SyntheticMsr.SVERSION, 1));
		assertFalse(synic.write(SyntheticMsr.SIMP, PhysicalMemory.ADDRESS_MASK + 2));
		assertFalse(synic.write(SyntheticMsr.SINT0 + SINT, 1 << 8 | VECTOR));
		assertFalse(synic.write(SyntheticMsr.SINT0 + SINT, 15));
		assertEquals(VECTOR, synic.read(SyntheticMsr.SINT0 + SINT));
		assertTrue(synic.write(SyntheticMsr.SINT0 + SINT, 15 | MASKED));
		assertTrue(synic.write(SyntheticMsr.SINT0 + SINT, POLLING));
	}

	@Test
	void reservedBitsOfThePagesAreKept() {
		assertTrue(synic.write(SyntheticMsr.SIMP, Bench.MESSAGES << 12 | 0xFFF));
		assertEquals(Bench.MESSAGES << 12 | 0xFFF, synic.read(SyntheticMsr.SIMP));
	}

	@Test
	void thePagesAreLaidOverGuestMemory() {
		assertEquals(bench.messages.address(), bench.memory.entry(Bench.MESSAGES) & PhysicalMemory.HOST);
		assertEquals(bench.flags.address(), bench.memory.entry(Bench.FLAGS) & PhysicalMemory.HOST);
		synic.write(SyntheticMsr.SIMP, Bench.MESSAGES << 12);
		assertEquals(0, bench.memory.entry(Bench.MESSAGES));
	}

	@Test
	void aPageIsEmptyWhenItIsEnabledAndKeepsItsContentsWhenItMoves() {
		synic.post(SINT, message(9));
		synic.write(SyntheticMsr.SIMP, Bench.MESSAGES + 4 << 12 | 1);
		assertEquals(9, bench.type(SINT));
		synic.write(SyntheticMsr.SIMP, 0);
		synic.write(SyntheticMsr.SIMP, Bench.MESSAGES << 12 | 1);
		assertEquals(0, bench.type(SINT));
	}

	@Test
	void aMessageFillsItsSlotAndInterrupts() {
		assertEquals(HvStatus.SUCCESS, synic.post(SINT, message(9)));
		long slot = 256 * SINT;
		assertEquals(9, bench.messages.get(JAVA_INT_UNALIGNED, slot));
		assertEquals(3, bench.messages.get(JAVA_INT_UNALIGNED, slot + 4));
		assertEquals(7, bench.messages.get(JAVA_LONG_UNALIGNED, slot + 8));
		assertEquals(0x030201, bench.messages.get(JAVA_LONG_UNALIGNED, slot + 16));
		assertEquals(VECTOR, bench.interrupt());
		assertEquals(-1, bench.interrupt());
	}

	@Test
	void messagesWaitForTheirSlotInOrder() {
		synic.post(SINT, message(1));
		synic.post(SINT, message(2));
		synic.post(SINT, message(3));
		assertEquals(1, bench.type(SINT));
		assertTrue(bench.pending(SINT));
		bench.clear(SINT);
		assertEquals(0, bench.type(SINT));
		synic.write(SyntheticMsr.EOM, 0);
		assertEquals(2, bench.type(SINT));
		assertTrue(bench.pending(SINT));
		bench.clear(SINT);
		synic.write(SyntheticMsr.EOM, 0);
		assertEquals(3, bench.type(SINT));
		assertFalse(bench.pending(SINT));
		assertFalse(synic.waiting());
	}

	@Test
	void anEndOfInterruptDeliversWhatWaits() {
		synic.post(SINT, message(1));
		synic.post(SINT, message(2));
		assertEquals(VECTOR, bench.apic.acknowledge());
		bench.clear(SINT);
		bench.apic.endOfInterrupt();
		assertEquals(2, bench.type(SINT));
		assertEquals(VECTOR, bench.interrupt());
	}

	@Test
	void anEndOfMessageDoesNotTouchASlotThatIsFull() {
		synic.post(SINT, message(1));
		synic.post(SINT, message(2));
		synic.write(SyntheticMsr.EOM, 0);
		assertEquals(1, bench.type(SINT));
	}

	@Test
	void aSenderIsToldWhenTooManyMessagesWait() {
		synic.post(SINT, message(1));
		for (int i = 0; i < Synic.MOST_WAITING; i++) {
			assertEquals(HvStatus.SUCCESS, synic.post(SINT, message(2)));
		}
		assertEquals(HvStatus.INSUFFICIENT_BUFFERS, synic.post(SINT, message(3)));
		assertEquals(HvStatus.SUCCESS, synic.post(AUTOMATIC_SINT, message(3)));
	}

	@Test
	void messagesThatWaitAreSavedAndGoOnInTheirOrder() {
		MemorySegment state = bench.arena.allocate(15 * 256, 8);
		synic.post(SINT, message(1));
		synic.post(SINT, message(2));
		synic.post(AUTOMATIC_SINT, message(11));
		synic.post(AUTOMATIC_SINT, message(12));
		synic.post(SINT, message(3));
		assertEquals(3, synic.saveWaiting(state.address()));
		try (Bench other = new Bench()) {
			MemorySegment page = bench.arena.allocate(4096, 4096);
			synic.saveMessages(page.address());
			assertTrue(other.synic.restoreWaiting(state.address(), 3));
			other.synic.write(SyntheticMsr.EOM, 0);
			assertEquals(0, other.type(SINT), "not before the slots are there as well");
			other.synic.restoreMessages(page.address());
			other.synic.release();
			List<Integer> types = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				types.add(other.type(SINT));
				other.clear(SINT);
				other.synic.write(SyntheticMsr.EOM, 0);
			}
			assertEquals(List.of(1, 2, 3), types);
			assertEquals(11, other.type(AUTOMATIC_SINT));
			other.clear(AUTOMATIC_SINT);
			other.synic.write(SyntheticMsr.EOM, 0);
			assertEquals(12, other.type(AUTOMATIC_SINT));
			assertFalse(other.synic.waiting());
		}
	}

	@Test
	void whatIsRestoredReplacesWhatWaited() {
		synic.post(SINT, message(1));
		synic.post(SINT, message(2));
		assertTrue(synic.restoreWaiting(0, 0));
		assertFalse(synic.waiting());
	}

	@Test
	void whatCanBeNoMessageIsNotRestored() {
		MemorySegment state = bench.arena.allocate(16 * 256, 8);
		synic.post(SINT, message(1));
		synic.post(SINT, message(2));
		assertEquals(1, synic.saveWaiting(state.address()));
		assertFalse(synic.restoreWaiting(state.address(), 16));
		assertFalse(synic.restoreWaiting(state.address(), -1));
		assertFalse(synic.restoreWaiting(state.address(), 2), "the second has no type");
		for (int[] wrong : new int[][] {{4, 241}, {6, 16}, {7, 0x80}, {0, 0}}) {
			byte before = state.get(JAVA_BYTE, wrong[0]);
			state.set(JAVA_BYTE, wrong[0], (byte) wrong[1]);
			assertFalse(synic.restoreWaiting(state.address(), 1), "byte " + wrong[0]);
			state.set(JAVA_BYTE, wrong[0], before);
		}
		assertTrue(synic.restoreWaiting(state.address(), 1));
	}

	@Test
	void aSourceThatIsWatchedIsToldOnceWhenItsSlotIsFree() {
		synic.post(SINT, message(1));
		synic.watch(1 << SINT);
		assertTrue(bench.pending(SINT), "the guest is asked to say when");
		assertEquals(0, synic.takeDeliverable());
		assertEquals(1 << SINT, synic.watched());
		bench.clear(SINT);
		synic.write(SyntheticMsr.EOM, 0);
		assertEquals(1, bench.told);
		assertEquals(1 << SINT, synic.takeDeliverable());
		assertEquals(0, synic.watched());
		synic.write(SyntheticMsr.EOM, 0);
		assertEquals(0, synic.takeDeliverable());
	}

	@Test
	void aSourceIsNotDeliverableWhileItIsMaskedOrMessagesWait() {
		synic.write(SyntheticMsr.SINT0 + AUTOMATIC_SINT, VECTOR | MASKED);
		synic.post(SINT, message(1));
		synic.post(SINT, message(2));
		synic.watch(1 << SINT | 1 << AUTOMATIC_SINT);
		bench.clear(SINT);
		synic.write(SyntheticMsr.EOM, 0);
		assertEquals(0, synic.takeDeliverable(), "the second message is in the slot");
		synic.write(SyntheticMsr.SINT0 + AUTOMATIC_SINT, VECTOR);
		assertEquals(1 << AUTOMATIC_SINT, synic.takeDeliverable());
		synic.watch(0);
		bench.clear(SINT);
		synic.write(SyntheticMsr.EOM, 0);
		assertEquals(0, synic.takeDeliverable(), "nobody asks any more");
	}

	@Test
	void aMaskedSourceKeepsItsMessages() {
		synic.write(SyntheticMsr.SINT0 + SINT, VECTOR | MASKED);
		assertEquals(HvStatus.SUCCESS, synic.post(SINT, message(1)));
		assertEquals(0, bench.type(SINT));
		synic.write(SyntheticMsr.SINT0 + SINT, VECTOR);
		assertEquals(1, bench.type(SINT));
		assertEquals(VECTOR, bench.interrupt());
	}

	@Test
	void aPolledSourceDoesNotInterrupt() {
		synic.write(SyntheticMsr.SINT0 + SINT, VECTOR | POLLING);
		synic.post(SINT, message(1));
		assertEquals(1, bench.type(SINT));
		assertEquals(-1, bench.interrupt());
	}

	@Test
	void aDisabledSynicAcceptsNothing() {
		synic.write(SyntheticMsr.SCONTROL, 0);
		assertEquals(HvStatus.INVALID_SYNIC_STATE, synic.post(SINT, message(1)));
		assertEquals(HvStatus.INVALID_SYNIC_STATE, synic.signal(SINT, 0));
		synic.write(SyntheticMsr.SCONTROL, 1);
		synic.write(SyntheticMsr.SIEFP, 0);
		assertTrue(synic.acceptsMessages());
		assertEquals(HvStatus.INVALID_SYNIC_STATE, synic.signal(SINT, 0));
	}

	@Test
	void aSourceThatEndsByItselfLeavesNothingInService() {
		synic.post(AUTOMATIC_SINT, message(1));
		assertEquals(AUTOMATIC_VECTOR, bench.apic.acknowledge());
		bench.clear(AUTOMATIC_SINT);
		synic.post(AUTOMATIC_SINT, message(2));
		assertEquals(AUTOMATIC_VECTOR, bench.apic.acknowledge());
		synic.write(SyntheticMsr.SINT0 + AUTOMATIC_SINT, AUTOMATIC_VECTOR);
		synic.signal(AUTOMATIC_SINT, 0);
		assertEquals(AUTOMATIC_VECTOR, bench.apic.acknowledge());
		synic.signal(AUTOMATIC_SINT, 1);
		assertEquals(-1, bench.apic.acknowledge());
	}

	@Test
	void anEventFlagInterruptsOnceUntilItIsCleared() {
		assertEquals(HvStatus.SUCCESS, synic.signal(SINT, 2047));
		assertEquals((byte) 0x80, bench.flags.get(JAVA_BYTE, 256 * SINT + 255));
		assertEquals(VECTOR, bench.interrupt());
		assertEquals(HvStatus.NO_DATA, synic.signal(SINT, 2047));
		assertEquals(-1, bench.interrupt());
		bench.flags.set(JAVA_BYTE, 256 * SINT + 255, (byte) 0);
		assertEquals(HvStatus.SUCCESS, synic.signal(SINT, 2047));
		assertEquals(VECTOR, bench.interrupt());
	}
}
