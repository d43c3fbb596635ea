package mshv.vmm.mmio;

import java.util.HexFormat;

import mshv.api.Intercept;
import mshv.vmm.cpu.DebugTraps;
import mshv.vmm.cpu.GuestException;
import mshv.vmm.cpu.LinearMemory;
import mshv.vmm.cpu.ProcessorMode;
import mshv.vmm.cpu.RegisterFile;

/** Completes instructions that access memory without RAM. */
public final class MmioExits {
	private static final int EXECUTE = 2;
	/** Bit of the execution state. */
	private static final int INTERRUPTION_PENDING = 1 << 6;

	private final RegisterFile registers;
	private final LinearMemory memory;
	private final Decoder decoder = new Decoder();
	private final Instruction instruction = new Instruction();
	private final Executor executor;
	private final byte[] bytes = new byte[Decoder.MAX_LENGTH];

	/** @param registers of the processor @param memory of the processor */
	public MmioExits(RegisterFile registers, LinearMemory memory) {
		this.registers = registers;
		this.memory = memory;
		executor = new Executor(registers, memory);
	}

	/** Carries the instruction out and advances the processor, unless iterations remain or the guest gets an exception.
	 * @throws EmulationException if it is not one of those that are emulated; nothing has changed */
	public void handle(Intercept.Memory access) throws EmulationException {
		Intercept.Header header = access.header();
		if (header.access() == EXECUTE) {
			throw new EmulationException(
				"the guest executes at 0x%x, which is guest-physical 0x%x, where no memory is".formatted(header.rip(),
				access.guestAddress()));
		}
		if ((header.executionState() & INTERRUPTION_PENDING) != 0) {
			// Not an access of the instruction at RIP
			throw new EmulationException("an event at 0x%x is delivered through guest-physical 0x%x, where no memory is"
				.formatted(header.rip(), access.guestAddress()));
		}
		ProcessorMode mode = ProcessorMode.of(header);
		registers.begin();
		memory.begin(mode);
		int count = decode(access, mode);
		if (access.guestVirtualAddressValid()) {
			memory.hint(access.guestVirtualAddress(), access.guestAddress());
		}
		try {
			if (!executor.execute(instruction, DebugTraps.afterEachIteration(header))) {
				throw unknown(access, count);
			}
			registers.commit();
			DebugTraps.completed(header, registers);
		} catch (GuestException e) {
			// What a repeated instruction has done already counts
			registers.commit();
			memory.inject(e);
		}
	}

	/** @return number of instruction bytes at hand */
	private int decode(Intercept.Memory access, ProcessorMode mode) throws EmulationException {
		int count = Math.min(access.instruction().length, bytes.length);
		System.arraycopy(access.instruction(), 0, bytes, 0, count);
		Decoder.Result result = decoder.decode(bytes, count, mode, instruction);
		if (result == Decoder.Result.TRUNCATED) {
			Intercept.Header header = access.header();
			count = memory.fetch(mode.longMode() ? header.rip() : header.cs().segmentBase() + header.rip() & 0xFFFFFFFFL, bytes);
			result = decoder.decode(bytes, count, mode, instruction);
		}
		if (result != Decoder.Result.DONE) {
			throw unknown(access, count);
		}
		return count;
	}

	private EmulationException unknown(Intercept.Memory access, int count) {
		return new EmulationException("cannot emulate the instruction %s at 0x%x, which accesses guest-physical 0x%x"
			.formatted(HexFormat.ofDelimiter(" ").formatHex(bytes, 0, count), access.header().rip(), access.guestAddress()));
	}
}
