package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.CallCode;
import mshv.api.abi.CpuidInterceptResult;
import mshv.api.abi.CpuidLeafInput;
import mshv.api.abi.CpuidValuesInput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.InterceptResultInput;
import mshv.api.abi.InterceptType;
import mshv.api.abi.MessageType;
import mshv.api.abi.MsrInterceptResult;
import mshv.api.abi.PartitionPropertyExInput;
import mshv.api.abi.RegisterPage;
import mshv.backend.emu.Root;

class InterceptCallsTest {
	private static final int READ = 1, WRITE = 2, EXECUTE = 4;
	private static final long CODE = 0x1000;

	private final Root root = new Root();
	private long partition;
	private MemorySegment memory;

	@BeforeEach
	void createGuest() {
		partition = root.partition(Root.STANDARD);
		root.createVp(partition, 0);
		memory = root.map(partition, 0, 16);
	}

	@AfterEach
	void close() {
		root.close();
	}

	private void code(int... bytes) {
		for (int i = 0; i < bytes.length; i++) {
			memory.set(JAVA_BYTE, CODE + i, (byte) bytes[i]);
		}
		root.flat32(partition, 0, CODE);
	}

	private HvStatus install(int access, int type, long parameter) {
		return root.simple(CallCode.INSTALL_INTERCEPT, new InstallInterceptInput(partition, access, type, parameter)::encode);
	}

	private HvStatus registerCpuid(CpuidInterceptResult result) {
		return root.simple(CallCode.REGISTER_INTERCEPT_RESULT, page -> {
			new InterceptResultInput(partition, 0, InterceptType.CPUID).encode(page);
			result.encode(page.asSlice(InterceptResultInput.SIZE));
		});
	}

	private HvStatus registerMsr(MsrInterceptResult result) {
		return root.simple(CallCode.REGISTER_INTERCEPT_RESULT, page -> {
			new InterceptResultInput(partition, 0, InterceptType.MSR).encode(page);
			result.encode(page.asSlice(InterceptResultInput.SIZE));
		});
	}

