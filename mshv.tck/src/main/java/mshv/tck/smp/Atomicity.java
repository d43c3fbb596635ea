package mshv.tck.smp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import mshv.api.Hypervisor;
import mshv.tck.Conformance;
import mshv.tck.GuestCode;

/** Intel SDM vol. 3, 9.1. */
@Conformance("several processors: atomic operations")
class Atomicity {
	private static final int PROCESSORS = 4;
	private static final int ROUNDS = 20_000;
	/** Each of these stops all processors of some hypervisors. */
	private static final int SPLIT_ROUNDS = 200;
	private static final long LINE = 64;

	private final Hypervisor hypervisor;

	Atomicity(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** @return code that repeats an instruction or several; ECX counts down, RDI is the address */
	private static GuestCode repeat(int rounds, long address, int... body) {
		GuestCode code = GuestCode.forLongMode().movRdi(address).movEcx(rounds);
		int loop = code.position();
		code.raw(body).raw(0xFF, 0xC9);
		return code.raw(0x75, loop - code.position() - 2).out(1);
	}

	private static int[] lockedIncrement(int size) {
		return switch (size) {
			case 1 -> new int[] {0xF0, 0xFE, 0x07};
			case 2 -> new int[] {0xF0, 0x66, 0xFF, 0x07};
			case 4 -> new int[] {0xF0, 0xFF, 0x07};
			default -> new int[] {0xF0, 0x48, 0xFF, 0x07};
		};
	}

	private static long read(Processors processors, long address, int size) {
		long value = 0;
		for (int i = size - 1; i >= 0; i--) {
			value = value << 8 | processors.guest().ram().get(JAVA_BYTE, address + i) & 0xFF;
		}
		return value;
	}

	private void count(int size, long address, int rounds) {
		try (Processors processors = new Processors(hypervisor,
			Collections.nCopies(PROCESSORS, repeat(rounds, address, lockedIncrement(size))))) {
			processors.run();
			long mask = size == 8 ? -1 : (1L << 8 * size) - 1;
			assertEquals((long) PROCESSORS * rounds & mask, read(processors, address, size), size + " bytes at " + Long.toHexString(address));
			assertEquals(0, read(processors, address - 1, 1), "the byte before");
			assertEquals(0, read(processors, address + size, 1), "the byte behind");
		}
	}

	@ParameterizedTest
	@ValueSource(ints = {1, 2, 4, 8})
	void noLockedIncrementIsLostWhereverInALineItIs(int size) {
		for (int place = 0; place <= LINE - size; place += 5) {
			count(size, Processors.DATA + LINE + place, ROUNDS / 10);
		}
		count(size, Processors.DATA + LINE, ROUNDS);
	}

	@ParameterizedTest
	@ValueSource(ints = {2, 4, 8})
	void noLockedIncrementIsLostAcrossLinesAndPages(int size) {
		count(size, Processors.DATA + LINE - 1, SPLIT_ROUNDS);
		count(size, Processors.DATA + LINE - size + 1, SPLIT_ROUNDS);
		count(size, Processors.DATA + 0x1000 - 1, SPLIT_ROUNDS);
	}

	/** XCHG needs no prefix: a lock made of it protects an increment that is not atomic. */
	@Test
	void anExchangeMakesALock() {
		// MOV EAX, 1; XCHG [RDI], AL; TEST AL, AL; JNZ; INC QWORD [RDI + 8]; MOV BYTE [RDI], 0
		int[] body = {0xB8, 1, 0, 0, 0, 0x86, 0x07, 0x84, 0xC0, 0x75, 0xF5, 0x48, 0xFF, 0x47, 0x08, 0xC6, 0x07, 0x00};
		try (Processors processors = new Processors(hypervisor, Collections.nCopies(2, repeat(ROUNDS, Processors.DATA, body)))) {
			processors.run();
			assertEquals(2 * ROUNDS, processors.guest().counter(Processors.DATA + 8));
		}
	}

	@Test
	void aCompareAndExchangeOfEightBytesLosesNothing() {
		// Adds 1 to both halves: MOV EAX, [RDI]; MOV EDX, [RDI + 4]; PUSH RCX; LEA EBX, [RAX + 1]; LEA ECX, [RDX + 1];
		// LOCK CMPXCHG8B [RDI]; POP RCX; JNZ
		int[] body = {0x8B, 0x07, 0x8B, 0x57, 0x04, 0x51, 0x8D, 0x58, 0x01, 0x8D, 0x4A, 0x01, 0xF0, 0x0F, 0xC7, 0x0F, 0x59, 0x75, 0xED};
		try (Processors processors = new Processors(hypervisor, Collections.nCopies(PROCESSORS, repeat(ROUNDS, Processors.DATA, body)))) {
			processors.run();
			assertEquals(0x1_0000_0001L * PROCESSORS * ROUNDS, processors.guest().counter(Processors.DATA));
		}
	}

	/** Each processor complements a bit of its own in one word, an odd number of times. */
	@Test
	void bitsOfOneWordAreChangedByDifferentProcessors() {
		List<GuestCode> programs = new ArrayList<>();
		for (int i = 0; i < PROCESSORS; i++) {
			// LOCK BTC QWORD [RDI], i
			programs.add(repeat(ROUNDS + 1, Processors.DATA, 0xF0, 0x48, 0x0F, 0xBA, 0x3F, 9 * i));
		}
		try (Processors processors = new Processors(hypervisor, programs)) {
			processors.run();
			assertEquals(1 | 1 << 9 | 1 << 18 | 1 << 27, processors.guest().counter(Processors.DATA));
		}
	}

	/** A store of eight bytes is seen whole or not at all. */
	@Test
	void alignedStoresAreNotTorn() {
		// MOV RAX, -1; MOV [RDI], RAX; INC RAX; MOV [RDI], RAX
		int[] writer = {0x48, 0xC7, 0xC0, 0xFF, 0xFF, 0xFF, 0xFF, 0x48, 0x89, 0x07, 0x48, 0xFF, 0xC0, 0x48, 0x89, 0x07};
		// MOV RAX, [RDI]; LEA RDX, [RAX + 1]; CMP RDX, 1; JBE over; MOV AL, 7Fh; OUT DX, AL
		int[] reader = {0x48, 0x8B, 0x07, 0x48, 0x8D, 0x50, 0x01, 0x48, 0x83, 0xFA, 0x01, 0x76, 0x03, 0xB0, 0x7F, 0xEE};
		try (Processors processors = new Processors(hypervisor, List.of(repeat(ROUNDS, Processors.DATA, writer),
			repeat(ROUNDS, Processors.DATA, reader)))) {
			assertNotEquals(0x7F, processors.run().get(1), "a torn value");
			assertEquals(0, processors.guest().counter(Processors.DATA));
		}
	}
}
