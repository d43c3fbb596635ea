package mshv.tck.synic;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.MessageType;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Messages and event flags that the root sends to a guest. */
@Conformance("guest SynIC")
class SyntheticInterrupts {
	private static final int GENERAL_PROTECTION = 13;
	private static final int MESSAGE_TYPE = 0x1234;

	private final Hypervisor hypervisor;

	SyntheticInterrupts(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private Guest guest(GuestCode code) {
		Guest guest = Guest.inLongMode(hypervisor, code);
		SynicCode.assume(guest, SynicCode.SYNIC);
		return guest;
	}

	private static byte[] message(int type, long payload) {
		ByteBuffer message = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
		message.putInt(type).put((byte) 8).put((byte) 0).putShort((short) 0).putLong(5).putLong(payload);
		return message.array();
	}

	/** Adds a report of what is at an address, as 32 bits. */
	private static GuestCode report(GuestCode code, long address) {
		return code.movRdi(address).loadEax().out(4);
	}

	@Test
	void afterResetSourcesAreMasked() {
		GuestCode code = GuestCode.forLongMode().movEcx(SynicCode.SINT0).rdmsr().out(4).movEcx(SynicCode.SVERSION).rdmsr().out(4);
		try (Guest guest = guest(code)) {
			assertEquals(1 << 16, guest.runToPort().rax());
			assertEquals(1, guest.runToPort().rax());
		}
	}

	/** Values that the registers cannot have raise #GP. */
	@ParameterizedTest
	@CsvSource({"0x40000092, 0x0f", "0x40000081, 1", "0x40000083, 0xf000000000000001"})
	void aRegisterRefusesWhatItCannotHold(String msr, String value) {
		GuestCode code = SynicCode.write(GuestCode.forLongMode(), Integer.decode(msr), Long.parseUnsignedLong(value.replace("0x", ""), 16))
			.movAl(0).out(1);
		try (Guest guest = guest(code)) {
			guest.longMode().handle(GENERAL_PROTECTION, GuestCode.forLongMode().movAl(GENERAL_PROTECTION).out(1));
			assertEquals(GENERAL_PROTECTION, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void aMessageArrivesAndInterrupts() {
		try (Guest guest = guest(SynicCode.enabled().sti().loopForever())) {
			long slot = SynicCode.MESSAGES + 256 * SynicCode.SINT;
			guest.longMode().handle(SynicCode.VECTOR, report(report(GuestCode.forLongMode(), slot), slot + 16).iretq());
			guest.runToPort();
			guest.partition().postMessageDirect(0, SynicCode.SINT, message(MESSAGE_TYPE, 77));
			assertEquals(MESSAGE_TYPE, guest.runToPort().rax());
			assertEquals(77, guest.runToPort().rax());
		}
	}

	@Test
	void aMessageWaitsForItsSlot() {
		GuestCode code = SynicCode.enabled();
		long slot = SynicCode.MESSAGES + 256 * SynicCode.SINT;
		// Type, then size and flags; EOM; again
		report(report(code, slot), slot + 4).movRdi(slot).store(0);
		report(SynicCode.write(code, SynicCode.EOM, 0), slot);
		report(code, slot + 4);
		try (Guest guest = guest(code)) {
			guest.runToPort();
			guest.partition().postMessageDirect(0, SynicCode.SINT, message(1, 0));
			guest.partition().postMessageDirect(0, SynicCode.SINT, message(2, 0));
			assertEquals(1, guest.runToPort().rax());
			assertEquals(8 | 1 << 8, guest.runToPort().rax(), "pending");
			assertEquals(2, guest.runToPort().rax());
			assertEquals(8, guest.runToPort().rax());
		}
	}

	@Test
	void anEndOfInterruptDeliversAMessageThatWaits() {
		try (Guest guest = guest(SynicCode.enabled().sti().loopForever())) {
			guest.longMode().handle(SynicCode.VECTOR,
				GuestCode.forLongMode().movRdi(SynicCode.MESSAGES + 256 * SynicCode.SINT).store(0).movRdi(0xFEE0_00B0L).store(0)
					.movAl(3).out(1).iretq());
			guest.runToPort();
			guest.partition().postMessageDirect(0, SynicCode.SINT, message(1, 0));
			guest.partition().postMessageDirect(0, SynicCode.SINT, message(2, 0));
			assertEquals(3, guest.runToPort().rax() & 0xFF);
			assertEquals(3, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void aSourceWithAutomaticEndNeedsNone() {
		GuestCode code = SynicCode.write(SynicCode.enabled(), SynicCode.SINT0 + SynicCode.SINT, SynicCode.VECTOR | 1 << 17).sti().out(1)
			.loopForever();
		try (Guest guest = guest(code)) {
			guest.longMode().handle(SynicCode.VECTOR, GuestCode.forLongMode().movAl(4).out(1).iretq());
			guest.runToPort();
			guest.runToPort();
			assertTrue(guest.partition().signalEventDirect(0, SynicCode.SINT, 1));
			assertEquals(4, guest.runToPort().rax() & 0xFF);
			assertTrue(guest.partition().signalEventDirect(0, SynicCode.SINT, 2));
			assertEquals(4, guest.runToPort().rax() & 0xFF);
		}
	}

	@Test
	void anEventFlagIsSetOnce() {
		try (Guest guest = guest(report(SynicCode.enabled(), SynicCode.FLAGS + 256 * SynicCode.SINT + 252))) {
			guest.runToPort();
			assertTrue(guest.partition().signalEventDirect(0, SynicCode.SINT, 2047));
			assertFalse(guest.partition().signalEventDirect(0, SynicCode.SINT, 2047));
			assertEquals(1L << 31, guest.runToPort().rax());
		}
	}

	@Test
	void theHostIsToldWhatCannotBeDelivered() {
		try (Guest guest = guest(SynicCode.enabled())) {
			assertRefused(HvStatus.INVALID_SYNIC_STATE, () -> guest.partition().postMessageDirect(0, 1, message(1, 0)));
			assertRefused(HvStatus.INVALID_SYNIC_STATE, () -> guest.partition().signalEventDirect(0, 1, 1));
			guest.runToPort();
			assertRefused(HvStatus.INVALID_VP_INDEX, () -> guest.partition().postMessageDirect(1, 1, message(1, 0)));
			assertRefused(HvStatus.INVALID_PARAMETER, () -> guest.partition().signalEventDirect(0, 16, 1));
			assertRefused(HvStatus.INVALID_PARAMETER, () -> guest.partition().signalEventDirect(0, 1, 2048));
		}
	}

	@Test
	void theHostSeesWhatTheGuestSetUp() {
		try (Guest guest = guest(SynicCode.enabled())) {
			guest.runToPort();
			assertEquals(1, guest.processor().getRegister(Register.SCONTROL));
			assertEquals(SynicCode.MESSAGES | 1, guest.processor().getRegister(Register.SIMP));
			assertEquals(SynicCode.VECTOR, guest.processor().getRegister(Register.SINT2));
		}
	}

	@Test
	void theHostIsToldOnceThatASlotIsFree() {
		long slot = SynicCode.MESSAGES + 256L * SynicCode.SINT;
		GuestCode code = SynicCode.enabled().movRdi(slot).store(0);
		SynicCode.write(code, SynicCode.EOM, 0).out(1);
		try (Guest guest = guest(code)) {
			guest.runToPort();
			guest.partition().postMessageDirect(0, SynicCode.SINT, message(1, 0));
			guest.processor().setRegister(Register.DELIVERABILITY_NOTIFICATIONS, 1L << 48 + SynicCode.SINT);
			Intercept.Other told = guest.run(Intercept.Other.class);
			assertEquals(MessageType.SYNIC_SINT_DELIVERABLE, told.messageType());
			assertEquals(1 << SynicCode.SINT, told.payload()[40] | told.payload()[41] << 8);
			assertEquals(0, guest.processor().getRegister(Register.DELIVERABILITY_NOTIFICATIONS));
			guest.runToPort();
		}
	}
}
