package mshv.backend.emu.guest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.junit.jupiter.api.Test;

class CpuidLeavesTest {
	private static final int EAX = 0, EBX = 1, ECX = 2, EDX = 3;
	private static final ProcessorFeatures ALL = ProcessorFeatures.without(0, 0, true, true);

	private static int[] leaf(ProcessorFeatures features, long synthetic, int leaf, int subleaf) {
		int[] result = new int[4];
		new CpuidLeaves(features, synthetic, Privileges.GRANTABLE, 2_400_000_000L, 1_000_000_000L).get(leaf, subleaf, 3, true, 4, result);
		return result;
	}

	private static int[] leaf(int leaf, int subleaf) {
		return leaf(ALL, SyntheticFeatures.OFFERED, leaf, subleaf);
	}

	private static String text(int... words) {
		ByteBuffer buffer = ByteBuffer.allocate(words.length * 4).order(ByteOrder.LITTLE_ENDIAN);
		for (int word : words) {
			buffer.putInt(word);
		}
		return new String(buffer.array(), US_ASCII);
	}

	@Test
	void theProcessorAndTheHypervisorHaveNames() {
		int[] zero = leaf(0, 0);
		assertEquals("GenuineIntel", text(zero[EBX], zero[EDX], zero[ECX]));
		assertEquals("mshv emulated processor", (text(leaf(0x80000002, 0)) + text(leaf(0x80000003, 0)) + text(leaf(0x80000004, 0))).trim());
		int[] hypervisor = leaf(0x40000000, 0);
		assertEquals("Microsoft Hv", text(hypervisor[EBX], hypervisor[ECX], hypervisor[EDX]));
		assertEquals(0x4000000A, hypervisor[EAX]);
		assertEquals("Hv#1", text(leaf(0x40000001, 0)[EAX]));
	}

	@Test
	void onlyFeaturesThatExistAreReported() {
		int[] one = leaf(1, 0);
		// x2APIC, TSC deadline, hypervisor; no SSE3, CMPXCHG16B, XSAVE, AES, POPCNT
		assertEquals(1 << 21 | 1 << 24 | 1 << 31, one[ECX]);
		assertEquals(3 << 24 | 4 << 16 | 8 << 8, one[EBX]);
		assertEquals(1 << 9, one[EDX] & 1 << 9);
		int[] seven = leaf(7, 0);
		assertEquals(1 | 1 << 7 | 1 << 9 | 1 << 20, seven[EBX]);
		assertEquals(1 << 2, seven[ECX]);
		assertEquals(1 << 4 | 1 << 29, seven[EDX]);
		int[] extended = leaf(0x80000001, 0);
		assertEquals(1, extended[ECX]);
		assertEquals(1 << 11 | 1 << 20 | 1 << 26 | 1 << 27 | 1 << 29, extended[EDX]);
		assertEquals(40 | 48 << 8, leaf(0x80000008, 0)[EAX]);
		assertEquals(1 << 8, leaf(0x80000007, 0)[EDX]);
	}

	@Test
	void disabledFeaturesAreGone() {
		ProcessorFeatures some = ProcessorFeatures.without(ProcessorFeatures.SMEP | ProcessorFeatures.LAHF_SAHF,
			ProcessorFeatures.TSC_DEADLINE | ProcessorFeatures.TSC_INVARIANT, true, false);
		assertEquals(0, leaf(some, SyntheticFeatures.OFFERED, 7, 0)[EBX] & 1 << 7);
		assertEquals(1 << 31, leaf(some, SyntheticFeatures.OFFERED, 1, 0)[ECX]);
		assertEquals(0, leaf(some, SyntheticFeatures.OFFERED, 0x80000001, 0)[ECX]);
		assertEquals(0, leaf(some, SyntheticFeatures.OFFERED, 0x80000007, 0)[EDX]);
		assertEquals(0, leaf(some, SyntheticFeatures.OFFERED, 0x40000003, 0)[EAX] & 1 << 15);
	}

	@Test
	void theHypervisorsFeaturesAreWhatIsOffered() {
		// All registers of the interface but those of statistics, debugging and re-enlightenment
		assertEquals(0x8EFF, leaf(0x40000003, 0)[EAX]);
		// Post messages, signal events, own registers, extended hypercalls, start processors
		assertEquals(1 << 4 | 1 << 5 | 1 << 17 | 1 << 20 | 1 << 21, leaf(0x40000003, 0)[EBX]);
		// XMM input, idle state, frequencies, crash registers, XMM output, direct timers
		assertEquals(1 << 4 | 1 << 5 | 1 << 8 | 1 << 10 | 1 << 15 | 1 << 19, leaf(0x40000003, 0)[EDX]);
		assertEquals(1 << 2 | 1 << 3 | 1 << 5 | 1 << 10 | 1 << 11, leaf(0x40000004, 0)[EAX]);
		long few = SyntheticFeatures.HYPERVISOR_PRESENT | SyntheticFeatures.HV1 | SyntheticFeatures.VP_INDEX;
		assertEquals(Privileges.RESET | 1 << 6 | 1 << 15, leaf(ALL, few, 0x40000003, 0)[EAX]);
		assertEquals(1 << 10, leaf(ALL, few, 0x40000003, 0)[EDX]);
		assertEquals(1 << 5, leaf(ALL, few, 0x40000004, 0)[EAX]);
		ProcessorFeatures withoutApic = ProcessorFeatures.without(0, 0, false, false);
		assertEquals(0, leaf(withoutApic, SyntheticFeatures.OFFERED, 0x40000003, 0)[EAX] & (1 << 2 | 1 << 3 | 1 << 4));
		assertArrayEquals(new int[4], leaf(ALL, 0, 0x40000000, 0));
		assertEquals(0, leaf(ALL, 0, 1, 0)[ECX] & 1 << 31);
	}

	@Test
	void frequenciesFollowFromTheCrystal() {
		int[] crystal = leaf(0x15, 0);
		assertEquals(2_400_000_000L, (long) crystal[ECX] * crystal[EBX] / crystal[EAX]);
		assertEquals(2400, leaf(0x16, 0)[EAX]);
	}

	@Test
	void topologyPutsAllProcessorsIntoOnePackage() {
		assertArrayEquals(new int[] {0, 1, 1 << 8, 3}, leaf(0xB, 0));
		assertArrayEquals(new int[] {8, 4, 1 | 2 << 8, 3}, leaf(0xB, 1));
		assertArrayEquals(new int[] {0, 0, 2, 3}, leaf(0xB, 2));
	}

	@Test
	void leavesPastTheLastBasicOneReadAsThat() {
		assertArrayEquals(leaf(0x16, 0), leaf(0x1234567, 0));
		assertArrayEquals(new int[4], leaf(0x80001234, 0));
		assertArrayEquals(new int[4], leaf(0x40001234, 0));
	}
}
