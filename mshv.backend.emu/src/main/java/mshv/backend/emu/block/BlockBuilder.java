package mshv.backend.emu.block;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.util.ArrayList;
import java.util.List;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.isa.Decoder;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.memory.PhysicalMemory;

/** Decodes guest code into blocks. */
public final class BlockBuilder {
	private final Cpu cpu;
	private final PhysicalMemory memory;
	private final Handler[] handlers;
	private final Decoder decoder = new Decoder();
	private final byte[] bytes = new byte[PhysicalMemory.PAGE_SIZE + Instruction.MAX_LENGTH];
	private long secondPage;

	/** A builder for one processor. @param handlers by the ordinals of their opcodes */
	public BlockBuilder(Cpu cpu, PhysicalMemory memory, Handler[] handlers) {
		this.cpu = cpu;
		this.memory = memory;
		this.handlers = handlers;
	}

	/** Decodes the block at an address whose page may be executed. Raises what fetching its first instruction raises. */
	Block build(long rip, long base, long gpa) {
		secondPage = -1;
		int inPage = (int) (PhysicalMemory.PAGE_SIZE - (gpa & PhysicalMemory.PAGE_SIZE - 1));
		int available = Math.min(inPage, Block.MAX_INSTRUCTIONS * Instruction.MAX_LENGTH);
		RAW.copyOut(host(gpa), bytes, 0, available);
		List<Instruction> instructions = new ArrayList<>();
		int at = 0;
		boolean ended = false;
		while (!ended && instructions.size() < Block.MAX_INSTRUCTIONS && at < available) {
			Instruction i = new Instruction();
			int length = decode(at, available, rip + at, i);
			if (length <= 0 || !withinLimit(rip + at, length)) {
				if (!instructions.isEmpty()) {
					break;
				}
				decodeAlone(rip, base, gpa, i);
			}
			ended = ends(i);
			instructions.add(i);
			at += i.length;
		}
		Instruction last = instructions.getLast();
		long[] code = write(instructions, ended);
		Handler[] own = new Handler[instructions.size()];
		for (int n = 0; n < own.length; n++) {
			own[n] = handlers[instructions.get(n).opcode.ordinal()];
		}
		return new Block(rip, base, cpu.mode, cpu.cpl == 3, gpa, Math.min(at, inPage), secondPage, code,
			instructions.toArray(Instruction[]::new), own, last.immediate);
	}

	private long[] write(List<Instruction> instructions, boolean ended) {
		boolean[] flagsDead = FlagLiveness.deadDefinitions(instructions);
		CodeWriter writer = new CodeWriter(cpu.mode);
		for (int n = 0; n < flagsDead.length; n++) {
			writer.write(instructions.get(n), n, flagsDead[n]);
		}
		if (!ended) {
			writer.fallThrough(flagsDead.length - 1);
		}
		return writer.code();
	}

	/** Fetches and decodes the one instruction at an offset in CS; raises what fetching it raises. */
	public void fetch(long rip, Instruction into) {
		long base = cpu.mode == 64 ? 0 : cpu.segments[Segment.CS].base;
		long gpa = cpu.mmu.fetch(cpu.mode == 64 ? rip : base + rip & 0xFFFFFFFFL);
		int inPage = (int) Math.min(PhysicalMemory.PAGE_SIZE - (gpa & PhysicalMemory.PAGE_SIZE - 1), Instruction.MAX_LENGTH);
		RAW.copyOut(host(gpa), bytes, 0, inPage);
		decodeAlone(rip, base, gpa, into);
	}

	private int decode(int at, int available, long address, Instruction into) {
		return decoder.decode(bytes, at, Math.min(available - at, Instruction.MAX_LENGTH), cpu.mode, address, into);
	}

	private boolean withinLimit(long offset, int length) {
		return cpu.mode == 64 || offset + length - 1 <= cpu.segments[Segment.CS].limit;
	}

	/** Decodes one instruction with nothing but itself in its block: it may go on in the next page, or not be decodable at all. */
	private void decodeAlone(long rip, long base, long gpa, Instruction i) {
		long limit = cpu.mode == 64 ? Long.MAX_VALUE : cpu.segments[Segment.CS].limit;
		if (cpu.mode != 64 && Long.compareUnsigned(rip, limit) > 0) {
			throw cpu.raise(Vector.GP, 0);
		}
		int inPage = (int) Math.min(PhysicalMemory.PAGE_SIZE - (gpa & PhysicalMemory.PAGE_SIZE - 1), Instruction.MAX_LENGTH);
		int length = decode(0, inPage, rip, i);
		if (length == 0 && inPage < Instruction.MAX_LENGTH) {
			long next = cpu.mode == 64 ? rip + inPage : base + rip + inPage & 0xFFFFFFFFL;
			long second = cpu.mmu.fetch(next);
			RAW.copyOut(host(second), bytes, inPage, Instruction.MAX_LENGTH - inPage);
			length = decode(0, Instruction.MAX_LENGTH, rip, i);
			secondPage = second & -PhysicalMemory.PAGE_SIZE;
		}
		if (length <= 0 || cpu.mode != 64 && rip + length - 1 > limit) {
			throw cpu.raise(Vector.GP, 0);
		}
	}

	/** @return the bytes that the last block was decoded from, its first at 0 */
	byte[] bytes() {
		return bytes;
	}

	private long host(long gpa) {
		long entry = memory.entry(gpa >>> PhysicalMemory.PAGE_SHIFT);
		if ((entry & PhysicalMemory.EXECUTE) == 0) {
			// Taken away just now: whoever did will make the processor forget the translation
			throw cpu.leaveFor(GuestFault.RETRY);
		}
		return (entry & PhysicalMemory.HOST) + (gpa & PhysicalMemory.PAGE_SIZE - 1);
	}

	/** @return true if an instruction of this kind leaves the straight line, or may change what the following ones mean */
	static boolean ends(Instruction i) {
		return switch (i.opcode) {
			case CALL, CALL_INDIRECT, JMP, JMP_INDIRECT, JCC, RET, LOOP, LOOPE, LOOPNE, JCXZ, POPF -> true;
			case MOVS, CMPS, STOS, LODS, SCAS -> i.repeat || i.repeatNot;
			default -> i.opcode.group() == Opcode.Group.SYSTEM && !staysInLine(i.opcode);
		};
	}

	private static boolean staysInLine(Opcode opcode) {
		return switch (opcode) {
			case SGDT, SIDT, SLDT, STR, SMSW, LAR, LSL, VERR, VERW, RDTSC, MOV_FROM_SEG, MOV_FROM_CR, RDFSBASE, RDGSBASE -> true;
			default -> false;
		};
	}
}
