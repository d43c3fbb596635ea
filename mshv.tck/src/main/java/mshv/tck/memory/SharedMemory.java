package mshv.tck.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Memory that both sides see, and that comes and goes while the guest runs. */
@Conformance("shared memory")
class SharedMemory {
	private static final long OTHER = Guest.NOWHERE + 0x20_0000;
	private static final long COUNTER = 0x9000;

	private final Hypervisor hypervisor;

	SharedMemory(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@Test
	void oneHostPageIsSeenAtTwoGuestAddresses() {
		GuestCode code = GuestCode.forLongMode().movRdi(Guest.NOWHERE).store(0x1234).movRdi(OTHER).loadEax().out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			MemorySegment page = guest.memory(0x1000);
			guest.partition().mapMemory(MemoryRegion.ram(Guest.NOWHERE, page));
			guest.partition().mapMemory(MemoryRegion.ram(OTHER, page));
			assertEquals(0x1234, guest.runToPort().rax());
			assertEquals(0x1234, page.get(JAVA_INT, 0));
		}
	}

	@Test
	void hostAndGuestSeeEachOthersWritesWhileItRuns() {
		GuestCode code = GuestCode.forLongMode().movRdi(COUNTER);
		int loop = code.position();
		// INC QWORD [RDI]; CMP DWORD [RDI + 8], 0; JE
		code.increment().raw(0x83, 0x7F, 0x08, 0x00, 0x74, loop - code.position() - 6).out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(COUNTER) > 1000);
			guest.ram().set(JAVA_INT, COUNTER + 8, 1);
			assertInstanceOf(Intercept.IoPort.class, Guest.join(run));
		}
	}

	@Test
	void dataThatIsUnmappedUnderARunningProcessorIsGone() {
		GuestCode code = GuestCode.forLongMode().movRdi(Guest.NOWHERE);
		int loop = code.position();
		code.increment().jump(loop);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			MemorySegment page = guest.memory(0x1000);
			MemoryRegion region = MemoryRegion.ram(Guest.NOWHERE, page);
			guest.partition().mapMemory(region);
			Future<Intercept> run = guest.start();
			awaitCount(page);
			guest.partition().unmapMemory(region);
			page.fill((byte) 0);
			Intercept.Memory access = assertInstanceOf(Intercept.Memory.class, Guest.join(run));
			assertEquals(Guest.NOWHERE, access.guestAddress());
			assertEquals(0, page.get(JAVA_INT, 0), "written after it was unmapped");
		}
	}

	@Test
	void codeThatIsUnmappedUnderARunningProcessorIsGone() {
		GuestCode code = GuestCode.forLongMode().movRdi(COUNTER).movRax(Guest.NOWHERE).raw(0xFF, 0xE0);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			MemorySegment page = guest.memory(0x1000);
			byte[] loop = GuestCode.forLongMode().increment().jump(0).toBytes();
			MemorySegment.copy(loop, 0, page, JAVA_BYTE, 0, loop.length);
			MemoryRegion region = MemoryRegion.ram(Guest.NOWHERE, page);
			guest.partition().mapMemory(region);
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(COUNTER) > 1000);
			guest.partition().unmapMemory(region);
			Intercept.Memory access = assertInstanceOf(Intercept.Memory.class, Guest.join(run));
			assertEquals(2, access.header().access());
			assertEquals(Guest.NOWHERE, access.guestAddress() & -0x1000);
		}
	}

	@Test
	void memoryMayComeWhileAProcessorRuns() {
		GuestCode code = GuestCode.forLongMode().movRdi(COUNTER);
		int loop = code.position();
		code.increment().raw(0x83, 0x7F, 0x08, 0x00, 0x74, loop - code.position() - 6).movRdi(Guest.NOWHERE).loadEax().out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(COUNTER) > 1000);
			MemorySegment page = guest.memory(0x1000);
			page.set(JAVA_INT, 0, 42);
			guest.partition().mapMemory(MemoryRegion.ram(Guest.NOWHERE, page));
			guest.ram().set(JAVA_INT, COUNTER + 8, 1);
			assertEquals(42, assertInstanceOf(Intercept.IoPort.class, Guest.join(run)).rax());
		}
	}

	private static void awaitCount(MemorySegment page) {
		VarHandle counter = JAVA_LONG.varHandle();
		Guest.await("the guest counts", () -> (long) counter.getVolatile(page, 0L) > 1000);
	}
}
