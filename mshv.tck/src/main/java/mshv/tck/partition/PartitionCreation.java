package mshv.tck.partition;

import static mshv.tck.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.MemoryRegion;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PartitionConfig.Flag;
import mshv.api.abi.PartitionProperty;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

/** What partitions are created with. */
@Rule(Section.CREATE_PARTITION)
@Conformance("creation of partitions")
class PartitionCreation {
	/** Bits of EDX and ECX of CPUID leaf 1. */
	private static final int APIC = 1 << 9, X2APIC = 1 << 21;

	private final Hypervisor hypervisor;

	PartitionCreation(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	private static PartitionConfig flags(Flag... flags) {
		return new PartitionConfig(Set.of(flags), 0, 0, 0);
	}

	@Test
	void featuresWithoutTheFlagThatSaysSoAreRefused() {
		List<Partition> before = hypervisor.partitions();
		for (int field = 0; field < 3; field++) {
			PartitionConfig config = new PartitionConfig(Set.of(Flag.LAPIC), field == 0 ? 1 : 0, field == 1 ? 1 : 0, field == 2 ? 1 : 0);
			assertRefused(Errno.EINVAL, () -> hypervisor.createPartition(config));
		}
		assertEquals(before, hypervisor.partitions());
	}

	@Test
	void aFeatureThatIsDisabledIsNotThereAndTheOthersAre() {
		long offered = hypervisor.getProperty(PartitionProperty.PROCESSOR_FEATURES0);
		long one = Long.highestOneBit(offered & Long.MAX_VALUE);
		try (Partition partition = hypervisor
			.createPartition(new PartitionConfig(Set.of(Flag.LAPIC, Flag.CPU_AND_XSAVE_FEATURES), one, 0, 0))) {
			assertEquals(offered & ~one, partition.getProperty(PartitionProperty.PROCESSOR_FEATURES0));
		}
	}

	/** Monitors give the complement of what the host has, reserved bits and all. */
	@Test
	void everythingThatTheHostHasNotMayBeDisabled() {
		long first = hypervisor.getProperty(PartitionProperty.PROCESSOR_FEATURES0);
		long second = hypervisor.getProperty(PartitionProperty.PROCESSOR_FEATURES1);
		try (Partition partition = hypervisor
			.createPartition(new PartitionConfig(Set.of(Flag.LAPIC, Flag.CPU_AND_XSAVE_FEATURES), ~first, ~second, -1))) {
			partition.initialize();
			assertEquals(first, partition.getProperty(PartitionProperty.PROCESSOR_FEATURES0));
			assertEquals(second, partition.getProperty(PartitionProperty.PROCESSOR_FEATURES1));
		}
	}

	@Test
	void theFlagsDecideAboutTheLocalApic() {
		GuestCode code = GuestCode.forLongMode();
		// MOV EAX, EDX or ECX
		code.movEax(1).cpuid().raw(0x89, 0xD0).movDx(0).out(4);
		code.movEax(1).cpuid().raw(0x89, 0xC8).movDx(0).out(4);
		List<PartitionConfig> configs = List.of(flags(), flags(Flag.LAPIC), flags(Flag.LAPIC, Flag.X2APIC));
		for (int i = 0; i < configs.size(); i++) {
			try (Guest guest = Guest.inLongMode(hypervisor, configs.get(i), code)) {
				assertEquals(i == 0 ? 0 : APIC, guest.runToPort().rax() & APIC, "local APIC, " + configs.get(i));
				assertEquals(i == 2 ? X2APIC : 0, guest.runToPort().rax() & X2APIC, "x2APIC, " + configs.get(i));
			}
		}
	}

	@Test
	void largePagesAreAnOffer() {
		try (Guest guest = Guest.inLongMode(hypervisor, flags(Flag.LAPIC, Flag.GPA_SUPER_PAGES), GuestCode.forLongMode().out(1))) {
			guest.partition().mapMemory(MemoryRegion.ram(0x80_0000, guest.memory(0x60_3000)));
			guest.runToPort();
		}
	}

	/** A hypervisor need not have all that a flag asks for; then there is no partition. */
	@ParameterizedTest
	@EnumSource(Flag.class)
	void aFlagIsTakenOrLeavesNothing(Flag flag) {
		List<Partition> before = hypervisor.partitions();
		try (Partition partition = hypervisor.createPartition(new PartitionConfig(EnumSet.of(Flag.LAPIC, flag), 0, 0, 0))) {
			partition.initialize();
		} catch (HypervisorException e) {
			assertEquals(Errno.EIO, e.errno(), "refused by the hypervisor");
		}
		assertEquals(before, hypervisor.partitions());
	}
}
