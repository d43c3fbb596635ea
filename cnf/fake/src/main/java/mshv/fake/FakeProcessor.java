package mshv.fake;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import mshv.api.CpuidQuery;
import mshv.api.CpuidResult;
import mshv.api.Errno;
import mshv.api.GpaAccess;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.VpStatistics;
import mshv.api.abi.RegisterPage;

/** Registers that hold what was set, paging that can be told, and a script. */
public class FakeProcessor implements VirtualProcessor {
	private static final List<Register> GENERAL = List.of(Register.RAX, Register.RCX, Register.RDX, Register.RBX, Register.RSP,
		Register.RBP,
		Register.RSI, Register.RDI, Register.R8, Register.R9, Register.R10, Register.R11, Register.R12, Register.R13, Register.R14,
		Register.R15);

	private final Partition partition;
	private final int index;
	private final Script script;
	private final MemorySegment page = Arena.ofAuto().allocate(4096, 4096);
	private final MemorySegment message = Arena.ofAuto().allocate(4096, 4096);
	/** General-purpose registers, RIP, RFLAGS: what the page shows. */
	private final long[] mirrored = new long[18];
	private boolean interrupted;
	private int played;
	/** Registers that are not in the page. */
	public final Map<Register, RegisterValue> registers = new HashMap<>();
	/** Guest-physical pages by linear ones; what is not here is identical. */
	public final Map<Long, Long> pages = new HashMap<>();
	/** Linear pages that lead to no memory. */
	public final Set<Long> devices = new HashSet<>();
	/** Linear pages that are not present. */
	public final Map<Long, Translation.Result> faults = new HashMap<>();

	/** @param script what it does */
	public FakeProcessor(Partition partition, int index, Script script) {
		this.partition = partition;
		this.index = index;
		this.script = script;
	}

	/** A processor without a script. @param shared whether the register page is valid */
	public static FakeProcessor idle(boolean shared) {
		FakeProcessor processor = new FakeProcessor(new FakePartition(), 0, _ -> null);
		processor.page.set(JAVA_BYTE, RegisterPage.IS_VALID, (byte) (shared ? 1 : 0));
		return processor;
	}

	/** @return intercepts that it has returned */
	int played() {
		return played;
	}

	/** As a hypervisor does with each call: takes over what the VMM marked as changed, then writes the page anew. */
	private void mirror() {
		if (!shared()) {
			return;
		}
		if (page.get(JAVA_INT, RegisterPage.DIRTY) != 0) {
			MemorySegment.copy(page, JAVA_LONG, RegisterPage.RAX, mirrored, 0, mirrored.length);
			page.set(JAVA_INT, RegisterPage.DIRTY, 0);
		}
		MemorySegment.copy(mirrored, 0, page, JAVA_LONG, RegisterPage.RAX, mirrored.length);
	}

	private boolean shared() {
		return page.get(JAVA_BYTE, RegisterPage.IS_VALID) != 0;
	}

	@Override
	public int index() {
		return index;
	}

	@Override
	public Partition partition() {
		return partition;
	}

	@Override
	public Intercept run() {
		synchronized (this) {
			if (interrupted) {
				interrupted = false;
				return Intercept.Interrupted.INSTANCE;
			}
		}
		Intercept intercept = script.next(this);
		if (intercept != null) {
			played++;
			return intercept;
		}
		synchronized (this) {
			while (!interrupted) {
				try {
					wait();
				} catch (InterruptedException e) {
					throw new AssertionError(e);
				}
			}
			interrupted = false;
			return Intercept.Interrupted.INSTANCE;
		}
	}

	@Override
	public synchronized void interrupt() {
		interrupted = true;
		notifyAll();
	}

	@Override
	public synchronized List<RegisterValue> getRegisters(List<Register> names) {
		mirror();
		return names.stream().map(this::get).toList();
	}

	private RegisterValue get(Register name) {
		if (shared()) {
			if (GENERAL.contains(name)) {
				return RegisterValue.of(page.get(JAVA_LONG, RegisterPage.RAX + 8L * GENERAL.indexOf(name)));
			}
			if (name == Register.RIP || name == Register.RFLAGS) {
				return RegisterValue.of(page.get(JAVA_LONG, name == Register.RIP ? RegisterPage.RIP : RegisterPage.RFLAGS));
			}
		}
		return registers.getOrDefault(name, RegisterValue.of(0));
	}

	@Override
	public synchronized void setRegisters(Map<Register, RegisterValue> values) {
		mirror();
		values.forEach((name, value) -> {
			if (shared() && GENERAL.contains(name)) {
				mirrored[GENERAL.indexOf(name)] = value.low();
			} else if (shared() && (name == Register.RIP || name == Register.RFLAGS)) {
				mirrored[name == Register.RIP ? 16 : 17] = value.low();
			} else {
				registers.put(name, value);
			}
		});
		mirror();
	}

	@Override
	public byte[] getState(VpState state) {
		throw new UnsupportedOperationException("no state");
	}

	@Override
	public void setState(VpState state, byte[] bytes) {
		throw new UnsupportedOperationException("no state");
	}

	@Override
	public Translation translate(long address, long flags) {
		mirror();
		Translation.Result fault = faults.get(address >>> 12);
		if (fault != null) {
			return new Translation(fault, 0);
		}
		if ((flags & 7) != 0 && devices.contains(address >>> 12)) {
			return new Translation(Translation.Result.GPA_UNMAPPED, 0);
		}
		return new Translation(Translation.Result.SUCCESS, pages.getOrDefault(address >>> 12, address >>> 12) << 12 | address & 0xFFF);
	}

	@Override
	public List<CpuidResult> cpuidValues(List<CpuidQuery> queries, boolean ownStates, boolean registered) {
		throw new HypervisorException("CPUID", HvStatus.INVALID_HYPERCALL_CODE);
	}

	@Override
	public GpaAccess readGpa(long address, int size) {
		throw new HypervisorException("reading", HvStatus.INVALID_HYPERCALL_CODE);
	}

	@Override
	public GpaAccess.Result writeGpa(long address, byte[] data) {
		throw new HypervisorException("writing", HvStatus.INVALID_HYPERCALL_CODE);
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		throw new HypervisorException("call " + call.code(), Errno.EINVAL);
	}

	@Override
	public MemorySegment registerPage() {
		return page;
	}

	@Override
	public MemorySegment interceptPage() {
		return message;
	}

	@Override
	public VpStatistics statistics() {
		return new VpStatistics(-1, 0, 0, -1);
	}
}
