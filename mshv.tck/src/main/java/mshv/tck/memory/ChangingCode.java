package mshv.tck.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.VirtualProcessor;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

/** Code that has been executed and is then written, by whomever: what is executed next is what was written. */
@Rule(Section.PROCESSOR)
@Conformance("changing code")
class ChangingCode {
	private static final long OTHER = Guest.NOWHERE + 0x20_0000;
	private static final long FUNCTION = 0x5000;
	/** Offset of the value in MOV AL. */
	private static final int VALUE = 1;

	private final Hypervisor hypervisor;

	ChangingCode(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** @return a guest that calls the function at {@link #FUNCTION}, reports AL, and does so again */
	private Guest calling(GuestCode between) {
		GuestCode code = GuestCode.forLongMode().movRax(FUNCTION).raw(0xFF, 0xD0).out(1).raw(toInts(between.toBytes()));
		Guest guest = Guest.inLongMode(hypervisor, code.jump(0));
		guest.write(FUNCTION, function(1));
		return guest;
	}

	private static byte[] function(int value) {
		return GuestCode.forLongMode().movAl(value).raw(0xC3).toBytes();
	}

	private static int[] toInts(byte[] bytes) {
		int[] ints = new int[bytes.length];
		for (int i = 0; i < bytes.length; i++) {
			ints[i] = bytes[i];
		}
		return ints;
	}

	private static int report(Guest guest) {
		return (int) guest.runToPort().rax() & 0xFF;
	}

	@Test
	void theProcessorItselfWritesIt() {
		try (Guest guest = calling(GuestCode.forLongMode().movRdi(FUNCTION + VALUE).raw(0xFE, 0x07))) {
			// INC BYTE [RDI]
			assertEquals(1, report(guest));
			assertEquals(2, report(guest));
			assertEquals(3, report(guest));
		}
	}

	@Test
	void theHostWritesItWhileTheProcessorStands() {
		try (Guest guest = calling(GuestCode.forLongMode())) {
			assertEquals(1, report(guest));
			guest.write(FUNCTION, function(2));
			assertEquals(2, report(guest));
		}
	}

	/** As a device does when a page of a program is read again. */
	@Test
	void theHostWritesItAndTheGuestMapsItAnew() {
		// INVLPG [RDI]
		try (Guest guest = calling(GuestCode.forLongMode().movRdi(FUNCTION).raw(0x0F, 0x01, 0x3F))) {
			assertEquals(1, report(guest));
			guest.write(FUNCTION, function(2));
			assertEquals(2, report(guest));
		}
	}

	@Test
	void anotherProcessorWritesIt() {
		try (Guest guest = calling(GuestCode.forLongMode())) {
			assertEquals(1, report(guest));
			VirtualProcessor other = guest.partition().createVirtualProcessor(1);
			guest.write(0x8000, GuestCode.forLongMode().movRdi(FUNCTION + VALUE).raw(0xFE, 0x07).out(1).toBytes());
			guest.setUpLongMode(other, 0x8000, 0x1C000);
			assertInstanceOf(Intercept.IoPort.class, guest.run(other));
			assertEquals(2, report(guest));
		}
	}

	@Test
	void anotherProcessorWritesItWhileItIsExecuted() {
		// CPUID serializes; the loop ends when the function answers 2
		GuestCode code = GuestCode.forLongMode().movEax(0).cpuid().movRax(FUNCTION).raw(0xFF, 0xD0).movRdi(0x9000).increment()
			.raw(0x3C, 2);
		code.raw(0x75, -code.position() - 2).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.write(FUNCTION, function(1));
			VirtualProcessor other = guest.partition().createVirtualProcessor(1);
			guest.write(0x8000, GuestCode.forLongMode().movRdi(FUNCTION + VALUE).raw(0xFE, 0x07).out(1).toBytes());
			guest.setUpLongMode(other, 0x8000, 0x1C000);
			Future<Intercept> run = guest.start();
			Guest.await("the function is called", () -> guest.counter(0x9000) > 10_000);
			assertInstanceOf(Intercept.IoPort.class, guest.run(other));
			assertEquals(2, assertInstanceOf(Intercept.IoPort.class, Guest.join(run)).rax() & 0xFF);
		}
	}

	@Test
	void itIsOtherMemoryNow() {
		GuestCode code = GuestCode.forLongMode().movRax(Guest.NOWHERE).raw(0xFF, 0xD0).out(1).jump(0);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			for (int i = 1; i <= 3; i++) {
				MemorySegment page = guest.memory(0x1000);
				MemorySegment.copy(function(i), 0, page, JAVA_BYTE, 0, function(i).length);
				MemoryRegion region = MemoryRegion.ram(Guest.NOWHERE, page);
				guest.partition().mapMemory(region);
				assertEquals(i, report(guest));
				guest.partition().unmapMemory(region);
			}
		}
	}

	@Test
	void itIsWrittenAtAnotherAddressOfTheSameMemory() {
		// CALL into the alias, whose MOV AL is changed through the first address in between
		GuestCode code = GuestCode.forLongMode().movRax(OTHER).raw(0xFF, 0xD0).out(1).movRdi(Guest.NOWHERE + 1).raw(0xC6, 0x07, 2)
			.movRax(OTHER).raw(0xFF, 0xD0).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			MemorySegment page = guest.memory(0x1000);
			MemorySegment.copy(GuestCode.forLongMode().movAl(1).raw(0xC3).toBytes(), 0, page, JAVA_BYTE, 0, 3);
			guest.partition().mapMemory(MemoryRegion.ram(Guest.NOWHERE, page));
			guest.partition().mapMemory(MemoryRegion.ram(OTHER, page));
			assertEquals(1, guest.runToPort().rax() & 0xFF);
			assertEquals(2, guest.runToPort().rax() & 0xFF);
		}
	}
}
