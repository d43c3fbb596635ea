package mshv.backend.emu.engine;

import java.lang.foreign.Arena;

import mshv.backend.emu.block.BlockBuilder;
import mshv.backend.emu.block.BlockCache;
import mshv.backend.emu.block.BlockRunner;
import mshv.backend.emu.block.Training;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Platform;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.integer.IntegerHandlers;
import mshv.backend.emu.exec.sse.SseHandlers;
import mshv.backend.emu.exec.system.Debug;
import mshv.backend.emu.exec.system.Interrupts;
import mshv.backend.emu.exec.system.SystemHandlers;
import mshv.backend.emu.exec.x87.X87Handlers;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.memory.PhysicalMemory;
import mshv.backend.emu.memory.RootWrites;

/**
 * Executes the code of one virtual processor.
 * <p>
 * There are three tiers: the precise one decodes and executes a single instruction through its handler, the second runs pre-decoded
 * blocks, the third hot blocks translated to bytecode. The precise tier serves single steps, breakpoints, the instruction after STI, and stores into translated code. One thread at a
 * time; other threads reach a running engine through {@link Cpu#requestAttention} alone.
 */
public final class Engine {
	private static final Handler[] HANDLERS = handlers();

	private final Cpu cpu;
	private final BlockCache cache;
	private final BlockBuilder builder;
	private final BlockRunner runner;
	private final Instruction scratch = new Instruction();
	private final Runnable execute = this::execute;
	private final RootWrites rootWrites;
	/** The last of what the root did that the code has been doubted for. */
	private long rootCalls, rootExits;
	private long stepped;
	/** What is to be done when so many instructions have been executed, null for nothing. */
	private Runnable call;
	private long callAt;
	private long interrupts;

	/** An engine whose processor is in the state after RESET.
	 * @param memory the partition's guest-physical memory
	 * @param platform what surrounds the processor
	 * @param arena owner of translation tables; outlives the engine
	 * @param hot how often a block is come to before it is translated to bytecode; 0: never */
	public Engine(PhysicalMemory memory, Platform platform, Arena arena, int hot) {
		cache = new BlockCache(memory);
		rootWrites = memory.rootWrites();
		cpu = new Cpu(memory, platform, cache, arena);
		builder = new BlockBuilder(cpu, memory, HANDLERS);
		cache.connect(cpu, builder);
		runner = new BlockRunner(cpu, cache, hot);
	}

	private static Handler[] handlers() {
		HandlerTable table = new HandlerTable();
		IntegerHandlers.register(table);
		SystemHandlers.register(table);
		X87Handlers.register(table);
		SseHandlers.register(table);
		Handler[] handlers = table.toArray();
		Training.run(handlers);
		return handlers;
	}

	/** @return the processor */
	public Cpu cpu() {
		return cpu;
	}

	/** To be called when the engine will not run any more: its code no longer concerns other processors. */
	public void close() {
		cache.close();
	}

	/** @return instructions executed so far, a repeated string instruction counting as one */
	public long instructions() {
		return stepped + runner.instructions();
	}

	/** @return interrupts delivered so far, exceptions not counted */
	public long interrupts() {
		return interrupts;
	}

	/** Does something after some ten thousand further instructions, on the thread that executes them, until {@link #callNoMore}.
	 * Meanwhile nothing is executed in translated regions, which may take any time. */
	public void callLater(Runnable action) {
		call = action;
		callAt = instructions() + BlockRunner.ROUND;
		runner.stayInBlocks(true);
	}

	/** Does not do what was to be done later. */
	public void callNoMore() {
		call = null;
		runner.stayInBlocks(false);
	}

	/** Executes guest code until it must be left: {@link Cpu#exit} then says why. RIP is that of the next instruction to execute.
	 * The root may have written to the guest's code. */
	public void run() {
		rootCalls = rootWrites.calls();
		rootExits = rootWrites.exits();
		cpu.mmu.doubtCode();
		goOn();
	}

	/** Executes as {@link #run}, after the processor was halted: the root had no part in it, unless its calls or other processors' exits
	 * show that it may have. */
	public void resume() {
		long exits = rootWrites.exits();
		if (exits != rootExits) {
			rootExits = exits;
			cpu.mmu.doubtCode();
		}
		doubtAfterCalls();
		goOn();
	}

	private void doubtAfterCalls() {
		long calls = rootWrites.calls();
		if (calls != rootCalls) {
			rootCalls = calls;
			cpu.mmu.doubtCode();
		}
	}

	private void goOn() {
		cpu.exit.kind = Exit.Kind.NONE;
		while (cpu.exit.kind == Exit.Kind.NONE) {
			if (call != null && instructions() >= callAt) {
				call.run();
			}
			try {
				if (cpu.attention != 0) {
					attend();
				} else {
					cpu.precise = false;
					runner.run();
				}
			} catch (GuestFault fault) {
				handle(fault);
			}
		}
		cpu.precise = true;
	}

	/** Executes one instruction, or delivers one exception or interrupt. {@link Cpu#exit} says whether guest execution was left. */
	public void step() {
		cpu.exit.kind = Exit.Kind.NONE;
		try {
			if (!deliverPending()) {
				execute();
			}
		} catch (GuestFault fault) {
			handle(fault);
		}
	}

