package mshv.backend.emu.translate;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.isa.Instruction;

/**
 * Translated blocks with one entry, the first of them. Each region is the only instance of a hidden class, and goes with it.
 * <p>
 * A region is entered with {@link Cpu#attention} clear, in the mode that its blocks were decoded for, and while their code is unchanged.
 * What it returns tells where it was left, and how many instructions it executed.
 */
public abstract class Region {
	/** Most instructions of one block. */
	public static final int MAX_INSTRUCTIONS = 64;
	/** Most blocks of a region. */
	public static final int MAX_NODES = 128;

	/** Left to the target of the direct branch at the end of the block. */
	public static final int TAKEN = 0;
	/** Left to the instruction behind the block. */
	public static final int FOLLOWING = 1;
	/** Left to {@link Cpu#nextRip}; {@link Cpu#exit} tells whether guest execution is to be left. */
	public static final int INDIRECT = 2;
	/** Left before an instruction by {@link Cpu#fault}; its block counts as executed as a whole. */
	public static final int FAULT = 3;

	static final int KIND_BITS = 2;
	static final int NUMBER_BITS = 6;
	static final int NODE_BITS = 7;
	static final int COUNT_SHIFT = KIND_BITS + NUMBER_BITS + NODE_BITS;

	private final Instruction[] instructions;
	private final Handler[] handlers;
	private final boolean vectorial;

	/** A region that no handler executes instructions of. */
	protected Region() {
		this(new Instruction[0], new Handler[0], false);
	}

	/** For the generated classes. @param instructions those that their handlers execute, with these @param handlers the handlers
	 * @param vectorial whether SSE instructions are translated */
	protected Region(Instruction[] instructions, Handler[] handlers, boolean vectorial) {
		this.instructions = instructions;
		this.handlers = handlers;
		this.vectorial = vectorial;
	}

	/** @return false while the guest may not use SSE, if instructions of the region do: these do not look. It does not change within one. */
	public final boolean mayRun(Cpu cpu) {
		return !vectorial || (cpu.cr0 & (Cpu.CR0_EM | Cpu.CR0_TS)) == 0 && (cpu.cr4 & Cpu.CR4_OSFXSR) != 0;
	}

	/** Executes from the start of the first block until the region must be left.
	 * @return what the methods below take apart */
	public abstract long run(Cpu cpu);

	/** @return how the region was left: {@link #TAKEN} and so on */
	public static int kind(long result) {
		return (int) result & (1 << KIND_BITS) - 1;
	}

	/** @return for {@link #FAULT}, the number of the instruction in its block */
	public static int instruction(long result) {
		return (int) (result >>> KIND_BITS) & (1 << NUMBER_BITS) - 1;
	}

	/** @return the number of the block that was executed last */
	public static int node(long result) {
		return (int) (result >>> KIND_BITS + NUMBER_BITS) & (1 << NODE_BITS) - 1;
	}

	/** @return how many instructions were executed */
	public static long count(long result) {
		return result >>> COUNT_SHIFT;
	}

	/** Executes an instruction through its handler; registers and flags that it needs are in the processor. */
	protected final void generic(Cpu cpu, int index) {
		Instruction i = instructions[index];
		cpu.rip = i.address;
		cpu.nextRip = i.address + i.length;
		handlers[index].execute(cpu, i);
	}
}
