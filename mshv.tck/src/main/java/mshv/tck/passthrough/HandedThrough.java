package mshv.tck.passthrough;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.abi.CallCode;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.InterceptType;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PartitionPropertyExInput;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.SetPartitionPropertyInput;
import mshv.api.abi.TranslateVirtualAddressInput;
import mshv.api.abi.TranslateVirtualAddressOutput;
import mshv.api.abi.VpRegistersInput;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

@Conformance("pass-through hypercalls")
class HandedThrough {
	private static final long WRONG_ID = 0xDEAD_BEEF;
	/** Calls that every handle of a guest may make. */
	private static final List<Integer> OF_A_GUEST = List.of(CallCode.GET_PARTITION_PROPERTY, CallCode.INSTALL_INTERCEPT,
		CallCode.GET_VP_REGISTERS, CallCode.SET_VP_REGISTERS, CallCode.TRANSLATE_VIRTUAL_ADDRESS, CallCode.CLEAR_VIRTUAL_INTERRUPT,
		CallCode.REGISTER_INTERCEPT_RESULT, CallCode.ASSERT_VIRTUAL_INTERRUPT, CallCode.SIGNAL_EVENT_DIRECT, CallCode.POST_MESSAGE_DIRECT,
		CallCode.GET_GPA_PAGES_ACCESS_STATES, CallCode.GET_VP_CPUID_VALUES);

	private final Hypervisor hypervisor;
	private final Guest guest;
	private final Partition partition;

	HandedThrough(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
		GuestCode code = GuestCode.forLongMode();
		int loop = code.position();
		guest = Guest.inLongMode(hypervisor, code.out(1).jump(loop));
		partition = guest.partition();
	}

	@AfterEach
	void close() {
		guest.close();
	}

	private static byte[] input(int size, Consumer<MemorySegment> writer) {
		byte[] input = new byte[size];
		writer.accept(MemorySegment.ofArray(input));
		return input;
	}

	private static PassThroughCall property(int code) {
		return PassThroughCall.simple(CallCode.GET_PARTITION_PROPERTY,
			input(PartitionPropertyInput.SIZE, new PartitionPropertyInput(WRONG_ID, code)::encode), 8);
	}

	private static PassThroughCall setProperty(int code, long value) {
		return PassThroughCall.simple(CallCode.SET_PARTITION_PROPERTY,
			input(SetPartitionPropertyInput.SIZE, new SetPartitionPropertyInput(WRONG_ID, code, value)::encode), 0);
	}

	private static PassThroughCall getRegisters(int vp, int... names) {
		return new PassThroughCall(CallCode.GET_VP_REGISTERS, names.length, input(VpRegistersInput.SIZE + 4 * names.length, at -> {
			new VpRegistersInput(WRONG_ID, vp, 0).encode(at);
			for (int i = 0; i < names.length; i++) {
				at.set(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE + 4L * i, names[i]);
			}
		}), 16 * names.length);
	}

	private static PassThroughCall setRegisters(int vp, RegisterAssociation... values) {
		return new PassThroughCall(CallCode.SET_VP_REGISTERS, values.length,
			input(VpRegistersInput.SIZE + RegisterAssociation.SIZE * values.length, at -> {
				new VpRegistersInput(WRONG_ID, vp, 0).encode(at);
				for (int i = 0; i < values.length; i++) {
					values[i].encode(at.asSlice(VpRegistersInput.SIZE + (long) RegisterAssociation.SIZE * i));
				}
			}), 0);
	}

	private static long word(PassThroughResult result, int offset) {
		assertEquals(0, result.status());
		return MemorySegment.ofArray(result.output()).get(JAVA_LONG_UNALIGNED, offset);
	}

