package mshv.backend.emu.guest;

import static java.nio.charset.StandardCharsets.US_ASCII;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.memory.PhysicalMemory;

/**
 * CPUID of the emulated processor (Intel SDM vol. 2, CPUID; TLFS chapter 2).
 * <p>
 * It presents itself as an in-order model, which guests know not to speculate: they then leave out costly mitigations.
 */
public final class CpuidLeaves {
	/** Last basic leaf while IA32_MISC_ENABLE limits them. */
	public static final int LAST_LIMITED = 3;
	/** Bit of EDX of leaf 0x80000001. */
	public static final int EXECUTE_DISABLE = 1 << 20;
	/** Bit of EDX of leaf 0x80000007. */
	public static final int INVARIANT_TSC = 1 << 8;

	private static final int LAST_BASIC = 0x16;
	private static final int LAST_EXTENDED = 0x80000008;
	private static final int LAST_HYPERVISOR = 0x4000000A;
	private static final int LINEAR_BITS = 48;
	private static final int CACHE_LINE = 64;
	/** Bits of an APIC id below the package: all processors of a partition are cores of one. */
	private static final int PACKAGE_SHIFT = 8;
	/** Attempts to take a lock before the hypervisor is told. */
	private static final int SPINS = 0xFFF;
	private static final byte[] BRAND = new byte[48];

	static {
		byte[] name = "mshv emulated processor".getBytes(US_ASCII);
		System.arraycopy(name, 0, BRAND, 0, name.length);
	}

	private final ProcessorFeatures features;
	private final long synthetic;
	private final long privileges;
	private final long frequency;
	private final long timerFrequency;

	/** Leaves of a partition's processors.
	 * @param synthetic what the hypervisor offers, bits of {@link SyntheticFeatures}
	 * @param granted what PRIVILEGE_FLAGS grants the guest, see {@link Privileges}
	 * @param frequency time-stamp counter, Hz
	 * @param timerFrequency APIC timer, Hz */
	public CpuidLeaves(ProcessorFeatures features, long synthetic, long granted, long frequency, long timerFrequency) {
		this.features = features;
		this.synthetic = synthetic;
		privileges = Privileges.of(features, synthetic, granted);
		this.frequency = frequency;
		this.timerFrequency = timerFrequency;
	}

	/** Fills in a leaf.
	 * @param apicId of the processor that asks
	 * @param apicEnabled whether its local APIC is enabled
	 * @param processors in the partition
	 * @param result EAX, EBX, ECX, EDX */
	public void get(int leaf, int subleaf, int apicId, boolean apicEnabled, int processors, int[] result) {
		if (leaf >>> 28 == 4) {
			hypervisor(leaf, result);
		} else if (leaf < 0) {
			extended(leaf, result);
		} else {
			basic(Integer.compareUnsigned(leaf, LAST_BASIC) > 0 ? LAST_BASIC : leaf, subleaf, apicId, apicEnabled, processors, result);
		}
	}

	private static void set(int[] result, int eax, int ebx, int ecx, int edx) {
		result[0] = eax;
		result[1] = ebx;
		result[2] = ecx;
		result[3] = edx;
	}

	private static int bit(boolean condition, int number) {
		return condition ? 1 << number : 0;
	}

	private void basic(int leaf, int subleaf, int apicId, boolean apicEnabled, int processors, int[] result) {
		switch (leaf) {
			case 0 -> set(result, LAST_BASIC, 0x756E6547, 0x6C65746E, 0x49656E69);
			case 1 -> {
				// FPU DE PSE TSC MSR PAE MCE CX8 SEP MTRR PGE MCA CMOV PAT PSE36 CLFLUSH MMX FXSR SSE SSE2
				int edx = 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14
					| 1 << 15 | 1 << 16 | 1 << 17 | 1 << 19 | 1 << 23 | 1 << 24 | 1 << 25 | 1 << 26;
				int ecx = bit(features.x2apic(), 21) | bit(features.timeStampDeadline(), 24)
					| bit((synthetic & SyntheticFeatures.HYPERVISOR_PRESENT) != 0, 31);
				// More than one logical processor in the package
				int htt = bit(processors > 1, 28);
				set(result, Cpu.SIGNATURE, apicId << 24 | Math.min(processors, 255) << 16 | CACHE_LINE / 8 << 8, ecx,
					edx | bit(apicEnabled, 9) | htt);
			}
			// Descriptor FF: see leaf 4
			case 2 -> set(result, 0x00FF0001, 0, 0, 0);
			case 4 -> cache(subleaf, result);
			// The APIC timer always runs
			case 6 -> set(result, bit(features.apic(), 2), 0, 0, 0);
			case 7 -> {
				if (subleaf == 0) {
					set(result, 0, bit(features.has0(ProcessorFeatures.RDWRFSGS), 0) | bit(features.has0(ProcessorFeatures.SMEP), 7)
						| bit(features.has0(ProcessorFeatures.ERMS), 9) | bit(features.has0(ProcessorFeatures.SMAP), 20),
						bit(features.has0(ProcessorFeatures.UMIP), 2), bit(features.has0(ProcessorFeatures.FSRM), 4) | 1 << 29);
				} else {
					set(result, 0, 0, 0, 0);
				}
			}
			case 0xB -> topology(subleaf, apicId, processors, result);
			case 0x15 -> {
				long divisor = greatestCommonDivisor(frequency, timerFrequency);
				set(result, (int) (timerFrequency / divisor), (int) (frequency / divisor), (int) timerFrequency, 0);
			}
			case 0x16 -> set(result, (int) (frequency / 1_000_000) & 0xFFFF, (int) (frequency / 1_000_000) & 0xFFFF,
				(int) (timerFrequency / 1_000_000) & 0xFFFF, 0);
			default -> set(result, 0, 0, 0, 0);
		}
	}

