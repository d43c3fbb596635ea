package mshv.tck.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static mshv.tck.LongMode.PRESENT;
import static mshv.tck.LongMode.WRITABLE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Set;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.Register;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.LongMode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Rule(Section.INTERCEPTS)
@Conformance("memory intercepts")
class MemoryIntercepts {
	private static final int READ = 0, WRITE = 1, EXECUTE = 2;

	private final Hypervisor hypervisor;

	MemoryIntercepts(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@Test
	void aReadWhereNothingIsMappedSaysWhereAndWhat() {
		GuestCode code = GuestCode.forLongMode().movRdi(LongMode.WINDOW + 0x1234).loadEax().out(1);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.longMode().map(1, Guest.NOWHERE, PRESENT | WRITABLE);
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			assertFalse(access.mapped());
			assertEquals(READ, access.header().access());
			assertEquals(Guest.NOWHERE + 0x234, access.guestAddress());
			assertTrue(access.guestVirtualAddressValid());
			assertEquals(LongMode.WINDOW + 0x1234, access.guestVirtualAddress());
			assertEquals(Guest.CODE + 10, access.header().rip());
			assertArrayEquals(new byte[] {(byte) 0x8B, 0x07}, Arrays.copyOf(access.instruction(), 2));
		}
	}

	@Test
	void aWriteWhereNothingIsMappedIsAWrite() {
		GuestCode code = GuestCode.forLongMode().movRdi(Guest.NOWHERE).storeEax();
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			assertFalse(access.mapped());
			assertEquals(WRITE, access.header().access());
			assertTrue(access.header().write());
			assertEquals(Guest.NOWHERE, access.guestAddress());
			assertArrayEquals(new byte[] {(byte) 0x89, 0x07}, Arrays.copyOf(access.instruction(), 2));
		}
	}

	@Test
	void aFetchWhereNothingIsMappedHasNoInstruction() {
		GuestCode code = GuestCode.forLongMode().movRax(Guest.NOWHERE).raw(0xFF, 0xE0);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			assertEquals(EXECUTE, access.header().access());
			assertEquals(Guest.NOWHERE, access.guestAddress());
			assertEquals(Guest.NOWHERE, access.header().rip());
			assertEquals(0, access.instruction().length);
		}
	}

	@Test
	void readOnlyMemoryCanBeReadButNotWritten() {
		GuestCode code = GuestCode.forLongMode().movRdi(Guest.NOWHERE + 8).loadEax().out(4).store(7);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			MemorySegment page = guest.memory(0x1000);
			page.set(JAVA_INT, 8, 0x1234);
			guest.partition().mapMemory(new MemoryRegion(Guest.NOWHERE, page, Set.of()));
			assertEquals(0x1234, guest.runToPort().rax());
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			assertTrue(access.mapped());
			assertEquals(WRITE, access.header().access());
			assertEquals(Guest.NOWHERE + 8, access.guestAddress());
			assertEquals(0x1234, page.get(JAVA_INT, 8));
		}
	}

	@Test
	void memoryThatIsNotExecutableIsNotExecuted() {
		GuestCode code = GuestCode.forLongMode().movRax(Guest.NOWHERE).raw(0xFF, 0xE0);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			MemorySegment page = guest.memory(0x1000);
			page.fill((byte) 0x90);
			guest.partition().mapMemory(new MemoryRegion(Guest.NOWHERE, page, Set.of(MemoryRegion.Access.WRITABLE)));
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			assertTrue(access.mapped());
			assertEquals(EXECUTE, access.header().access());
			assertEquals(Guest.NOWHERE, access.guestAddress());
		}
	}

	@Test
	void theInstructionIsRepeatedWhenTheMemoryIsThere() {
		GuestCode code = GuestCode.forLongMode().movRdi(Guest.NOWHERE).loadEax().out(4);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			guest.run(Intercept.Memory.class);
			MemorySegment page = guest.memory(0x1000);
			page.set(JAVA_INT, 0, 42);
			guest.partition().mapMemory(MemoryRegion.ram(Guest.NOWHERE, page));
			assertEquals(42, guest.runToPort().rax());
		}
	}

	@Test
	void anAccessOverTheEndOfMemoryHasNoEffectInIt() {
		GuestCode code = GuestCode.forLongMode().movRdi(Guest.RAM_SIZE - 2).movEax(-1).storeEax();
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			assertEquals(Guest.RAM_SIZE, access.guestAddress() & -0x1000);
			assertEquals(0, guest.ram().get(JAVA_SHORT, Guest.RAM_SIZE - 2));
			assertEquals(Guest.CODE + 15, guest.processor().getRegister(Register.RIP));
		}
	}

	@Test
	void pageTablesWhereNothingIsMappedAreAnAccessThere() {
		GuestCode code = GuestCode.forLongMode().movRax(Guest.NOWHERE).raw(0x0F, 0x22, 0xD8);
		try (Guest guest = Guest.inLongMode(hypervisor, code)) {
			Intercept.Memory access = guest.run(Intercept.Memory.class);
			assertFalse(access.mapped());
			assertEquals(Guest.NOWHERE, access.guestAddress() & -0x1000);
		}
	}
}
