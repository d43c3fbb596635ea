package mshv.tck.synic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

/** Control words, pages and repetitions, as a guest's calls show them. */
@Rule(Section.HYPERCALLS)
@Conformance("hypercall conventions")
class HypercallConventions {
	private static final int FLUSH_SPACE = 2, FLUSH_LIST = 3, INPUT = 0x4000;
	private static final long COUNT = 1L << 32, START = 1L << 48, FAST = 1 << 16, HEADER = 1 << 17;

	private final Hypervisor hypervisor;

	HypercallConventions(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private Guest guest(GuestCode code) {
		Guest guest = Guest.inLongMode(hypervisor, code);
		SynicCode.assume(guest, SynicCode.HYPERCALLS | SynicCode.FLUSH);
		return guest;
	}

	/** Adds a call, and reports of both halves of its result. */
	private static GuestCode call(GuestCode code, long control, long input) {
		code.raw(0x48, 0xB9);
		bytes(code, control);
		code.raw(0x48, 0xBA);
		bytes(code, input);
		// XOR R8D, R8D; MOV RAX, page; CALL RAX; MOV RSI, RAX
		code.raw(0x45, 0x31, 0xC0).movRax(0x7000).raw(0xFF, 0xD0, 0x48, 0x89, 0xC6).out(4);
		// MOV RAX, RSI; SHR RAX, 32
		return code.raw(0x48, 0x89, 0xF0, 0x48, 0xC1, 0xE8, 0x20).out(4);
	}

	private static void bytes(GuestCode code, long value) {
		for (int i = 0; i < Long.BYTES; i++) {
			code.raw((int) (value >>> 8 * i) & 0xFF);
		}
	}

	/** @return status of a guest's next call; fails if it has completed another number of repetitions */
	private static HvStatus result(Guest guest, int completed) {
		long low = guest.runToPort().rax() & 0xFFFF_FFFFL;
		assertEquals(0, low >>> 16, "reserved bits of the result");
		assertEquals(completed, guest.runToPort().rax(), "repetitions completed");
		return HvStatus.of((int) low);
	}

	@Test
	void reservedBitsOfTheControlWordAreRefused() {
		long[] reserved = {1L << 27, 1L << 30, 1L << 44, 1L << 47, 1L << 60, 1L << 63};
		GuestCode code = HypercallCode.enabled();
		for (long bit : reserved) {
			call(code, FLUSH_SPACE | bit, INPUT);
		}
		try (Guest guest = guest(code)) {
			for (long bit : reserved) {
				assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, result(guest, 0), () -> "bit " + Long.toHexString(bit));
			}
		}
	}

	@Test
	void aCallHasRepetitionsOrNot() {
		GuestCode code = HypercallCode.enabled();
		call(code, FLUSH_SPACE | COUNT, INPUT);
		call(code, FLUSH_LIST, INPUT);
		call(code, FLUSH_SPACE | HEADER, INPUT);
		try (Guest guest = guest(code)) {
			for (int i = 0; i < 3; i++) {
				assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, result(guest, 0));
			}
		}
	}

	@Test
	void theResultCountsTheRepetitionsBeforeTheStartAsWell() {
		GuestCode code = HypercallCode.enabled();
		call(code, FLUSH_LIST | 5 * COUNT, INPUT);
		call(code, FLUSH_LIST | 5 * COUNT | 3 * START, INPUT);
		call(code, FLUSH_LIST | 5 * COUNT | 5 * START, INPUT);
		try (Guest guest = guest(code)) {
			// All processors
			guest.write(INPUT + 8, new byte[] {1});
			assertEquals(HvStatus.SUCCESS, result(guest, 5));
			assertEquals(HvStatus.SUCCESS, result(guest, 5));
			assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, HvStatus.of((int) guest.runToPort().rax()), "nothing is left to do");
		}
	}

	@Test
	void inputIsAlignedAndWithinOnePageOfMemory() {
		GuestCode code = HypercallCode.enabled();
		call(code, FLUSH_SPACE, INPUT + 4);
		call(code, FLUSH_SPACE, INPUT + 0x1000 - 8);
		call(code, FLUSH_SPACE, Guest.NOWHERE);
		try (Guest guest = guest(code)) {
			assertEquals(HvStatus.INVALID_ALIGNMENT, result(guest, 0));
			assertEquals(HvStatus.INVALID_ALIGNMENT, result(guest, 0));
			assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, result(guest, 0));
		}
	}

	@Test
	void aCallWhoseInputDoesNotFitInRegistersIsNotFast() {
		GuestCode code = HypercallCode.enabled();
		call(code, HypercallCode.POST_MESSAGE | FAST, 0);
		try (Guest guest = guest(code)) {
			HvStatus status = HvStatus.of((int) guest.runToPort().rax());
			assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, status);
		}
	}
}
