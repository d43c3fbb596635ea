package mshv.backend.emu.partition;

import java.util.function.IntSupplier;

import mshv.backend.emu.apic.LocalApic;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.Platform;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.guest.CpuidLeaves;
import mshv.backend.emu.guest.GuestInterface;
import mshv.backend.emu.guest.ModelRegisters;
import mshv.backend.emu.guest.SyntheticMsrs;
import mshv.backend.emu.guest.VpClock;
import mshv.backend.emu.guestcall.GuestCalls;
import mshv.backend.emu.synic.SynicMsrs;

/** What surrounds one processor of a partition: brings together its APIC, its MSRs, CPUID, the clock, and what the root intercepts. */
final class ProcessorPlatform implements Platform {
	private static final int MSR_TSC = 0x10;
	private static final int MSR_APIC_BASE = 0x1B;
	private static final int MSR_TSC_DEADLINE = 0x6E0;
	private static final int MSR_X2APIC = 0x800;
	private static final int X2APIC_REGISTERS = 0x100;

	private final GuestInterface guest;
	private final CpuidLeaves leaves;
	private final LocalApic apic;
	private final VpClock clock;
	private final ModelRegisters model;
	private final SyntheticMsrs synthetic;
	private final SynicMsrs synic;
	private final Intercepts intercepts;
	private final Properties properties;
	private final IntSupplier processors;
	private final CpuidResults cpuidResults = new CpuidResults();
	private final MsrResults msrResults = new MsrResults();
	private final GuestCalls calls;
	private DeliverabilityNotifications notifications;

	/** @param processors how many the partition has
	 * @param calls takes the processor's hypercalls */
	ProcessorPlatform(GuestInterface guest, CpuidLeaves leaves, LocalApic apic, VpClock clock, ModelRegisters model,
			SyntheticMsrs synthetic, SynicMsrs synic, Intercepts intercepts, Properties properties, IntSupplier processors,
			GuestCalls calls) {
		this.guest = guest;
		this.leaves = leaves;
		this.apic = apic;
		this.clock = clock;
		this.model = model;
		this.synthetic = synthetic;
		this.synic = synic;
		this.intercepts = intercepts;
		this.properties = properties;
		this.processors = processors;
		this.calls = calls;
	}

	/** To be called once, before the processor executes: what is told is about the processor that has this platform. */
	void connect(DeliverabilityNotifications deliverability) {
		notifications = deliverability;
	}

	DeliverabilityNotifications notifications() {
		return notifications;
	}

	GuestInterface guest() {
		return guest;
	}

	LocalApic apic() {
		return apic;
	}

	VpClock clock() {
		return clock;
	}

	CpuidResults cpuidResults() {
		return cpuidResults;
	}

	MsrResults msrResults() {
		return msrResults;
	}

	ModelRegisters model() {
		return model;
	}

	SyntheticMsrs synthetic() {
		return synthetic;
	}

	SynicMsrs synic() {
		return synic;
	}

	@Override
	public long apicPage() {
		return apic.page();
	}

	@Override
	public long readApic(int offset, int size) {
		return apic.readPage(offset, size);
	}

	@Override
	public void writeApic(int offset, int size, long value) {
		apic.writePage(offset, size, value);
	}

	@Override
	public int acknowledgeInterrupt() {
		notifications.interruptDeliverable(taskPriority());
		return apic.acknowledge();
	}

	@Override
	public boolean takeNmi() {
		notifications.nmiDeliverable();
		return apic.takeNmi();
	}

	@Override
	public int taskPriority() {
		return apic.taskPriority() >> 4;
	}

	@Override
	public void setTaskPriority(int priority) {
		apic.setTaskPriority(priority << 4);
		notifications.lookAgain();
	}

	@Override
	public long readMsr(Cpu cpu, int index) {
		if (intercepts.msr(index, Intercepts.READ)) {
			ignoreOrLeave(cpu, index, Intercepts.READ);
			return 0;
		}
		if (index >= MSR_X2APIC && index < MSR_X2APIC + X2APIC_REGISTERS && apic.x2apic()) {
			long value = apic.readRegister(index - MSR_X2APIC);
			if (value == -1) {
				throw cpu.raise(Vector.GP, 0);
			}
			return value;
		}
		if (synthetic.has(index)) {
			if (index == SyntheticMsrs.EOI) {
				throw cpu.raise(Vector.GP, 0);
			}
			return synthetic.read(index);
		}
		if (synic.has(index)) {
			return synic.read(index);
		}
		if (model.has(index)) {
			return model.read(index);
		}
		if (index == MSR_TSC) {
			return timeStampCounter();
		}
		if (index == MSR_APIC_BASE && guest.features().apic()) {
			return apic.base();
		}
		if (index == MSR_TSC_DEADLINE && guest.features().timeStampDeadline()) {
			return apic.timeStampDeadline();
		}
		ignoreUnknown(cpu, index, Intercepts.READ);
		return 0;
	}

