package mshv.backend.emu.exec.integer;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** MOVS, STOS and LODS. Either repeat prefix repeats them. */
final class StringMoves {
	private StringMoves() {}

	static void register(HandlerTable table) {
		table.add(Opcode.MOVS, StringMoves::move);
		table.add(Opcode.STOS, StringMoves::store);
		table.add(Opcode.LODS, StringMoves::load);
	}

	// MOVS

	private static void move(Cpu cpu, Instruction i) {
		StringLoop.execute(cpu, i, StringMoves::moveRun, StringMoves::moveOne, false);
	}

	private static void moveOne(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long from = cpu.linear(i.segment, StringAccess.pointer(cpu, i, Cpu.RSI), size, false);
		long value;
		try {
			value = cpu.read(from, size);
		} catch (GuestFault fault) {
			throw StringAccess.failed(cpu, i, fault, Segment.ES, Cpu.RDI, true);
		}
		cpu.write(cpu.linear(Segment.ES, StringAccess.pointer(cpu, i, Cpu.RDI), size, true), size, value);
		StringAccess.advance(cpu, i, Cpu.RSI, size);
		StringAccess.advance(cpu, i, Cpu.RDI, size);
	}

	/** @return number of elements moved, 0 if the next one must go alone */
	private static long moveRun(Cpu cpu, Instruction i, long remaining) {
		int size = i.operandSize;
		int shift = Integer.numberOfTrailingZeros(size);
		long source = StringAccess.pointer(cpu, i, Cpu.RSI);
		long target = StringAccess.pointer(cpu, i, Cpu.RDI);
		long from = cpu.linear(i.segment, source, size, false);
		long to = cpu.linear(Segment.ES, target, size, true);
		long run = Math.min(StringAccess.run(cpu, i, i.segment, source, from, shift),
			StringAccess.run(cpu, i, Segment.ES, target, to, shift));
		if (Long.compareUnsigned(remaining, run) < 0) {
			run = remaining;
		}
		if (run == 0) {
			return 0;
		}
		long bytes = run << shift;
		long hostFrom = StringAccess.hostForRead(cpu, from, size, bytes);
		long hostTo = hostFrom == 0 ? 0 : StringAccess.hostForWrite(cpu, to, size, bytes);
		if (hostTo == 0) {
			return 0;
		}
		copy(hostFrom, hostTo, size, bytes, StringAccess.down(cpu));
		StringAccess.advance(cpu, i, Cpu.RSI, bytes);
		StringAccess.advance(cpu, i, Cpu.RDI, bytes);
		return run;
	}

	/** Copies element by element, as far as that differs from copying all at once: a target shortly ahead repeats the source. */
	private static void copy(long from, long to, int size, long bytes, boolean down) {
		long ahead = down ? from - to : to - from;
		if (ahead <= 0 || ahead >= bytes) {
			RAW.copy(from, to, bytes);
		} else if (down) {
			for (long at = bytes - size; at >= 0; at -= size) {
				copyElement(from + at, to + at, size);
			}
		} else {
			for (long at = 0; at < bytes; at += size) {
				copyElement(from + at, to + at, size);
			}
		}
	}

	private static void copyElement(long from, long to, int size) {
		switch (size) {
			case 1 -> RAW.putByte(to, RAW.getByte(from));
			case 2 -> RAW.putShort(to, RAW.getShort(from));
			case 4 -> RAW.putInt(to, RAW.getInt(from));
			default -> RAW.putLong(to, RAW.getLong(from));
		}
	}

	// STOS

	private static void store(Cpu cpu, Instruction i) {
		StringLoop.execute(cpu, i, StringMoves::storeRun, StringMoves::storeOne, false);
	}

	private static void storeOne(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		cpu.write(cpu.linear(Segment.ES, StringAccess.pointer(cpu, i, Cpu.RDI), size, true), size, cpu.r[Cpu.RAX]);
		StringAccess.advance(cpu, i, Cpu.RDI, size);
	}

	/** @return number of elements stored, 0 if the next one must go alone */
	private static long storeRun(Cpu cpu, Instruction i, long remaining) {
		int size = i.operandSize;
		int shift = Integer.numberOfTrailingZeros(size);
		long target = StringAccess.pointer(cpu, i, Cpu.RDI);
		long to = cpu.linear(Segment.ES, target, size, true);
		long run = StringAccess.run(cpu, i, Segment.ES, target, to, shift);
		if (Long.compareUnsigned(remaining, run) < 0) {
			run = remaining;
		}
		if (run == 0) {
			return 0;
		}
		long bytes = run << shift;
		long host = StringAccess.hostForWrite(cpu, to, size, bytes);
		if (host == 0) {
			return 0;
		}
		fill(host, size, bytes, cpu.r[Cpu.RAX]);
		StringAccess.advance(cpu, i, Cpu.RDI, bytes);
		return run;
	}

	private static void fill(long host, int size, long bytes, long value) {
		long pattern = switch (size) {
			case 1 -> (value & 0xFF) * 0x0101_0101_0101_0101L;
			case 2 -> (value & 0xFFFF) * 0x0001_0001_0001_0001L;
			case 4 -> (value & 0xFFFFFFFFL) * 0x0000_0001_0000_0001L;
			default -> value;
		};
		if (pattern == Long.rotateLeft(pattern, 8)) {
			RAW.fill(host, bytes, (byte) value);
			return;
		}
		long at = 0;
		for (; at + 8 <= bytes; at += 8) {
			RAW.putLong(host + at, pattern);
		}
		// Elements divide eight bytes, so the rest begins with the pattern again.
		for (; at < bytes; at++) {
			RAW.putByte(host + at, (byte) pattern);
			pattern >>>= 8;
		}
	}

	// LODS

	private static void load(Cpu cpu, Instruction i) {
		StringLoop.execute(cpu, i, StringMoves::loadRun, StringMoves::loadOne, false);
	}

	private static void loadOne(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long from = cpu.linear(i.segment, StringAccess.pointer(cpu, i, Cpu.RSI), size, false);
		Operands.writeRegister(cpu, Cpu.RAX, size, cpu.read(from, size));
		StringAccess.advance(cpu, i, Cpu.RSI, size);
	}

	/** Repeating a load is of no use: only the last one shows. */
	private static long loadRun(Cpu cpu, Instruction i, long remaining) {
		return 0;
	}
}
