package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import org.junit.jupiter.api.Test;

class VpSignalMessagesTest {
	private final MemorySegment message = Arena.ofAuto().allocate(256);

	@Test
	void aPairIsReadAsItWasWritten() {
		message.fill((byte) 0xFF);
		VpSignalPairMessage.encode(0x1234, 7, message);
		assertEquals(new MessageHeader(0x80000101, 240, 0, 0), MessageHeader.decode(message));
		assertEquals(0, message.get(JAVA_INT_UNALIGNED, 16));
		assertEquals(1, message.get(JAVA_BYTE, 20));
		assertEquals(0x1234, message.get(JAVA_LONG_UNALIGNED, 24));
		assertEquals(7, message.get(JAVA_INT_UNALIGNED, 176));
		assertEquals(1, VpSignalPairMessage.count(message));
		assertEquals(0x1234, VpSignalPairMessage.partitionId(message, 0));
		assertEquals(7, VpSignalPairMessage.vpIndex(message, 0));
	}

	@Test
	void theLastPairIsBeforeThePadding() {
		message.set(JAVA_LONG_UNALIGNED, 16 + 8 + 8 * 18, 5);
		message.set(JAVA_INT_UNALIGNED, 16 + 160 + 4 * 18, 6);
		assertEquals(5, VpSignalPairMessage.partitionId(message, 18));
		assertEquals(6, VpSignalPairMessage.vpIndex(message, 18));
	}

	@Test
	void aCountBeyondTheMessageIsCutOff() {
		message.set(JAVA_BYTE, 20, (byte) 0xFF);
		assertEquals(VpSignalPairMessage.MAX_PAIRS, VpSignalPairMessage.count(message));
	}

	@Test
	void aBitsetHasItsBanksAfterTheMask() {
		message.set(JAVA_LONG_UNALIGNED, 16, 9);
		message.set(JAVA_LONG_UNALIGNED, 16 + 16, 1);
		message.set(JAVA_LONG_UNALIGNED, 16 + 24, 5);
		message.set(JAVA_LONG_UNALIGNED, 16 + 32, 11);
		message.set(JAVA_LONG_UNALIGNED, 16 + 32 + 8 * 15, 12);
		assertEquals(9, VpSignalBitsetMessage.partitionId(message));
		assertEquals(1, VpSignalBitsetMessage.format(message));
		assertEquals(5, VpSignalBitsetMessage.bankMask(message));
		assertEquals(11, VpSignalBitsetMessage.bank(message, 0));
		assertEquals(12, VpSignalBitsetMessage.bank(message, VpSignalBitsetMessage.MAX_BANKS - 1));
	}
}
