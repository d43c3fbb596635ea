package mshv.tck.run;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.CpuidQuery;
import mshv.api.CpuidResult;
import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.InterceptResult;
import mshv.api.Register;
import mshv.api.abi.InterceptType;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Rule(Section.INTERCEPTS)
@Conformance("CPUID and MSR results")
class CpuidResults {
	private static final CpuidResult NONE = new CpuidResult(0, 0, 0, 0);
	private static final int READ = 1, WRITE = 2, EXECUTE = 4;
	private static final int UNKNOWN_MSR = 0x1234_5678;

	private final Guest guest;

	CpuidResults(Hypervisor hypervisor) {
		guest = Guest.inLongMode(hypervisor, GuestCode.forLongMode());
	}

	@AfterEach
	void close() {
		guest.close();
	}

	private CpuidResult ask(int leaf, int subleaf, boolean registered) {
		return guest.processor().cpuidValues(List.of(CpuidQuery.of(leaf, subleaf)), true, registered).getFirst();
	}

	private void code(int... bytes) {
		byte[] code = new byte[bytes.length];
		for (int i = 0; i < bytes.length; i++) {
			code[i] = (byte) bytes[i];
		}
		guest.write(Guest.CODE, code);
		guest.processor().setRegister(Register.RIP, Guest.CODE);
	}

	private CpuidResult execute(int leaf, int subleaf) {
		// cpuid; out 0x80, al
		code(0x0F, 0xA2, 0xE6, 0x80);
		guest.processor().setRegister(Register.RAX, leaf & 0xFFFF_FFFFL);
		guest.processor().setRegister(Register.RCX, subleaf & 0xFFFF_FFFFL);
		guest.run(Intercept.IoPort.class);
		return new CpuidResult((int) guest.processor().getRegister(Register.RAX), (int) guest.processor().getRegister(Register.RBX),
			(int) guest.processor().getRegister(Register.RCX), (int) guest.processor().getRegister(Register.RDX));
	}

	private void register(int leaf, OptionalInt subleaf, boolean always, CpuidResult value, CpuidResult mask) {
		guest.partition().registerInterceptResult(0, new InterceptResult.Cpuid(leaf, subleaf, always, value, mask));
	}

	@Test
	void whatIsAskedForIsWhatTheGuestGets() {
		for (int leaf : new int[] {0, 1, 4, 7, 0xB, 0x4000_0000, 0x4000_0001, 0x8000_0000, 0x8000_0002}) {
			assertEquals(execute(leaf, 0), ask(leaf, 0, true), () -> "leaf " + Integer.toHexString(leaf));
		}
		assertTrue(ask(0, 0, true).eax() >= 1);
	}

	@Test
	void moreLeavesThanOneCallHoldsAreAnswered() {
		List<CpuidQuery> queries = IntStream.range(0, 1000).mapToObj(i -> CpuidQuery.of(i % 2, 0)).toList();
		List<CpuidResult> results = guest.processor().cpuidValues(queries, false, false);
		assertEquals(1000, results.size());
		assertEquals(ask(1, 0, false), results.getLast());
		assertRefused(Errno.EINVAL, () -> guest.processor().cpuidValues(List.of(), false, false));
	}

	@Test
	void registeredBitsReplaceTheHypervisors() {
		CpuidResult before = ask(1, 0, true);
		register(1, OptionalInt.empty(), true, new CpuidResult(0, 0x5A << 24, 0, 0), new CpuidResult(0, 0xFF << 24, 0, 0));
		CpuidResult changed = new CpuidResult(before.eax(), before.ebx() & 0xFF_FFFF | 0x5A << 24, before.ecx(), before.edx());
		assertEquals(changed, ask(1, 0, true));
		assertEquals(changed, execute(1, 0));
		assertEquals(before, ask(1, 0, false), "what the hypervisor itself says");
		register(1, OptionalInt.empty(), true, NONE, NONE);
		assertEquals(before, execute(1, 0));
	}

	@Test
	void featuresThatTheProcessorLacksCannotBeRegistered() {
		for (int leaf : new int[] {1, 7, 0x8000_0001}) {
			CpuidResult before = execute(leaf, 0);
			register(leaf, OptionalInt.empty(), true, CpuidResult.ALL, CpuidResult.ALL);
			CpuidResult all = execute(leaf, 0);
			// CMPXCHG16B, AVX, AVX2, SVM: none of them unless it was there
			int lacking = ~before.ecx() & (leaf == 1 ? 1 << 13 | 1 << 28 : leaf == 7 ? -1 : 1 << 2);
			assertEquals(0, all.ecx() & lacking, () -> "leaf " + Integer.toHexString(leaf));
			register(leaf, OptionalInt.empty(), true, NONE, NONE);
		}
	}

