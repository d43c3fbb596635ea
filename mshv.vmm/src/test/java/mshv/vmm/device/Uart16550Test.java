package mshv.vmm.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import org.junit.jupiter.api.Test;

class Uart16550Test {
	private static final int DATA = 0x3F8;
	private static final int IER = 0x3F9;
	private static final int IIR = 0x3FA;
	private static final int FCR = 0x3FA;
	private static final int LCR = 0x3FB;
	private static final int MCR = 0x3FC;
	private static final int LSR = 0x3FD;
	private static final int MSR = 0x3FE;
	private static final int SCR = 0x3FF;

	private final StringBuilder sent = new StringBuilder();
	private final Deque<Integer> input = new ArrayDeque<>();
	private final List<Boolean> levels = new ArrayList<>();
	private final Uart16550 uart = new Uart16550(new SerialLine() {
		@Override
		public void transmit(int value) {
			sent.append((char) value);
		}

		@Override
		public int receive() {
			return input.isEmpty() ? -1 : input.poll();
		}
	}, levels::add);

	private int in(int port) {
		return uart.read(port, 1);
	}

	private void out(int port, int value) {
		uart.write(port, 1, value);
	}

	private void type(String text) {
		text.chars().forEach(input::add);
		uart.inputReady();
	}

	@Test
	void bytesGoToTheLineAndTheTransmitterIsAlwaysEmpty() {
		out(DATA, 'h');
		out(DATA, 'i');
		assertEquals("hi", sent.toString());
		assertEquals(0x60, in(LSR));
	}

	@Test
	void aDriverFindsA16550AByFifoScratchLoopbackAndInterruptEnable() {
		out(SCR, 0xA5);
		assertEquals(0xA5, in(SCR));
		out(IER, 0xFF);
		assertEquals(0x0F, in(IER));
		out(IER, 0);
		out(MCR, 0x1A);
		assertEquals(0x90, in(MSR) & 0xF0);
		out(MCR, 0);
		assertEquals(0xB0, in(MSR) & 0xF0);
		assertEquals(1, in(IIR));
		out(FCR, 1);
		assertEquals(0xC1, in(IIR));
		out(LCR, 0x80);
		assertEquals(0xC1, in(IIR));
		out(FCR, 0x21);
		assertEquals(0xC1, in(IIR));
	}

	@Test
	void theDivisorLatchHidesDataAndInterruptEnable() {
		out(LCR, 0x83);
		out(DATA, 0x34);
		out(IER, 0x12);
		assertEquals(0x34, in(DATA));
		assertEquals(0x12, in(IER));
		out(LCR, 3);
		assertEquals(0, in(IER));
		assertEquals("", sent.toString());
	}

	@Test
	void enablingTheTransmitterInterruptRaisesItAtOnceAndAgain() {
		out(IER, 2);
		assertEquals(2, in(IIR));
		assertEquals(1, in(IIR));
		out(IER, 0);
		out(IER, 2);
		assertEquals(2, in(IIR));
	}

	@Test
	void eachByteSentIsAnEdgeOfTheTransmitterInterrupt() {
		out(IER, 2);
		out(DATA, 'a');
		out(DATA, 'b');
		assertEquals(List.of(true, false, true, false, true), levels);
	}

	@Test
	void inputRaisesTheInterruptUntilItIsRead() {
		out(FCR, 1);
		out(IER, 1);
		type("ok");
		assertEquals(List.of(true), levels);
		assertEquals(0xC4, in(IIR));
		assertEquals(0x61, in(LSR));
		assertEquals('o', in(DATA));
		assertEquals('k', in(DATA));
		assertEquals(List.of(true, false), levels);
		assertEquals(0x60, in(LSR));
		assertEquals(0, in(DATA));
	}

	@Test
	void inputBelowTheTriggerLevelHasTimedOut() {
		out(FCR, 0xC1);
		out(IER, 1);
		type("x");
		assertEquals(0xCC, in(IIR));
		type("0123456789abcdef");
		assertEquals(0xC4, in(IIR));
	}

	@Test
	void inputWaitsOnTheLineWhileTheFifoIsFull() {
		out(FCR, 1);
		type("0123456789abcdefXY");
		assertEquals(2, input.size());
		StringBuilder read = new StringBuilder();
		while ((in(LSR) & 1) != 0) {
			read.append((char) in(DATA));
		}
		assertEquals("0123456789abcdefXY", read.toString());
	}

	@Test
	void withoutFifoOneByteWaits() {
		type("ab");
		assertEquals(1, input.size());
		assertEquals('a', in(DATA));
		assertEquals('b', in(DATA));
	}

	@Test
	void loopbackGivesTheGuestItsOwnBytes() {
		out(FCR, 1);
		out(MCR, 0x10);
		out(DATA, 0x42);
		assertEquals("", sent.toString());
		assertEquals(0x42, in(DATA));
		for (int i = 0; i < 17; i++) {
			out(DATA, i);
		}
		assertTrue((in(LSR) & 2) != 0);
		assertFalse((in(LSR) & 2) != 0);
	}

	@Test
	void modemStatusChangesAreReportedOnce() {
		out(IER, 8);
		in(MSR);
		out(MCR, 0x10);
		assertEquals(0, in(IIR));
		assertEquals(0x0B, in(MSR));
		assertEquals(1, in(IIR));
	}
}