	private int[] cpuid(int flags, int leaf, int subleaf) {
		long result = root.call(HypercallControl.repetitions(CallCode.GET_VP_CPUID_VALUES, 1, 0), page -> {
			new CpuidValuesInput(partition, 0, flags).encode(page);
			new CpuidLeafInput(leaf, subleaf, 0, 0).encode(page.asSlice(CpuidValuesInput.SIZE));
		});
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, 1), result);
		return root.output.asSlice(0, 16).toArray(JAVA_INT_UNALIGNED);
	}

	@Test
	void cpuidValuesAreThoseOfTheGuest() throws InterruptedException {
		// cpuid; out 0x80, al
		code(0x0F, 0xA2, 0xE6, 0x80);
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		assertArrayEquals(new int[] {(int) root.get(partition, 0, Register.RAX), (int) root.get(partition, 0, Register.RBX),
			(int) root.get(partition, 0, Register.RCX), (int) root.get(partition, 0, Register.RDX)}, cpuid(3, 0, 0));
	}

	@Test
	void registeredBitsReplaceThoseOfTheHypervisor() throws InterruptedException {
		int[] before = cpuid(3, 1, 0);
		// TSC deadline and a hypervisor, which are there, and SSE3, which is not
		int mask = 1 << 24 | 1 << 31 | 1;
		int flipped = before[2] ^ (1 << 24 | 1 << 31);
		assertEquals(HvStatus.SUCCESS,
			registerCpuid(new CpuidInterceptResult(1, 0, 0, 1, 0, 0, 0, 0, before[2] ^ mask, mask, 0, 0)));
		assertArrayEquals(before, cpuid(1, 1, 0), "not asked for");
		assertEquals(flipped, cpuid(3, 1, 0)[2]);
		// mov eax, 1; cpuid; out 0x80, al
		code(0xB8, 1, 0, 0, 0, 0x0F, 0xA2, 0xE6, 0x80);
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		assertEquals(flipped & 0xFFFFFFFFL, root.get(partition, 0, Register.RCX));
		assertEquals(HvStatus.SUCCESS, registerCpuid(new CpuidInterceptResult(1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)));
		assertArrayEquals(before, cpuid(3, 1, 0), "a mask without bits removes it");
	}

	@Test
	void aLeafThatTheHypervisorDoesNotHaveIsGivenOnlyIfThatIsForced() {
		int absent = 0x8000_0005;
		assertArrayEquals(new int[4], cpuid(3, absent, 0));
		registerCpuid(new CpuidInterceptResult(absent, 0, 0, 0, 1, -1, 2, -1, 3, -1, 4, -1));
		assertArrayEquals(new int[4], cpuid(3, absent, 0));
		registerCpuid(new CpuidInterceptResult(absent, 0, 0, 1, 1, -1, 2, -1, 3, -1, 4, -1));
		assertArrayEquals(new int[] {1, 2, 3, 4}, cpuid(3, absent, 0));
	}

	@Test
	void aResultMayHoldForOneSubleaf() {
		int[] other = cpuid(3, 0xB, 1);
		registerCpuid(new CpuidInterceptResult(0xB, 0, 1, 0, 7, -1, 0, 0, 0, 0, 0, 0));
		assertEquals(7, cpuid(3, 0xB, 0)[0]);
		assertArrayEquals(other, cpuid(3, 0xB, 1));
	}

	@Test
	void manyLeavesAreAnsweredInOneCall() {
		int count = 169;
		long result = root.call(HypercallControl.repetitions(CallCode.GET_VP_CPUID_VALUES, count, 0), page -> {
			new CpuidValuesInput(partition, 0, 3).encode(page);
			for (int i = 0; i < count; i++) {
				new CpuidLeafInput(0x40000000, 0, 0, 0).encode(page.asSlice(CpuidValuesInput.SIZE + 24L * i));
			}
		});
		assertEquals(HypercallResult.of(HvStatus.SUCCESS, count), result);
		assertEquals(0x7263694D, root.output.get(JAVA_INT_UNALIGNED, 16L * (count - 1) + 4));
	}

	@Test
	void resultsThatCannotBeAreRefused() {
		assertEquals(HvStatus.INVALID_PARAMETER, registerCpuid(new CpuidInterceptResult(1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0)));
		assertEquals(HvStatus.INVALID_PARAMETER, registerCpuid(new CpuidInterceptResult(1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0)));
		assertEquals(HvStatus.INVALID_PARAMETER, registerMsr(new MsrInterceptResult(0x100, 0, 1)));
		assertEquals(HvStatus.INVALID_PARAMETER, registerMsr(new MsrInterceptResult(0x100, READ | EXECUTE, 1)));
		assertEquals(HvStatus.INVALID_PARAMETER, registerMsr(new MsrInterceptResult(0x100, READ, 2)));
		assertEquals(HvStatus.INVALID_PARAMETER, root.simple(CallCode.REGISTER_INTERCEPT_RESULT,
			new InterceptResultInput(partition, 0, InterceptType.EXCEPTION)::encode));
		assertEquals(HvStatus.INVALID_VP_INDEX, root.simple(CallCode.REGISTER_INTERCEPT_RESULT,
			new InterceptResultInput(partition, 1, InterceptType.CPUID)::encode));
		assertEquals(HvStatus.INVALID_PARAMETER, root.simple(CallCode.REGISTER_INTERCEPT_RESULT, page -> {
			new InterceptResultInput(partition, 0, InterceptType.CPUID).encode(page);
			page.set(JAVA_SHORT_UNALIGNED, InterceptResultInput.SIZE + 10, (short) 1);
		}), "reserved");
	}

	@Test
	void anMsrThatDoesNotExistDoesWhatIsRegistered() throws InterruptedException {
		// mov ecx, 0x12345; rdmsr; out 0x80, al
		code(0xB9, 0x45, 0x23, 1, 0, 0x0F, 0x32, 0xE6, 0x80);
		root.set(partition, 0, Register.RAX, 0x77);
		assertEquals(HvStatus.SUCCESS, registerMsr(new MsrInterceptResult(0x12345, READ, 1)));
		assertEquals(0, assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0)).rax());
		registerMsr(new MsrInterceptResult(0x12345, READ, 0));
		code(0xB9, 0x45, 0x23, 1, 0, 0x0F, 0x32, 0xE6, 0x80);
		assertInstanceOf(Intercept.UnrecoverableException.class, root.run(partition, 0), "#GP without any descriptor table");
	}

	@Test
	void aRegisteredResultSparesTheRootTheIntercept() throws InterruptedException {
		assertEquals(HvStatus.SUCCESS, install(READ | WRITE, InterceptType.MSR_INDEX, 0x8B));
		code(0xB9, 0x8B, 0, 0, 0, 0x0F, 0x32, 0xE6, 0x80);
		assertEquals(0x8B, assertInstanceOf(Intercept.Msr.class, root.run(partition, 0)).msr());
		registerMsr(new MsrInterceptResult(0x8B, READ | WRITE, 1));
		code(0xB9, 0x8B, 0, 0, 0, 0x0F, 0x32, 0xE6, 0x80);
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
	}

	@Test
	void everyUnknownMsrAndEveryLeafCanBeIntercepted() throws InterruptedException {
		assertEquals(HvStatus.SUCCESS, install(READ, InterceptType.MSR, 0));
		code(0xB9, 0x45, 0x23, 1, 0, 0x0F, 0x32);
		assertEquals(0x12345, assertInstanceOf(Intercept.Msr.class, root.run(partition, 0)).msr());
		assertEquals(HvStatus.SUCCESS, install(EXECUTE, InterceptType.GLOBAL_CPUID, 0));
		code(0x0F, 0xA2);
		assertInstanceOf(Intercept.Cpuid.class, root.run(partition, 0));
		assertEquals(HvStatus.SUCCESS, install(0, InterceptType.GLOBAL_CPUID, 0));
		code(0x0F, 0xA2, 0xE6, 0x80);
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		assertEquals(HvStatus.SUCCESS, install(READ, InterceptType.MC_UPDATE_PATCH_LEVEL_MSR_READ, 0));
		code(0xB9, 0x8B, 0, 0, 0, 0x0F, 0x32);
		assertEquals(0x8B, assertInstanceOf(Intercept.Msr.class, root.run(partition, 0)).msr());
	}

	@Test
	void aHypercallCanBeIntercepted() throws InterruptedException {
		assertEquals(HvStatus.SUCCESS, install(EXECUTE, InterceptType.HYPERCALL, 0));
		root.set(partition, 0, Register.GUEST_OS_ID, 1);
		root.set(partition, 0, Register.HYPERCALL, 0x5001);
		root.set(partition, 0, Register.RCX, 0x8001);
		root.set(partition, 0, Register.R8, 0x88);
		// vmcall
		code(0x0F, 0x01, 0xC1);
		Intercept.Other message = assertInstanceOf(Intercept.Other.class, root.run(partition, 0));
		assertEquals(MessageType.HYPERCALL_INTERCEPT, message.messageType());
		MemorySegment payload = MemorySegment.ofArray(message.payload());
		assertEquals(196, payload.byteSize());
		assertEquals(3, payload.get(JAVA_BYTE, 4) & 15);
		assertEquals(CODE, payload.get(JAVA_LONG_UNALIGNED, 24));
		assertEquals(0x8001, payload.get(JAVA_LONG_UNALIGNED, 56));
		assertEquals(0x88, payload.get(JAVA_LONG_UNALIGNED, 72));
	}

	@Test
	void aStartUpIpiCanBeIntercepted() throws InterruptedException {
		root.createVp(partition, 1);
		assertEquals(HvStatus.SUCCESS, install(EXECUTE, InterceptType.APIC_INIT_SIPI, 0));
		root.set(partition, 0, Register.APIC_BASE, 0xFEE00D00L);
		// mov ecx, 0x830; mov eax, 0x4605; mov edx, 1; wrmsr; out 0x80, al
		code(0xB9, 0x30, 8, 0, 0, 0xB8, 5, 0x46, 0, 0, 0xBA, 1, 0, 0, 0, 0x0F, 0x30, 0xE6, 0x80);
		Intercept.Other message = assertInstanceOf(Intercept.Other.class, root.run(partition, 0));
		assertEquals(MessageType.X64_SIPI_INTERCEPT, message.messageType());
		MemorySegment payload = MemorySegment.ofArray(message.payload());
		assertEquals(1, payload.get(JAVA_INT_UNALIGNED, 40));
		assertEquals(5, payload.get(JAVA_INT_UNALIGNED, 44));
		assertEquals(1, root.get(partition, 1, Register.INTERNAL_ACTIVITY_STATE), "it still waits for start-up");
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
	}

	@Test
	void bankedPropertiesSayHowManyBanksTheyHave() {
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.GET_PARTITION_PROPERTY_EX,
			new PartitionPropertyExInput(-1, 0x90009, 0)::encode));
		assertEquals(1, root.output.get(JAVA_SHORT_UNALIGNED, 0));
		long assignable = root.output.get(JAVA_LONG_UNALIGNED, 8);
		assertEquals(3, assignable & 3, "a hypervisor and its leaves");
		assertEquals(HvStatus.SUCCESS, root.setProperty(root.createPartition(Root.STANDARD), 0x10001, assignable));
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.GET_PARTITION_PROPERTY_EX,
			new PartitionPropertyExInput(-1, 0x90007, 0)::encode));
		assertEquals(1 << 4, root.output.get(JAVA_LONG_UNALIGNED, 8));
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.GET_PARTITION_PROPERTY_EX,
			new PartitionPropertyExInput(partition, 0x60006, 0)::encode));
		assertEquals(40, root.output.get(JAVA_LONG_UNALIGNED, 0));
		assertEquals(HvStatus.UNKNOWN_PROPERTY, root.simple(CallCode.GET_PARTITION_PROPERTY_EX,
			new PartitionPropertyExInput(-1, 0x12345678, 0)::encode));
		assertEquals(HvStatus.INVALID_PARAMETER, root.simple(CallCode.GET_PARTITION_PROPERTY_EX,
			new PartitionPropertyExInput(-1, 0x90007, 1)::encode));
	}

	@Test
	void theMessageOfAnUnmappedPageHasItsCode() throws InterruptedException {
		// mov eax, [0x100000]
		code(0xA1, 0, 0, 0x10, 0);
		Intercept.Memory access = assertInstanceOf(Intercept.Memory.class, root.run(partition, 0));
		assertArrayEquals(new byte[] {(byte) 0xA1, 0, 0, 0x10, 0}, Arrays.copyOf(access.instruction(), 5));
		assertNotEquals(0, root.statePage(partition, 0, 0).get(JAVA_BYTE, RegisterPage.IS_VALID));
	}
}
