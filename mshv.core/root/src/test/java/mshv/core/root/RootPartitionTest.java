package mshv.core.root;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.InterruptRequest;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PartitionConfig.Flag;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.abi.AssertVirtualInterruptInput;
import mshv.api.abi.CallCode;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.MessageType;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.RegisterPage;

class RootPartitionTest {
	private final FakeHypervisor hypervisor = new FakeHypervisor();
	private final FakeSynic synic = new FakeSynic();
	private final RootHypervisor root = new RootHypervisor(hypervisor, new FakeClient(hypervisor), synic);
	private final Partition partition = root.createPartition(PartitionConfig.standard());
	private final FakeHypervisor.Partition fake = hypervisor.partitions.get(partition.id());

	@Test
	void aSchedulerThatIsNotKnownIsNotSupported() {
		for (int type : new int[] {0, 5}) {
			FakeHypervisor other = new FakeHypervisor();
			other.scheduler = type;
			refused(Errno.EOPNOTSUPP, () -> new RootHypervisor(other, new FakeClient(other), new FakeSynic()));
		}
	}

	@ParameterizedTest
	@CsvSource({"LAPIC, 13", "X2APIC, 22", "GPA_SUPER_PAGES, 4", "NESTED_VIRTUALIZATION, 1", "SMT_ENABLED_GUEST, 0"})
	void eachFlagHasItsCreationFlag(Flag flag, int bit) {
		Partition other = root.createPartition(new PartitionConfig(Set.of(flag), 0, 0, 0));
		assertEquals(1L << bit | 1 << 8 | 1 << 19, hypervisor.partitions.get(other.id()).config.flags());
	}

	@Test
	void featuresArePassedOnIfTheFlagSaysSo() {
		Partition other = root.createPartition(new PartitionConfig(Set.of(Flag.CPU_AND_XSAVE_FEATURES), 1, 2, 3));
		var config = hypervisor.partitions.get(other.id()).config;
		assertEquals(List.of(1L, 2L, 3L, 1L << 8 | 1 << 19), List.of(config.disabledProcessorFeatures0(),
			config.disabledProcessorFeatures1(), config.disabledXsaveFeatures(), config.flags()));
		refused(Errno.EINVAL, () -> root.createPartition(new PartitionConfig(Set.of(), 0, 0, 1)));
	}

	@Test
	void theCompatibilityVersionIs21H2() {
		assertEquals(0x609, fake.config.compatibilityVersion());
		assertEquals(0, fake.config.isolationProperties());
	}

	@Test
	void initializingTwiceIsInitializingOnce() {
		partition.initialize();
		partition.initialize();
		assertEquals(List.of("initialize"), hypervisor.calls);
	}

	@Test
	void aRefusedInitializationTakesTheMemoryBack() {
		hypervisor.refusedCall = CallCode.INITIALIZE_PARTITION;
		refused(HvStatus.OPERATION_DENIED, partition::initialize);
		assertEquals(List.of("withdraw"), hypervisor.calls);
	}

	@Test
	void theHypervisorRefusesAProcessorBeforeInitialization() {
		refused(HvStatus.INVALID_PARTITION_STATE, () -> partition.createVirtualProcessor(0));
	}

	@Test
	void aProcessorIsCreatedWithItsPages() {
		partition.initialize();
		hypervisor.calls.clear();
		VirtualProcessor processor = partition.createVirtualProcessor(3);
		assertEquals(List.of("create VP", "map page 1", "map page 0", "map stats page"), hypervisor.calls);
		assertEquals(List.of(processor), partition.virtualProcessors());
		assertEquals(fake.vps.get(3).page.address(), processor.registerPage().address());
		assertEquals(4096, processor.interceptPage().byteSize());
	}

	@Test
	void processorsAreListedByIndex() {
		partition.initialize();
		Stream.of(7, 0, 255).forEach(partition::createVirtualProcessor);
		assertEquals(List.of(0, 7, 255), partition.virtualProcessors().stream().map(VirtualProcessor::index).toList());
	}