	@Test
	void eachHandleHasItsListOfCalls() {
		for (int code = 0; code < 0x200; code++) {
			PassThroughCall call = PassThroughCall.simple(code, new byte[8], 0);
			boolean ofGuest = OF_A_GUEST.contains(code);
			if (!ofGuest) {
				assertRefused(Errno.EINVAL, () -> guest.processor().passThrough(call));
				if (code != CallCode.SET_PARTITION_PROPERTY) {
					assertRefused(Errno.EINVAL, () -> partition.passThrough(call));
				}
			}
			if (code != CallCode.GET_PARTITION_PROPERTY && code != CallCode.GET_PARTITION_PROPERTY_EX) {
				assertRefused(Errno.EINVAL, () -> hypervisor.passThrough(call));
			}
		}
		assertRefused(Errno.EINVAL, () -> partition.passThrough(PassThroughCall.simple(0x10044, new byte[16], 8)));
		assertRefused(Errno.EINVAL, () -> partition.passThrough(PassThroughCall.simple(-1, new byte[16], 8)));
	}

	@Test
	void sizesThatCannotBeAreRefused() {
		for (int size : new int[] {0, 7, 4097}) {
			assertRefused(Errno.EINVAL,
				() -> partition.passThrough(PassThroughCall.simple(CallCode.GET_PARTITION_PROPERTY, new byte[size], 8)));
		}
		for (int size : new int[] {-1, 4097}) {
			assertRefused(Errno.EINVAL,
				() -> partition.passThrough(PassThroughCall.simple(CallCode.GET_PARTITION_PROPERTY, new byte[16], size)));
		}
		assertRefused(Errno.EINVAL, () -> partition.passThrough(new PassThroughCall(CallCode.GET_VP_REGISTERS, -1, new byte[16], 8)));
		assertRefused(Errno.EINVAL, () -> partition.passThrough(new PassThroughCall(CallCode.GET_VP_REGISTERS, 65536, new byte[16], 8)));
	}

	@Test
	void theFirstWordIsTheHandlesPartition() {
		long frequency = partition.getProperty(PartitionProperty.PROCESSOR_CLOCK_FREQUENCY);
		assertEquals(frequency, word(partition.passThrough(property(PartitionProperty.PROCESSOR_CLOCK_FREQUENCY)), 0));
		assertEquals(frequency, word(guest.processor().passThrough(property(PartitionProperty.PROCESSOR_CLOCK_FREQUENCY)), 0));
		assertEquals(hypervisor.getProperty(PartitionProperty.PHYSICAL_ADDRESS_WIDTH),
			word(hypervisor.passThrough(property(PartitionProperty.PHYSICAL_ADDRESS_WIDTH)), 0));
	}

	@Test
	void theCallersBytesStayAsTheyAre() {
		PassThroughCall call = property(PartitionProperty.PROCESSOR_CLOCK_FREQUENCY);
		byte[] before = call.input().clone();
		partition.passThrough(call);
		assertArrayEquals(before, call.input());
	}

	@Test
	void aRefusalIsAResultWithoutOutput() {
		PassThroughResult result = partition.passThrough(property(0x000F_FFFF));
		assertEquals(HvStatus.UNKNOWN_PROPERTY.code(), result.status());
		assertEquals(0, result.output().length);
		assertEquals(Errno.EIO, HvStatus.of(result.status()).errno());
		result = partition.passThrough(setProperty(PartitionProperty.PRIVILEGE_FLAGS, 0));
		assertEquals(HvStatus.INVALID_PARTITION_STATE.code(), result.status());
		assertEquals(result.status(), partition.passThrough(setProperty(PartitionProperty.PRIVILEGE_FLAGS, 0)).status());
	}

	@Test
	void aReservedFieldThatIsSetIsRefused() {
		PassThroughCall call = property(PartitionProperty.PROCESSOR_CLOCK_FREQUENCY);
		call.input()[12] = 1;
		assertEquals(HvStatus.INVALID_PARAMETER.code(), partition.passThrough(call).status());
	}

	@Test
	void propertiesThatMayChangeReadAsTheyWereSet() {
		for (long value : new long[] {1, 0, 1, 0}) {
			assertTrue(partition.passThrough(setProperty(PartitionProperty.UNIMPLEMENTED_MSR_ACTION, value)).success());
			assertEquals(value, word(partition.passThrough(property(PartitionProperty.UNIMPLEMENTED_MSR_ACTION)), 0));
		}
	}

