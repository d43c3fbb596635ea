package mshv.tck.state;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.MemoryRegion;
import mshv.api.Register;
import mshv.api.Translation;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.LongMode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Rule(Section.PASS_THROUGH)
@Conformance("address translation")
class AddressTranslation {
	/** HV_TRANSLATE_GVA control flags. */
	private static final long READ = 1, WRITE = 2, EXECUTE = 4, PRIVILEGE_EXEMPT = 8;
	private static final long NO_EXECUTE = 1L << 63;

	private final Hypervisor hypervisor;
	private Guest guest;

	AddressTranslation(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@BeforeEach
	void create() {
		guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode().loopForever());
	}

	@AfterEach
	void close() {
		guest.close();
	}

	private void assertResult(Translation.Result expected, long address, long flags) {
		assertEquals(expected, guest.processor().translate(address, flags).result());
	}

	private static void assertLeadsTo(long physical, Translation translation) {
		assertEquals(new Translation(Translation.Result.SUCCESS, physical), translation);
	}

	@Test
	void aPageThatIsPresentIsTranslated() {
		long page = guest.longMode().map(3, 0x9000, LongMode.PRESENT | LongMode.WRITABLE);
		assertLeadsTo(0x9123, guest.processor().translate(page + 0x123, READ));
		assertLeadsTo(0x9123, guest.processor().translate(page + 0x123, WRITE));
		assertLeadsTo(0x9123, guest.processor().translate(page + 0x123, EXECUTE));
	}

	@Test
	void aLargePageIsTranslated() {
		MemoryRegion region = MemoryRegion.ram(Guest.NOWHERE, guest.memory(0x20_0000));
		guest.partition().mapMemory(region);
		assertLeadsTo(Guest.NOWHERE + 0x1F_FFFF, guest.processor().translate(Guest.NOWHERE + 0x1F_FFFF, READ));
	}

	@Test
	void aPageThatIsNotPresentIsNot() {
		assertResult(Translation.Result.PAGE_NOT_PRESENT, LongMode.WINDOW, READ);
		assertResult(Translation.Result.PAGE_NOT_PRESENT, 0x80_0000_0000L, READ);
	}

	@Test
	void aSupervisorPageIsNotForUserCode() {
		guest.processor().setRegisters(LongMode.userSegments());
		long supervisor = guest.longMode().map(3, 0x9000, LongMode.PRESENT | LongMode.WRITABLE);
		long user = guest.longMode().map(4, 0xA000, LongMode.PRESENT | LongMode.USER);
		assertResult(Translation.Result.PRIVILEGE_VIOLATION, supervisor, READ);
		assertLeadsTo(0xA000, guest.processor().translate(user, READ));
		assertLeadsTo(0x9000, guest.processor().translate(supervisor, READ | PRIVILEGE_EXEMPT));
	}

	@Test
	void aWriteProtectedPageIsNotForWrites() {
		long page = guest.longMode().map(3, 0x9000, LongMode.PRESENT);
		assertLeadsTo(0x9000, guest.processor().translate(page, READ));
		assertResult(Translation.Result.PRIVILEGE_VIOLATION, page, WRITE);
		guest.processor().setRegister(Register.CR0, 0x8000_0033L);
		assertLeadsTo(0x9000, guest.processor().translate(page, WRITE));
	}

	@Test
	void aPageThatIsNotExecutableIsNotForFetches() {
		guest.processor().setRegister(Register.EFER, 0xD00);
		long page = guest.longMode().map(3, 0x9000, LongMode.PRESENT | NO_EXECUTE);
		assertLeadsTo(0x9000, guest.processor().translate(page, READ));
		assertResult(Translation.Result.PRIVILEGE_VIOLATION, page, EXECUTE);
	}

	@Test
	void aReservedBitIsNotTranslated() {
		long page = guest.longMode().map(3, 0x9000, LongMode.PRESENT | NO_EXECUTE);
		assertResult(Translation.Result.INVALID_PAGE_TABLE_FLAGS, page, READ);
	}

	@Test
	void aPageWithoutMemoryIsUnmapped() {
		assertResult(Translation.Result.GPA_UNMAPPED, Guest.NOWHERE, READ);
	}

	@Test
	void readOnlyMemoryIsNotForWrites() {
		guest.partition().mapMemory(new MemoryRegion(Guest.NOWHERE, guest.memory(0x1000), Set.of()));
		assertLeadsTo(Guest.NOWHERE, guest.processor().translate(Guest.NOWHERE, READ));
		assertResult(Translation.Result.GPA_NO_WRITE_ACCESS, Guest.NOWHERE, WRITE);
	}

	@Test
	void withoutPagingAddressesAreTheirOwn() {
		try (Guest real = Guest.inRealMode(hypervisor, GuestCode.forRealMode().loopForever())) {
			assertLeadsTo(0x1234, real.processor().translate(0x1234, READ | WRITE));
		}
	}

	@Test
	void theTranslationFollowsThePageTables() {
		long page = guest.longMode().map(3, 0x9000, LongMode.PRESENT);
		assertLeadsTo(0x9000, guest.processor().translate(page, READ));
		guest.longMode().map(3, 0xA000, LongMode.PRESENT);
		assertLeadsTo(0xA000, guest.processor().translate(page, READ));
	}
}