	private void handle(GuestFault fault) {
		try {
			if (fault.vector == GuestFault.CODE_WRITE) {
				execute();
			} else if (fault.vector == GuestFault.ALONE) {
				cpu.alone(execute);
			} else if (fault.vector >= 0) {
				cpu.precise = true;
				if (intercepted(fault.vector)) {
					leave(fault.vector, fault.errorCode, fault.hasErrorCode, parameter(fault.vector));
					Debug.leaves(cpu, cpu.systemFlags, 0);
				} else {
					Interrupts.deliverFault(cpu, fault);
				}
			}
		} catch (GuestFault again) {
			if (again.vector >= 0) {
				// Only the precise execution above gets here: an ordinary exception of that instruction
				handle(again);
			}
		}
	}

	private long parameter(int vector) {
		return switch (vector) {
			case Vector.PF -> cpu.cr2;
			case Vector.DB -> Debug.GENERAL_DETECT;
			default -> 0;
		};
	}

	private void attend() {
		int attention = cpu.attention;
		if ((attention & Cpu.ATTENTION_REQUEST) != 0) {
			cpu.requests.answer();
		} else if ((attention & Cpu.ATTENTION_STOP) != 0) {
			cpu.clearAttention(Cpu.ATTENTION_STOP);
			cpu.exit.kind = Exit.Kind.REQUESTED;
		} else if (!deliverPending() && cpu.attention != 0) {
			execute();
		}
	}

	/** Delivers what the last instruction is to be trapped for, or an interrupt if one is deliverable. @return true if it did */
	private boolean deliverPending() {
		if (cpu.pendingDebug != 0 && !cpu.debugShadow()) {
			long traps = cpu.pendingDebug;
			cpu.pendingDebug = 0;
			deliverDebug(traps);
			return true;
		}
		if ((cpu.attention & Cpu.ATTENTION_INTERRUPT) == 0 || cpu.interruptShadow()) {
			return false;
		}
		cpu.clearAttention(Cpu.ATTENTION_INTERRUPT);
		doubtAfterCalls();
		cpu.precise = true;
		if (!cpu.nmiMasked && cpu.platform.takeNmi()) {
			cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
			interrupts++;
			Interrupts.deliverNmi(cpu);
			return true;
		}
		if ((cpu.systemFlags & Flag.IF) == 0) {
			cpu.interruptHeld = true;
			return false;
		}
		int vector = cpu.platform.acknowledgeInterrupt();
		if (vector < 0) {
			return false;
		}
		// A second one may be waiting behind it
		cpu.interruptHeld = true;
		interrupts++;
		Interrupts.deliverInterrupt(cpu, vector);
		if ((cpu.systemFlags & Flag.IF) != 0) {
			cpu.interruptsEnabled();
		}
		return true;
	}

	/** Executes one instruction in the precise tier, debug conditions included. */
	private void execute() {
		cpu.precise = true;
		long breakpoints = cpu.debugShadow() ? 0 : Debug.instructionBreakpoints(cpu);
		if (breakpoints != 0) {
			deliverDebug(breakpoints);
			return;
		}
		if (!Debug.needsPrecise(cpu)) {
			cpu.clearAttention(Cpu.ATTENTION_PRECISE);
		}
		builder.fetch(cpu.rip, scratch);
		cpu.nextRip = scratch.address + scratch.length;
		long shadowed = cpu.shadowedRip;
		long flagsBefore = cpu.systemFlags;
		long heldBack = cpu.pendingDebug;
		try {
			HANDLERS[scratch.opcode.ordinal()].execute(cpu, scratch);
		} catch (GuestFault fault) {
			if (fault.vector == GuestFault.EXIT) {
				Debug.leaves(cpu, flagsBefore, heldBack);
			}
			throw fault;
		} finally {
			cache.announceWrites();
		}
		cpu.rip = cpu.nextRip;
		// One that the VMM completes counts as executed too
		stepped++;
		if (cpu.exit.kind == Exit.Kind.NONE || cpu.exit.kind == Exit.Kind.HALT) {
			if (cpu.shadowedRip == shadowed) {
				cpu.endShadow();
			}
			long traps = Debug.afterInstruction(cpu, scratch, flagsBefore);
			if (traps != 0) {
				deliverDebug(traps);
			}
		} else {
			Debug.leaves(cpu, flagsBefore, heldBack);
		}
	}

	private void deliverDebug(long bits) {
		if (intercepted(Vector.DB)) {
			leave(Vector.DB, 0, false, bits);
		} else {
			Interrupts.deliverDebug(cpu, bits);
		}
	}

	private boolean intercepted(int vector) {
		return (cpu.interceptedExceptions >>> vector & 1) != 0;
	}

	private void leave(int vector, int errorCode, boolean hasErrorCode, long parameter) {
		Exit exit = cpu.exit;
		exit.kind = Exit.Kind.EXCEPTION;
		exit.vector = vector;
		exit.errorCode = errorCode;
		exit.hasErrorCode = hasErrorCode;
		exit.parameter = parameter;
		exit.software = false;
		exit.traps = 0;
	}
}