	@Test
	void aResultForOneSubleafIsNotForTheOthers() {
		CpuidResult other = execute(0xB, 1);
		register(0xB, OptionalInt.of(0), false, new CpuidResult(5, 0, 0, 0), CpuidResult.ALL);
		assertEquals(5, execute(0xB, 0).eax());
		assertEquals(other, execute(0xB, 1));
	}

	@Test
	void aLeafWithoutValueGetsOneOnlyIfThatIsForced() {
		int leaf = 0x8000_0005;
		if (!ask(leaf, 0, false).equals(NONE)) {
			return;
		}
		CpuidResult value = new CpuidResult(1, 2, 3, 4);
		register(leaf, OptionalInt.empty(), false, value, CpuidResult.ALL);
		assertEquals(NONE, execute(leaf, 0));
		register(leaf, OptionalInt.empty(), true, value, CpuidResult.ALL);
		assertEquals(value, execute(leaf, 0));
	}

	@Test
	void eachProcessorHasResultsOfItsOwn() {
		guest.partition().createVirtualProcessor(1);
		register(1, OptionalInt.empty(), true, new CpuidResult(0, 0x77 << 24, 0, 0), new CpuidResult(0, 0xFF << 24, 0, 0));
		assertNotEquals(0x77, guest.partition().virtualProcessors().get(1).cpuidValues(List.of(CpuidQuery.of(1, 0)), true, true).getFirst()
			.ebx() >>> 24);
		assertRefused(HvStatus.INVALID_VP_INDEX,
			() -> guest.partition().registerInterceptResult(2, new InterceptResult.Msr(UNKNOWN_MSR, READ, true)));
	}

	@Test
	void anMsrThatIsToBeIgnoredReadsZero() {
		guest.partition().registerInterceptResult(0, new InterceptResult.Msr(UNKNOWN_MSR, READ | WRITE, true));
		// mov ecx, UNKNOWN_MSR; wrmsr; rdmsr; out 0x80, al
		code(0xB9, 0x78, 0x56, 0x34, 0x12, 0x0F, 0x30, 0x0F, 0x32, 0xE6, 0x80);
		guest.processor().setRegister(Register.RAX, 0x99);
		assertEquals(0, guest.run(Intercept.IoPort.class).rax());
	}

	@Test
	void aResultSparesTheCallerTheIntercept() {
		guest.partition().installIntercept(READ | WRITE, InterceptType.MSR_INDEX, UNKNOWN_MSR);
		code(0xB9, 0x78, 0x56, 0x34, 0x12, 0x0F, 0x32, 0xE6, 0x80);
		Intercept.Msr access = guest.run(Intercept.Msr.class);
		assertEquals(UNKNOWN_MSR, access.msr());
		guest.partition().registerInterceptResult(0, new InterceptResult.Msr(UNKNOWN_MSR, READ, true));
		guest.run(Intercept.IoPort.class);
	}

	@Test
	void allLeavesAndAllUnknownMsrsCanBeIntercepted() {
		guest.partition().installIntercept(EXECUTE, InterceptType.GLOBAL_CPUID, 0);
		code(0x0F, 0xA2);
		guest.processor().setRegister(Register.RAX, 0x1234);
		assertEquals(0x1234, guest.run(Intercept.Cpuid.class).rax());
		guest.partition().installIntercept(0, InterceptType.GLOBAL_CPUID, 0);
		execute(0, 0);
		guest.partition().installIntercept(READ, InterceptType.MSR, 0);
		code(0xB9, 0x78, 0x56, 0x34, 0x12, 0x0F, 0x32);
		assertEquals(UNKNOWN_MSR, guest.run(Intercept.Msr.class).msr());
	}

	@Test
	void interceptsWithAnAccessThatTheyDoNotHaveAreRefused() {
		for (int[] bad : new int[][] {{READ, InterceptType.CPUID}, {EXECUTE, InterceptType.MSR}, {WRITE, InterceptType.EXCEPTION},
			{EXECUTE, InterceptType.IO_PORT}, {8, InterceptType.CPUID}}) {
			assertRefused(HvStatus.INVALID_PARAMETER, () -> guest.partition().installIntercept(bad[0], bad[1], 0));
		}
	}
}