	@Test
	void repetitionsAreCounted() {
		int[] names = IntStream.range(0, 16).map(i -> Register.RAX.code() + i).toArray();
		guest.processor().setRegisters(Map.of(Register.RBX, RegisterValue.of(0x1234)));
		PassThroughResult result = guest.processor().passThrough(getRegisters(0, names));
		assertEquals(16, result.reps());
		assertEquals(0x1234, word(result, 16 * 3));
		result = partition.passThrough(setRegisters(0, new RegisterAssociation(Register.RCX.code(), 7, 0),
			new RegisterAssociation(Register.RDX.code(), 8, 0), new RegisterAssociation(0x7FFF_FFFF, 9, 0),
			new RegisterAssociation(Register.RSI.code(), 10, 0)));
		assertEquals(HvStatus.INVALID_PARAMETER.code(), result.status());
		assertEquals(2, result.reps());
		assertEquals(List.of(7L, 8L), List.of(guest.processor().getRegister(Register.RCX), guest.processor().getRegister(Register.RDX)));
	}

	@Test
	void aCallHasRepetitionsOrHasNone() {
		PassThroughCall without = PassThroughCall.simple(CallCode.GET_VP_REGISTERS, new byte[20], 16);
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT.code(), partition.passThrough(without).status());
		PassThroughCall with = new PassThroughCall(CallCode.GET_PARTITION_PROPERTY, 1, new byte[16], 8);
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT.code(), partition.passThrough(with).status());
		PassThroughCall tooMany = new PassThroughCall(CallCode.GET_VP_REGISTERS, 4096, new byte[20], 16);
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT.code(), partition.passThrough(tooMany).status());
	}

	@Test
	void asManyRegistersAsThePagesHoldAreReadAndWrittenInOneCall() {
		int[] names = IntStream.range(0, 256).map(_ -> Register.RIP.code()).toArray();
		PassThroughResult result = guest.processor().passThrough(getRegisters(0, names));
		assertEquals(256, result.reps());
		assertEquals(Guest.CODE, word(result, 16 * 255));
		RegisterAssociation[] values = IntStream.range(0, 127).mapToObj(i -> new RegisterAssociation(Register.R8.code(), i, 0))
			.toArray(RegisterAssociation[]::new);
		assertEquals(127, guest.processor().passThrough(setRegisters(0, values)).reps());
		assertEquals(126, guest.processor().getRegister(Register.R8));
	}

	@Test
	void aProcessorsHandleReachesTheOthers() {
		partition.createVirtualProcessor(1).setRegister(Register.RAX, 0x77);
		assertEquals(0x77, word(guest.processor().passThrough(getRegisters(1, Register.RAX.code())), 0));
		assertEquals(HvStatus.INVALID_VP_INDEX.code(), guest.processor().passThrough(getRegisters(2, Register.RAX.code())).status());
	}

	@Test
	void addressesAreTranslated() {
		PassThroughResult result = guest.processor().passThrough(PassThroughCall.simple(CallCode.TRANSLATE_VIRTUAL_ADDRESS,
			input(TranslateVirtualAddressInput.SIZE, new TranslateVirtualAddressInput(WRONG_ID, 0, 1, Guest.CODE >>> 12)::encode),
			TranslateVirtualAddressOutput.SIZE));
		assertTrue(result.success());
		assertEquals(Guest.CODE >>> 12, TranslateVirtualAddressOutput.decode(MemorySegment.ofArray(result.output())).page());
	}

	@Test
	void interceptsAreInstalled() {
		for (int leaf : new int[] {0x100, 0x101}) {
			assertTrue(partition.passThrough(PassThroughCall.simple(CallCode.INSTALL_INTERCEPT, input(InstallInterceptInput.SIZE,
				new InstallInterceptInput(WRONG_ID, 4, InterceptType.CPUID, leaf)::encode), 0)).success());
		}
	}

	@Test
	void aProcessorThatWaitsGoesOnWhenItsRegistersAreWritten() {
		guest.write(Guest.CODE, GuestCode.forLongMode().hlt().raw(0xE6, 2).toBytes());
		guest.processor().setRegister(Register.RFLAGS, 0x202);
		Future<Intercept> run = guest.start();
		Guest.await("the guest halts", () -> (guest.processor().getRegister(Register.INTERNAL_ACTIVITY_STATE) & 2) != 0);
		assertTrue(partition.passThrough(setRegisters(0, new RegisterAssociation(Register.INTERNAL_ACTIVITY_STATE.code(), 0, 0))).success());
		assertEquals(2, assertInstanceOf(Intercept.IoPort.class, Guest.join(run)).port());
	}

	@Test
	void aClientCreatesItsPartitionAsClientsDo() {
		long features0 = word(hypervisor.passThrough(property(PartitionProperty.PROCESSOR_FEATURES0)), 0);
		long features1 = word(hypervisor.passThrough(property(PartitionProperty.PROCESSOR_FEATURES1)), 0);
		PassThroughResult assignable = hypervisor.passThrough(PassThroughCall.simple(CallCode.GET_PARTITION_PROPERTY_EX,
			input(PartitionPropertyExInput.SIZE,
				new PartitionPropertyExInput(0, PartitionProperty.ASSIGNABLE_SYNTHETIC_PROC_FEATURES, 0)::encode), 4072));
		assertTrue(MemorySegment.ofArray(assignable.output()).get(JAVA_SHORT_UNALIGNED, 0) >= 1, "banks");
		assertArrayEquals(assignable.output(), hypervisor.getPropertyEx(PartitionProperty.ASSIGNABLE_SYNTHETIC_PROC_FEATURES, 0));
		PartitionConfig config = new PartitionConfig(Set.of(PartitionConfig.Flag.LAPIC, PartitionConfig.Flag.X2APIC,
			PartitionConfig.Flag.GPA_SUPER_PAGES, PartitionConfig.Flag.CPU_AND_XSAVE_FEATURES), ~features0, ~features1, 0xFFFF_FFFF_FFFF_E7E0L);
		try (Partition created = hypervisor.createPartition(config)) {
			long wanted = 0x0020_0040_0640_0FFBL & word(assignable, 8);
			assertTrue(created.passThrough(setProperty(PartitionProperty.SYNTHETIC_PROC_FEATURES, wanted)).success());
			created.initialize();
			assertTrue(created.passThrough(setProperty(PartitionProperty.UNIMPLEMENTED_MSR_ACTION, 1)).success());
			assertTrue(created.passThrough(setProperty(PartitionProperty.TIME_FREEZE, 1)).success());
			created.createVirtualProcessor(0);
			assertEquals(1, word(created.passThrough(getRegisters(0, Register.EXPLICIT_SUSPEND.code())), 0));
			assertEquals(0, word(created.passThrough(getRegisters(0, Register.INTERCEPT_SUSPEND.code())), 0));
			assertEquals(wanted, word(created.passThrough(property(PartitionProperty.SYNTHETIC_PROC_FEATURES)), 0));
		}
	}

	@Test
	void nothingIsHandedThroughToAPartitionThatIsGone() {
		partition.close();
		assertRefused(HvStatus.INVALID_PARTITION_ID, () -> partition.passThrough(property(PartitionProperty.PROCESSOR_CLOCK_FREQUENCY)));
		assertRefused(HvStatus.INVALID_PARTITION_ID, () -> guest.processor().passThrough(getRegisters(0, Register.RAX.code())));
	}

	@Test
	void outputBeyondWhatTheCallGivesIsZero() {
		byte[] output = partition.passThrough(new PassThroughCall(CallCode.GET_PARTITION_PROPERTY, 0,
			property(PartitionProperty.PROCESSOR_CLOCK_FREQUENCY).input(), 4096)).output();
		assertEquals(4096, output.length);
		for (int i = 8; i < output.length; i++) {
			assertEquals(0, MemorySegment.ofArray(output).get(JAVA_BYTE, i));
		}
	}
}