	@Test
	void anIndexOutOfRangeOrTakenIsRefused() {
		partition.initialize();
		refused(Errno.EINVAL, () -> partition.createVirtualProcessor(256));
		refused(Errno.EINVAL, () -> partition.createVirtualProcessor(-1));
		partition.createVirtualProcessor(0);
		refused(Errno.EEXIST, () -> partition.createVirtualProcessor(0));
	}

	@Test
	void aProcessorThatCannotBeCompletedIsTakenBackInReverse() {
		partition.initialize();
		hypervisor.calls.clear();
		hypervisor.refusedPageType = 0;
		refused(HvStatus.INVALID_PARAMETER, () -> partition.createVirtualProcessor(0));
		assertEquals(List.of("create VP", "map page 1", "unmap page 1", "delete VP"), hypervisor.calls);
		hypervisor.refusedPageType = -1;
		partition.createVirtualProcessor(0);
	}

	@Test
	void withoutAStatisticsPageTheCountersAreNotKnown() {
		partition.initialize();
		hypervisor.refusedCall = CallCode.MAP_STATS_PAGE;
		VirtualProcessor processor = partition.createVirtualProcessor(0);
		assertEquals(-1, processor.statistics().instructions());
		assertEquals(-1, processor.statistics().interrupts());
	}

	@Test
	void registersAreReadAndWrittenInBatches() {
		VirtualProcessor processor = processor();
		Map<Register, RegisterValue> values = new LinkedHashMap<>();
		for (Register register : Register.values()) {
			if (register != Register.DELIVERABILITY_NOTIFICATIONS) {
				values.put(register, new RegisterValue(register.code(), ~register.code()));
			}
		}
		assertTrue(values.size() > 127);
		processor.setRegisters(values);
		List<Register> names = Stream.concat(values.keySet().stream(), values.keySet().stream()).toList();
		assertTrue(names.size() > 256);
		hypervisor.calls.clear();
		List<RegisterValue> read = processor.getRegisters(names);
		assertEquals(List.of("get 256", "get " + (names.size() - 256)), hypervisor.calls);
		for (int i = 0; i < names.size(); i++) {
			assertEquals(values.get(names.get(i)), read.get(i), names.get(i).name());
		}
	}

	@Test
	void aRegisterThatIsRefusedLeavesTheEarlierOnesWritten() {
		VirtualProcessor processor = processor();
		Map<Register, RegisterValue> values = new LinkedHashMap<>();
		values.put(Register.RAX, RegisterValue.of(1));
		values.put(Register.DELIVERABILITY_NOTIFICATIONS, RegisterValue.of(1));
		values.put(Register.RBX, RegisterValue.of(1));
		refused(HvStatus.INVALID_PARAMETER, () -> processor.setRegisters(values));
		assertEquals(1, processor.getRegister(Register.RAX));
		assertEquals(0, processor.getRegister(Register.RBX));
	}

	@Test
	void noRegistersAreNoRequest() {
		VirtualProcessor processor = processor();
		refused(Errno.EINVAL, () -> processor.getRegisters(List.of()));
		refused(Errno.EINVAL, () -> processor.setRegisters(Map.of()));
	}

	@Test
	void aValidPageServesWhatItHoldsAndTheRestIsAskedFor() {
		VirtualProcessor processor = processor();
		var page = fake.vps.get(0).page;
		page.set(JAVA_SHORT, RegisterPage.VERSION, (short) 1);
		page.set(JAVA_BYTE, RegisterPage.IS_VALID, (byte) 1);
		page.set(JAVA_LONG, RegisterPage.RAX + 8 * 3, 33);
		page.set(JAVA_LONG, RegisterPage.RIP, 44);
		page.set(JAVA_LONG, RegisterPage.ES + 16, 0x1000);
		page.set(JAVA_INT, RegisterPage.ES + 16 + 8, 0xFFFF);
		page.set(JAVA_LONG, RegisterPage.CR0, 0x11);
		processor.setRegister(Register.CR2, 55);
		hypervisor.calls.clear();
		assertEquals(List.of(RegisterValue.of(33), RegisterValue.of(44), RegisterValue.segment(0x1000, 0xFFFF, 0, 0),
			RegisterValue.of(0x11)), processor.getRegisters(List.of(Register.RBX, Register.RIP, Register.CS, Register.CR0)));
		assertEquals(List.of(), hypervisor.calls);
		assertEquals(List.of(RegisterValue.of(55), RegisterValue.of(33)), processor.getRegisters(List.of(Register.CR2, Register.RBX)));
		assertEquals(List.of("get 1"), hypervisor.calls);
		page.set(JAVA_BYTE, RegisterPage.IS_VALID, (byte) 0);
		assertEquals(0, processor.getRegister(Register.RBX));
	}