	/** An access that is intercepted: returns if it is to be ignored. */
	private void ignoreOrLeave(Cpu cpu, int index, int access) {
		MsrResults.Action action = msrResults.get(index, access);
		if (action == null) {
			cpu.exit.msr = index;
			cpu.exit.write = access == Intercepts.WRITE;
			throw cpu.leave(Exit.Kind.MSR);
		}
		if (action == MsrResults.Action.FAULT) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	/** An access to an MSR that does not exist: returns if it is to be ignored. */
	private void ignoreUnknown(Cpu cpu, int index, int access) {
		if (intercepts.unknownMsr(access) || msrResults.get(index, access) != null) {
			ignoreOrLeave(cpu, index, access);
		} else if (!properties.ignoreUnknownMsrs()) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	@Override
	public void writeMsr(Cpu cpu, int index, long value) {
		if (intercepts.msr(index, Intercepts.WRITE)) {
			ignoreOrLeave(cpu, index, Intercepts.WRITE);
			return;
		}
		if (index == SyntheticMsrs.RESET && synthetic.has(index) && value == 1) {
			// The interface to the root has no message of its own for it: the VMM resets the machine
			throw cpu.leave(Exit.Kind.TRIPLE_FAULT);
		}
		boolean written;
		if (index >= MSR_X2APIC && index < MSR_X2APIC + X2APIC_REGISTERS && apic.x2apic()) {
			written = apic.writeRegister(index - MSR_X2APIC, value);
		} else if (synthetic.has(index)) {
			written = synthetic.write(index, value);
		} else if (synic.has(index)) {
			written = synic.write(index, value);
		} else if (model.has(index)) {
			written = model.write(index, value);
		} else if (index == MSR_TSC) {
			setTimeStampCounter(value);
			written = true;
		} else if (index == MSR_APIC_BASE && guest.features().apic()) {
			written = apic.setBase(value);
			cpu.mmu.flush();
		} else if (index == MSR_TSC_DEADLINE && guest.features().timeStampDeadline()) {
			apic.setTimeStampDeadline(value);
			written = true;
		} else {
			ignoreUnknown(cpu, index, Intercepts.WRITE);
			written = true;
		}
		if (!written) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	@Override
	public void cpuid(Cpu cpu, int leaf, int subleaf, int[] result) {
		if (intercepts.cpuid(leaf)) {
			throw cpu.leave(Exit.Kind.CPUID);
		}
		cpuid(leaf, subleaf, true, result);
	}

	/** Fills in what CPUID gives where it is not intercepted. @param registered whether what the root has registered is applied */
	void cpuid(int leaf, int subleaf, boolean registered, int[] result) {
		defaultCpuid(leaf, subleaf, result);
		if (registered) {
			cpuidResults.apply(leaf, subleaf, result);
		}
	}

	/** Fills in what the hypervisor itself says. */
	void defaultCpuid(int leaf, int subleaf, int[] result) {
		leaves.get(leaf, subleaf, apic.id(), (apic.base() & LocalApic.BASE_ENABLE) != 0, processors.getAsInt(), result);
		if (leaf == 0 && model.limitsCpuid()) {
			result[0] = CpuidLeaves.LAST_LIMITED;
		} else if (leaf == 0x80000001 && model.hidesExecuteDisable()) {
			result[3] &= ~CpuidLeaves.EXECUTE_DISABLE;
		} else if (leaf == 0x80000007 && synthetic.hidesInvariance()) {
			result[3] &= ~CpuidLeaves.INVARIANT_TSC;
		}
	}

	@Override
	public void hypercall(Cpu cpu) {
		if (!guest.hypercallPage().enabled() || cpu.cpl != 0 || !cpu.protectedMode()) {
			throw cpu.raise(Vector.UD);
		}
		if (intercepts.hypercalls()) {
			throw cpu.leave(Exit.Kind.HYPERCALL);
		}
		calls.call(cpu);
	}

	@Override
	public long timeStampCounter() {
		return clock.timeStampCounter();
	}

	@Override
	public void setTimeStampCounter(long value) {
		clock.setTimeStampCounter(value);
		apic.clockChanged();
		guest.referenceTsc().clockChanged();
	}
}
