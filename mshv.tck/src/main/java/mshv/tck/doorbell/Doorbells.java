package mshv.tck.doorbell;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.DoorbellRequest;
import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MsiRoute;
import mshv.api.Partition;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.event.Event;
import mshv.api.event.EventFactory;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.LongMode;

/** ioeventfd: which writes ring, whom they tell, and what is refused. */
@Conformance("doorbells")
class Doorbells {
	private static final long ADDRESS = Guest.NOWHERE;
	private static final long MEMORY = 0x9000;
	private static final int[] SIZES = {1, 2, 4, 8};

	private final Hypervisor hypervisor;
	private final EventFactory events;
	private final Event event;
	private Guest guest;
	private Partition partition;
	/** What the event was drained of so far. */
	private long rung;

	Doorbells(Hypervisor hypervisor, EventFactory events) {
		this.hypervisor = hypervisor;
		this.events = events;
		event = events.create();
	}

	@AfterEach
	void close() {
		end();
		event.close();
	}

	/** Ends the guest, if there is one. */
	private void end() {
		if (guest != null) {
			guest.close();
			guest = null;
		}
	}

	private void start(WriteCode code) {
		start(code.code());
	}

	private void start(GuestCode code) {
		guest = Guest.inLongMode(hypervisor, code);
		partition = guest.partition();
	}

	private void awaitRung(long count) {
		awaitRung(event, count);
	}

	private void awaitRung(Event other, long count) {
		rung = 0;
		Guest.await("ring " + count, () -> (rung += other.drain()) >= count);
		assertEquals(count, rung);
	}

	private void expectWrite(long address) {
		Intercept.Memory access = guest.run(Intercept.Memory.class);
		assertEquals(address, access.guestAddress());
		guest.processor().setRegister(Register.RIP, access.header().rip() + lengthAt(access));
	}

	/** Memory intercepts need not tell the length of the instruction. */
	private static int lengthAt(Intercept.Memory access) {
		byte[] code = access.instruction();
		return switch (code[0] & 0xFF) {
			case 0xC6 -> 3;
			case 0x66 -> 5;
			case 0x48 -> 7;
			default -> 6;
		};
	}