	@Test
	void whileTheProcessorRunsThePageIsNotRead() {
		VirtualProcessor processor = processor();
		var vp = fake.vps.get(0);
		vp.page.set(JAVA_SHORT, RegisterPage.VERSION, (short) 1);
		vp.page.set(JAVA_LONG, RegisterPage.RIP, 44);
		processor.setRegister(Register.RIP, 55);
		vp.guest = _ -> {
			vp.page.set(JAVA_BYTE, RegisterPage.IS_VALID, (byte) 1);
			assertEquals(55, processor.getRegister(Register.RIP));
			return RunTest.out(1);
		};
		processor.run();
		assertEquals(44, processor.getRegister(Register.RIP));
	}

	@Test
	void aBlockOfStateComesBackAsItWas() {
		VirtualProcessor processor = processor();
		byte[] lapic = new byte[4096];
		Arrays.fill(lapic, (byte) 0x5A);
		processor.setState(VpState.LAPIC, lapic);
		assertArrayEquals(lapic, processor.getState(VpState.LAPIC));
		byte[] timers = new byte[200];
		Arrays.fill(timers, (byte) 0x77);
		processor.setState(VpState.SYNTHETIC_TIMERS, timers);
		assertArrayEquals(timers, processor.getState(VpState.SYNTHETIC_TIMERS));
	}

	@Test
	void xsaveStateHasTheSizeOfThePropertyAndTheLegacyStates() {
		VirtualProcessor processor = processor();
		byte[] state = processor.getState(VpState.XSAVE);
		assertEquals(5000, state.length);
		assertEquals(7, state[0]);
		processor.setState(VpState.XSAVE, state);
	}

	@Test
	void stateOfAnotherSizeIsRefused() {
		VirtualProcessor processor = processor();
		refused(Errno.EINVAL, () -> processor.setState(VpState.LAPIC, new byte[4095]));
		refused(Errno.EINVAL, () -> processor.setState(VpState.SYNTHETIC_TIMERS, new byte[208]));
	}

	@Test
	void aTranslationKeepsTheOffset() {
		VirtualProcessor processor = processor();
		assertEquals(new Translation(Translation.Result.SUCCESS, 0x101234), processor.translate(0x1234, 1));
		assertEquals(Translation.Result.PRIVILEGE_VIOLATION, processor.translate(0x1234, 2).result());
	}

	@Test
	void anInterruptIsAssertedAsAsked() {
		partition.assertInterrupt(new InterruptRequest(InterruptRequest.Type.EXTINT, 0, 3, true, true));
		assertEquals(List.of(new AssertVirtualInterruptInput(partition.id(), 7, 3, 3, 0, 0)), hypervisor.asserted);
		refused(Errno.EINVAL, () -> partition.assertInterrupt(InterruptRequest.fixed(256, 0)));
	}

	@Test
	void anInterceptIsInstalledAsAsked() {
		partition.installIntercept(4, 2, 0x100);
		assertEquals(List.of(new InstallInterceptInput(partition.id(), 4, 2, 0x100)), hypervisor.installed);
	}

	@Test
	void propertiesOfTheHostAreThoseOfTheRoot() {
		assertEquals(-1, root.getProperty(PartitionProperty.PROCESSOR_VENDOR));
		assertEquals(partition.id(), partition.getProperty(PartitionProperty.PROCESSOR_VENDOR));
		refused(HvStatus.UNKNOWN_PROPERTY, () -> root.getProperty(0x99));
		partition.setProperty(PartitionProperty.TIME_FREEZE, 1);
		assertEquals(1, fake.properties.get(PartitionProperty.TIME_FREEZE));
	}

