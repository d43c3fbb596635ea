package mshv.tck.smp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.tck.Conformance;
import mshv.tck.GuestCode;

/** Intel SDM vol. 3, 9.2.3: what two processors may see of each other's stores. Each round has variables x and y of its own. */
@Conformance("several processors: memory order")
class MemoryOrder {
	private static final int RUNS = 5;
	private static final int ROUNDS = 4096;
	private static final int LINE = 64;
	private static final long X = Processors.DATA, Y = X + ROUNDS * LINE, RESULTS = Y + ROUNDS * LINE;
	/** Two results a round and processor. */
	private static final int RESULT_SIZE = 8;
	private static final int READY = 0x7F000;

	private static final int[] STORE_X = {0xC7, 0x06, 1, 0, 0, 0}, STORE_Y = {0xC7, 0x07, 1, 0, 0, 0};
	/** Into EAX and EDX. */
	private static final int[] LOAD_X = {0x8B, 0x06}, LOAD_Y = {0x8B, 0x07}, LOAD_X_SECOND = {0x8B, 0x16};
	private static final int[] MFENCE = {0x0F, 0xAE, 0xF0}, LOCK_OR = {0xF0, 0x83, 0x0C, 0x24, 0x00}, NOTHING = {};
	/** PUSH RBX; PUSH RCX; PUSH RAX; XOR EAX, EAX; CPUID; POP RAX; POP RCX; POP RBX. */
	private static final int[] SERIALIZE = {0x53, 0x51, 0x50, 0x31, 0xC0, 0x0F, 0xA2, 0x58, 0x59, 0x5B};

	private final Hypervisor hypervisor;

	MemoryOrder(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** @return code that waits for the other processor, then does the steps for each x and y, at RSI and RDI, and keeps EAX and EDX */
	private static GuestCode program(int processor, int[]... steps) {
		GuestCode code = GuestCode.forLongMode();
		// LOCK INC QWORD [READY]; CMP QWORD [READY], 2; JNE
		code.raw(0xF0, 0x48, 0xFF, 0x04, 0x25, 0x00, READY >> 8 & 0xFF, READY >> 16, 0);
		code.raw(0x48, 0x83, 0x3C, 0x25, 0x00, READY >> 8 & 0xFF, READY >> 16, 0, 2, 0x75, 0xF5);
		code.movRsi(X).movRdi(Y).raw(0x48, 0xBB);
		for (int i = 0; i < 8; i++) {
			code.raw((int) (RESULTS + (long) processor * ROUNDS * RESULT_SIZE >> 8 * i) & 0xFF);
		}
		code.movEcx(ROUNDS);
		int loop = code.position();
		for (int[] step : steps) {
			code.raw(step);
		}
		// MOV [RBX], EAX; MOV [RBX + 4], EDX; ADD RSI, 64; ADD RDI, 64; ADD RBX, 8; DEC ECX
		code.raw(0x89, 0x03, 0x89, 0x53, 0x04, 0x48, 0x83, 0xC6, LINE, 0x48, 0x83, 0xC7, LINE, 0x48, 0x83, 0xC3, RESULT_SIZE, 0xFF, 0xC9);
		return code.raw(0x75, loop - code.position() - 2).out(1);
	}

	/** What one round may not end in. */
	@FunctionalInterface
	private interface Forbidden {
		/** @param results EAX and EDX of the first processor, then of the second */
		boolean matches(int[] results);
	}

	private void check(GuestCode first, GuestCode second, Forbidden forbidden) {
		try (Processors processors = new Processors(hypervisor, List.of(first, second))) {
			var ram = processors.guest().ram();
			for (int run = 0; run < RUNS; run++) {
				ram.asSlice(READY, RESULTS + 2 * ROUNDS * RESULT_SIZE - READY).fill((byte) 0);
				processors.load(0, first);
				processors.load(1, second);
				processors.run();
				int count = 0;
				for (int round = 0; round < ROUNDS; round++) {
					long one = RESULTS + (long) round * RESULT_SIZE;
					long other = one + ROUNDS * RESULT_SIZE;
					int[] results = {ram.get(JAVA_INT, one), ram.get(JAVA_INT, one + 4), ram.get(JAVA_INT, other),
						ram.get(JAVA_INT, other + 4)};
					count += forbidden.matches(results) ? 1 : 0;
				}
				assertEquals(0, count, "rounds that ended in what the memory order forbids");
			}
		}
	}

	@Test
	void storesAreSeenInTheirOrderByLoadsInTheirOrder() {
		check(program(0, STORE_X, STORE_Y), program(1, LOAD_Y, LOAD_X_SECOND), r -> r[2] == 1 && r[3] == 0);
	}

	@Test
	void aStoreIsNotSeenBeforeAnEarlierLoadOfItsProcessor() {
		check(program(0, LOAD_X, STORE_Y), program(1, LOAD_Y, STORE_X), r -> r[0] == 1 && r[2] == 1);
	}

	@Test
	void aLoadMaySeeWhatWasThereBeforeAnEarlierStoreOfItsProcessorButItsOwnStoreAtOnce() {
		// MOV DWORD [RSI], 1; MOV EDX, [RSI]; MOV EAX, [RDI]
		check(program(0, STORE_X, LOAD_X_SECOND, LOAD_Y), program(1, STORE_Y, NOTHING, LOAD_X), r -> r[1] != 1);
	}

	@Test
	void aFenceKeepsALoadBehindAStore() {
		check(program(0, STORE_X, MFENCE, LOAD_Y), program(1, STORE_Y, MFENCE, LOAD_X), r -> r[0] == 0 && r[2] == 0);
	}

	@Test
	void aLockedInstructionKeepsALoadBehindAStore() {
		check(program(0, STORE_X, LOCK_OR, LOAD_Y), program(1, STORE_Y, LOCK_OR, LOAD_X), r -> r[0] == 0 && r[2] == 0);
	}

	@Test
	void aSerializingInstructionKeepsALoadBehindAStore() {
		check(program(0, STORE_X, SERIALIZE, LOAD_Y), program(1, STORE_Y, SERIALIZE, LOAD_X), r -> r[0] == 0 && r[2] == 0);
	}
}