	private static long greatestCommonDivisor(long a, long b) {
		return b == 0 ? a : greatestCommonDivisor(b, a % b);
	}

	private static void cache(int subleaf, int[] result) {
		switch (subleaf) {
			case 0 -> cache(1, 1, 8, 64, result);
			case 1 -> cache(2, 1, 8, 64, result);
			case 2 -> cache(3, 2, 16, 1024, result);
			default -> set(result, 0, 0, 0, 0);
		}
	}

	/** @param type 1 data, 2 instructions, 3 both */
	private static void cache(int type, int level, int ways, int sets, int[] result) {
		set(result, type | level << 5 | 1 << 8, ways - 1 << 22 | CACHE_LINE - 1, sets - 1, 0);
	}

	private static void topology(int subleaf, int apicId, int processors, int[] result) {
		switch (subleaf) {
			case 0 -> set(result, 0, 1, 1 << 8, apicId);
			case 1 -> set(result, PACKAGE_SHIFT, processors, 1 | 2 << 8, apicId);
			default -> set(result, 0, 0, subleaf & 0xFF, apicId);
		}
	}

	private void extended(int leaf, int[] result) {
		switch (leaf) {
			case 0x80000000 -> set(result, LAST_EXTENDED, 0, 0, 0);
			case 0x80000001 -> set(result, 0, 0, bit(features.has0(ProcessorFeatures.LAHF_SAHF), 0), 1 << 11 | EXECUTE_DISABLE | 1 << 29
				| bit(features.has0(ProcessorFeatures.PAGE_1GB), 26) | bit(features.has0(ProcessorFeatures.RDTSCP), 27));
			case 0x80000002, 0x80000003, 0x80000004 -> {
				int at = (leaf - 0x80000002) * 16;
				set(result, word(at), word(at + 4), word(at + 8), word(at + 12));
			}
			// L2: 1 MiB, 16 ways
			case 0x80000006 -> set(result, 0, 0, 1024 << 16 | 8 << 12 | CACHE_LINE, 0);
			case 0x80000007 -> set(result, 0, 0, 0, features.has1(ProcessorFeatures.TSC_INVARIANT) ? INVARIANT_TSC : 0);
			case 0x80000008 -> set(result, PhysicalMemory.ADDRESS_BITS | LINEAR_BITS << 8, 0, 0, 0);
			default -> set(result, 0, 0, 0, 0);
		}
	}

	private static int word(int at) {
		return BRAND[at] & 0xFF | (BRAND[at + 1] & 0xFF) << 8 | (BRAND[at + 2] & 0xFF) << 16 | (BRAND[at + 3] & 0xFF) << 24;
	}

	private boolean offers(long feature) {
		return (synthetic & feature) == feature;
	}

	private void hypervisor(int leaf, int[] result) {
		set(result, 0, 0, 0, 0);
		if (!offers(SyntheticFeatures.HYPERVISOR_PRESENT)) {
			return;
		}
		boolean hv1 = offers(SyntheticFeatures.HV1);
		if (leaf == 0x40000000) {
			// "Microsoft Hv"
			set(result, hv1 ? LAST_HYPERVISOR : 0x40000000, 0x7263694D, 0x666F736F, 0x76482074);
		} else if (hv1) {
			interfaceLeaf(leaf, result);
		}
	}

	private void interfaceLeaf(int leaf, int[] result) {
		switch (leaf) {
			// "Hv#1"
			case 0x40000001 -> set(result, 0x31237648, 0, 0, 0);
			// Build, major and minor version, service pack, service branch and number
			case 0x40000002 -> set(result, 27744, 10 << 16, 0, 0);
			case 0x40000003 -> set(result, (int) privileges, (int) (privileges >>> 32), 0, miscellaneous());
			case 0x40000004 -> set(result, recommendations(), offers(SyntheticFeatures.LONG_SPIN_WAIT) ? SPINS : -1,
				PhysicalMemory.ADDRESS_BITS, 0);
			// Virtual processors, logical processors
			case 0x40000005 -> set(result, 256, 1, 0, 0);
			default -> {
				// 6: no hardware feature is in use. 7: the root alone manages processors. 8: no shared virtual memory.
				// 9, A: no nested virtualization
			}
		}
	}

	/** Features that are no privileges: EDX of leaf 0x40000003. */
	private int miscellaneous() {
		boolean hypercalls = offers(SyntheticFeatures.HYPERCALL);
		// Crash MSRs, bit 10, are always there
		return bit(hypercalls, 4) | bit(features.apic() && offers(SyntheticFeatures.GUEST_IDLE), 5)
			| bit(offers(SyntheticFeatures.FREQUENCIES), 8) | 1 << 10
			| bit(hypercalls && offers(SyntheticFeatures.FAST_HYPERCALL_OUTPUT), 15)
			| bit(features.apic() && offers(SyntheticFeatures.SYNTHETIC_TIMERS | SyntheticFeatures.DIRECT_TIMERS), 19);
	}

	/** What guests had better use: EAX of leaf 0x40000004. */
	private int recommendations() {
		boolean hypercalls = offers(SyntheticFeatures.HYPERCALL);
		// Relaxed timing, bit 5: there is no promise of when a processor runs
		return bit(hypercalls && offers(SyntheticFeatures.FLUSH_HYPERCALLS), 2)
			| bit(features.apic() && offers(SyntheticFeatures.APIC_MSRS), 3) | 1 << 5
			| bit(hypercalls && features.apic() && offers(SyntheticFeatures.CLUSTER_INTERRUPTS), 10)
			| bit(hypercalls && offers(SyntheticFeatures.EXTENDED_PROCESSOR_MASKS), 11);
	}
}