	@Test
	void aWriteSignalsTheEventAndTheGuestGoesOn() {
		start(new WriteCode().at(ADDRESS).write(4, 1).report().write(4, 2).write(4, 3).report());
		partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, 4, event));
		guest.runToPort();
		awaitRung(1);
		guest.runToPort();
		awaitRung(2);
	}

	@Test
	void onlyWritesOfTheLengthRing() {
		for (int length : SIZES) {
			for (int size : SIZES) {
				start(new WriteCode().at(ADDRESS).write(size, 1).report());
				partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, length, event));
				if (size == length) {
					guest.runToPort();
					awaitRung(1);
				} else {
					expectWrite(ADDRESS);
					guest.runToPort();
					assertEquals(0, event.drain());
				}
				end();
			}
		}
	}

	@Test
	void writesOfEveryLengthRingADoorbellOfLengthZero() {
		WriteCode code = new WriteCode().at(ADDRESS);
		for (int size : SIZES) {
			code.write(size, 1);
		}
		start(code.report());
		partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, 0, event));
		guest.runToPort();
		awaitRung(SIZES.length);
	}

	@Test
	void anAddressNextToItDoesNotRing() {
		start(new WriteCode().at(ADDRESS + 1).write(1, 1).at(ADDRESS - 1).write(1, 1).at(ADDRESS + 0x1000).write(1, 1).report());
		partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, 1, event));
		expectWrite(ADDRESS + 1);
		expectWrite(ADDRESS - 1);
		expectWrite(ADDRESS + 0x1000);
		guest.runToPort();
		assertEquals(0, event.drain());
	}

	@Test
	void onlyTheValueRingsADoorbellThatMatchesData() {
		for (int size : SIZES) {
			start(new WriteCode().at(ADDRESS).write(size, 0x11).write(size, 0x22).report());
			partition.assignIoeventfd(DoorbellRequest.matching(ADDRESS, size, 0x22, event));
			expectWrite(ADDRESS);
			guest.runToPort();
			awaitRung(1);
			end();
		}
	}

	@Test
	void theValueIsComparedZeroExtended() {
		start(new WriteCode().at(ADDRESS).write(2, 0xFFFE).write(2, 0xFFFE).report());
		partition.assignIoeventfd(DoorbellRequest.matching(ADDRESS, 2, 0xFFFE, event));
		guest.runToPort();
		awaitRung(2);
	}

	@Test
	void aReadIsAnInterceptAsEver() {
		start(GuestCode.forLongMode().movRdi(ADDRESS).loadEax().out(1));
		partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, 0, event));
		assertEquals(ADDRESS, guest.run(Intercept.Memory.class).guestAddress());
		assertEquals(0, event.drain());
	}

	@Test
	void valuesOfOneAddressRingDifferentEvents() {
		try (Event second = events.create()) {
			start(new WriteCode().at(ADDRESS).write(4, 2).write(4, 1).write(4, 2).report());
			partition.assignIoeventfd(DoorbellRequest.matching(ADDRESS, 4, 1, event));
			partition.assignIoeventfd(DoorbellRequest.matching(ADDRESS, 4, 2, second));
			guest.runToPort();
			awaitRung(event, 1);
			awaitRung(second, 2);
		}
	}

	@Test
	void anEventMayHaveManyDoorbells() {
		WriteCode code = new WriteCode();
		for (int i = 0; i < 100; i++) {
			code.at(ADDRESS + 0x804L * i).write(4, i);
		}
		start(code.report());
		for (int i = 0; i < 100; i++) {
			partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS + 0x804L * i, 4, event));
		}
		guest.runToPort();
		awaitRung(100);
	}

	@Test
	void memoryAtTheAddressIsWrittenToo() {
		start(new WriteCode().at(MEMORY).write(4, 1).report().write(4, 2).write(4, 3).report().write(4, 4).report());
		guest.runToPort();
		DoorbellRequest doorbell = DoorbellRequest.anyValue(MEMORY, 4, event);
		partition.assignIoeventfd(doorbell);
		guest.runToPort();
		awaitRung(2);
		assertEquals(3, guest.counter(MEMORY));
		partition.deassignIoeventfd(doorbell);
		guest.runToPort();
		assertEquals(0, event.drain());
		assertEquals(4, guest.counter(MEMORY));
	}

	@Test
	void afterItWasDeassignedTheWriteIsAnIntercept() {
		start(new WriteCode().at(ADDRESS).write(4, 1).write(4, 2).report());
		DoorbellRequest doorbell = DoorbellRequest.anyValue(ADDRESS, 4, event);
		partition.assignIoeventfd(doorbell);
		partition.deassignIoeventfd(doorbell);
		expectWrite(ADDRESS);
		expectWrite(ADDRESS);
		guest.runToPort();
		assertEquals(0, event.drain());
	}

	@Test
	void aDoorbellMayInterruptItsGuest() {
		int vector = 0x50;
		start(GuestCode.forLongMode().movRdi(0xFEE0_00F0L).store(0x1FF).sti().movRdi(ADDRESS).store(1).loopForever());
		guest.longMode().handle(vector, GuestCode.forLongMode().out(1).iretq());
		partition.setMsiRouting(List.of(new MsiRoute(7, 0xFEE0_0000, 0, vector)));
		partition.assignIrqfd(event, 7);
		partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, 4, event));
		guest.runToPort();
	}

	@Test
	void aGuestThatRingsWithoutEndCanBeInterrupted() {
		GuestCode code = GuestCode.forLongMode().movRdi(ADDRESS);
		int loop = code.position();
		start(code.store(1).jump(loop));
		partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, 4, event));
		Future<Intercept> run = guest.start();
		for (int i = 0; i < 1000; i++) {
			Guest.await("a ring", () -> event.drain() != 0);
		}
		guest.processor().interrupt();
		assertEquals(Intercept.Interrupted.INSTANCE, Guest.join(run));
	}

	@Test
	void doorbellsAreAssignedAndDeassignedWhileTheGuestRings() {
		GuestCode code = GuestCode.forLongMode().movRdi(ADDRESS);
		int loop = code.position();
		start(code.store(1).movRax(MEMORY).raw(0x48, 0xFF, 0x00).jump(loop));
		DoorbellRequest doorbell = DoorbellRequest.anyValue(ADDRESS, 4, event);
		Future<Intercept> run = guest.start(() -> {
			for (;;) {
				Intercept intercept = guest.processor().run();
				if (!(intercept instanceof Intercept.Memory access)) {
					return intercept;
				}
				guest.processor().setRegister(Register.RIP, access.header().rip() + 6);
			}
		});
		for (int i = 0; i < 300; i++) {
			partition.assignIoeventfd(doorbell);
			Guest.await("a ring", () -> event.drain() != 0);
			partition.deassignIoeventfd(doorbell);
			event.drain();
			long loops = guest.counter(MEMORY);
			Guest.await("the guest goes on", () -> guest.counter(MEMORY) > loops + 2);
			assertEquals(0, event.drain(), "a ring after it was deassigned");
		}
		guest.processor().interrupt();
		assertEquals(Intercept.Interrupted.INSTANCE, Guest.join(run));
	}

	@Test
	void portsHaveNoDoorbells() {
		start(new WriteCode());
		assertRefused(Errno.EOPNOTSUPP, () -> partition.assignIoeventfd(new DoorbellRequest(0x80, 1, OptionalLong.empty(), true, event)));
		assertRefused(Errno.EOPNOTSUPP, () -> partition.assignIoeventfd(new DoorbellRequest(0x80, 3, OptionalLong.empty(), true, event)));
	}

	@Test
	void otherLengthsAndAddressesThatWrapAreRefused() {
		start(new WriteCode());
		for (int length : new int[] {3, 5, 6, 7, 9, 16, -1, Integer.MIN_VALUE}) {
			assertRefused(Errno.EINVAL, () -> partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, length, event)));
		}
		assertRefused(Errno.EINVAL, () -> partition.assignIoeventfd(DoorbellRequest.anyValue(-4, 8, event)));
		assertRefused(Errno.EINVAL, () -> partition.assignIoeventfd(DoorbellRequest.anyValue(-1, 1, event)));
	}

	@Test
	void doorbellsThatCollideAreRefused() {
		start(new WriteCode());
		partition.assignIoeventfd(DoorbellRequest.matching(ADDRESS, 4, 1, event));
		assertRefused(Errno.EEXIST, () -> partition.assignIoeventfd(DoorbellRequest.matching(ADDRESS, 4, 1, event)));
		assertRefused(Errno.EEXIST, () -> partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, 4, event)));
		partition.assignIoeventfd(DoorbellRequest.matching(ADDRESS, 4, 2, event));
		partition.assignIoeventfd(DoorbellRequest.matching(ADDRESS, 2, 1, event));
		partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, 0, event));
		assertRefused(Errno.EEXIST, () -> partition.assignIoeventfd(DoorbellRequest.matching(ADDRESS, 0, 1, event)));
	}

	@Test
	void deassigningNeedsTheSameEventAddressLengthAndMatch() {
		try (Event other = events.create()) {
			start(new WriteCode());
			partition.assignIoeventfd(DoorbellRequest.matching(ADDRESS, 4, 1, event));
			assertRefused(Errno.ENOENT, () -> partition.deassignIoeventfd(DoorbellRequest.matching(ADDRESS, 4, 1, other)));
			assertRefused(Errno.ENOENT, () -> partition.deassignIoeventfd(DoorbellRequest.matching(ADDRESS + 4, 4, 1, event)));
			assertRefused(Errno.ENOENT, () -> partition.deassignIoeventfd(DoorbellRequest.matching(ADDRESS, 8, 1, event)));
			assertRefused(Errno.ENOENT, () -> partition.deassignIoeventfd(DoorbellRequest.matching(ADDRESS, 4, 2, event)));
			assertRefused(Errno.ENOENT, () -> partition.deassignIoeventfd(DoorbellRequest.anyValue(ADDRESS, 4, event)));
			partition.deassignIoeventfd(DoorbellRequest.matching(ADDRESS, 4, 1, event));
			assertRefused(Errno.ENOENT, () -> partition.deassignIoeventfd(DoorbellRequest.matching(ADDRESS, 4, 1, event)));
		}
	}

	@Test
	void anAddressThatNoGuestHasIsRefusedByTheHypervisor() {
		start(new WriteCode());
		assertRefused(HvStatus.INVALID_PARAMETER, () -> partition.assignIoeventfd(DoorbellRequest.anyValue(1L << 56, 4, event)));
	}

	@Test
	void eventAndPartitionMayBeClosedInAnyOrder() {
		for (int round = 0; round < 4; round++) {
			start(new WriteCode().at(ADDRESS).write(4, 1).report());
			Event own = events.create();
			DoorbellRequest doorbell = DoorbellRequest.anyValue(ADDRESS, 4, own);
			partition.assignIoeventfd(doorbell);
			if ((round & 1) != 0) {
				own.close();
				guest.runToPort();
			}
			if ((round & 2) != 0) {
				partition.deassignIoeventfd(doorbell);
			}
			end();
			own.close();
			assertTrue(partition.id() != 0);
		}
	}

	@Test
	void segmentsAndPagesAreCheckedBeforeTheDoorbell() {
		start(new WriteCode().at(0x4000_0000L).write(4, 1).report());
		guest.longMode().map(0, ADDRESS, LongMode.PRESENT);
		partition.assignIoeventfd(DoorbellRequest.anyValue(ADDRESS, 4, event));
		guest.longMode().handle(14, GuestCode.forLongMode().movAl(0x14).out(1));
		Intercept.IoPort fault = guest.runToPort();
		assertEquals(0x14, fault.rax() & 0xFF);
		assertEquals(0, event.drain());
		assertEquals(RegisterValue.of(0x4000_0000L), guest.processor().getRegisters(List.of(Register.CR2)).getFirst());
	}
}