	@Test
	void aPendingCallEndsWithItsCompletion() {
		AsyncCall call = new AsyncCall();
		refused(HvStatus.ACCESS_DENIED, () -> call.make("call", () -> {
			call.completed(HvStatus.ACCESS_DENIED);
			throw new HypervisorException("pending", HvStatus.CALL_PENDING);
		}));
		call.close();
		refused(HvStatus.INVALID_PARTITION_ID, () -> call.make("call", () -> {
			throw new HypervisorException("pending", HvStatus.CALL_PENDING);
		}));
	}

	@Test
	void aCompletionIsAcceptedWhoeverItIsFor() {
		assertTrue(synic.post(slot -> slot.set(JAVA_INT, 0, MessageType.ASYNC_CALL_COMPLETION)));
		assertFalse(synic.post(slot -> slot.set(JAVA_INT, 0, MessageType.X64_APIC_EOI)));
	}

	@Test
	void closingTakesEverythingApartInOrder() {
		processor();
		hypervisor.calls.clear();
		partition.close();
		assertEquals(List.of("get 1", "unmap stats page", "unmap page 0", "unmap page 1", "finalize", "withdraw", "delete"), hypervisor.calls);
		partition.close();
		assertEquals(List.of(), root.partitions());
	}

	@Test
	void aPartitionThatWasNeverInitializedIsNotFinalized() {
		partition.close();
		assertEquals(List.of("withdraw", "delete"), hypervisor.calls);
	}

	@Test
	void aRefusalDoesNotKeepClosingFromTheNextSteps() {
		processor();
		hypervisor.refusedCall = CallCode.FINALIZE_PARTITION;
		partition.close();
		assertTrue(fake.deleted);
	}

	@Test
	void afterClosingEveryMethodSaysSo() {
		VirtualProcessor processor = processor();
		partition.close();
		for (Runnable call : List.<Runnable>of(partition::initialize, () -> partition.getProperty(1), () -> partition.setProperty(1, 1),
			() -> partition.createVirtualProcessor(1), partition::virtualProcessors, partition::memoryRegions,
			() -> partition.assertInterrupt(InterruptRequest.fixed(1, 0)), () -> partition.setMsiRouting(List.of()),
			() -> partition.installIntercept(1, 1, 1), processor::run, processor::interrupt,
			() -> processor.getRegister(Register.RAX), () -> processor.setRegister(Register.RAX, 1), processor::statistics,
			() -> processor.getState(VpState.LAPIC), processor::registerPage, processor::interceptPage,
			() -> processor.translate(0, 1))) {
			refused(HvStatus.INVALID_PARTITION_ID, call);
		}
	}

	@Test
	void pagesOfAClosedPartitionCannotBeTouched() {
		var page = processor().registerPage();
		partition.close();
		assertThrows(IllegalStateException.class, () -> page.get(JAVA_BYTE, 0));
	}

	@Test
	void theHypervisorListsItsPartitionsAndClosesThemWhenItGoes() {
		Partition second = root.createPartition(PartitionConfig.standard());
		assertEquals(List.of(partition, second), root.partitions());
		root.close();
		assertTrue(fake.deleted);
		assertTrue(hypervisor.partitions.get(second.id()).deleted);
		assertEquals(List.of(), synic.handlers);
		refused(HvStatus.INVALID_PARTITION_ID, () -> root.createPartition(PartitionConfig.standard()));
		assertEquals(List.of(), root.partitions());
	}

	private VirtualProcessor processor() {
		partition.initialize();
		return partition.createVirtualProcessor(0);
	}

	private static void refused(HvStatus status, Runnable call) {
		assertEquals(status, assertThrows(HypervisorException.class, call::run).status());
	}

	private static void refused(Errno errno, Runnable call) {
		assertEquals(errno, assertThrows(HypervisorException.class, call::run).errno());
	}
}
