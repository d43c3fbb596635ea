package mshv.backend.emu.exec.integer;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FlagKind;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** CMPS and SCAS. A repeated one ends after the element whose ZF is not that of its prefix; the flags are those of that element. */
final class StringComparisons {
	private StringComparisons() {}

	static void register(HandlerTable table) {
		table.add(Opcode.CMPS, StringComparisons::compare);
		table.add(Opcode.SCAS, StringComparisons::scan);
	}

	private static void setFlags(Cpu cpu, int size, long a, long b) {
		long left = Operands.signExtend(a, size);
		long right = Operands.signExtend(b, size);
		Arithmetic.setFlags(cpu, FlagKind.SUB, left, right, Operands.signExtend(left - right, size));
	}

	private static long load(long host, int size) {
		return switch (size) {
			case 1 -> RAW.getByte(host);
			case 2 -> RAW.getShort(host);
			case 4 -> RAW.getInt(host);
			default -> RAW.getLong(host);
		};
	}

	// CMPS

	private static void compare(Cpu cpu, Instruction i) {
		StringLoop.execute(cpu, i, StringComparisons::compareRun, StringComparisons::compareOne, true);
	}

	private static void compareOne(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		// In the order of AMD's processors, which shows when both fault.
		long b;
		try {
			b = cpu.read(cpu.linear(Segment.ES, StringAccess.pointer(cpu, i, Cpu.RDI), size, false), size);
		} catch (GuestFault fault) {
			throw StringAccess.failed(cpu, i, fault, i.segment, Cpu.RSI, false);
		}
		long a = cpu.read(cpu.linear(i.segment, StringAccess.pointer(cpu, i, Cpu.RSI), size, false), size);
		StringAccess.advance(cpu, i, Cpu.RSI, size);
		StringAccess.advance(cpu, i, Cpu.RDI, size);
		setFlags(cpu, size, a, b);
	}

	/** @return number of elements compared, 0 if the next one must go alone */
	private static long compareRun(Cpu cpu, Instruction i, long remaining) {
		int size = i.operandSize;
		int shift = Integer.numberOfTrailingZeros(size);
		long first = StringAccess.pointer(cpu, i, Cpu.RSI);
		long second = StringAccess.pointer(cpu, i, Cpu.RDI);
		// The hosts of the first elements: the run goes up or down from there.
		long addressB = cpu.linear(Segment.ES, second, size, false);
		long hostB = cpu.hostForRead(addressB, size);
		long addressA = cpu.linear(i.segment, first, size, false);
		long hostA = cpu.hostForRead(addressA, size);
		long run = Math.min(StringAccess.run(cpu, i, i.segment, first, addressA, shift),
			StringAccess.run(cpu, i, Segment.ES, second, addressB, shift));
		if (Long.compareUnsigned(remaining, run) < 0) {
			run = remaining;
		}
		if (run == 0 || hostA == 0 || hostB == 0) {
			return 0;
		}
		long step = StringAccess.down(cpu) ? -size : size;
		long last = (run - 1) * step;
		long at = i.repeat && step > 0 ? equalPrefix(hostA, hostB, last) : 0;
		long a = load(hostA + at, size);
		long b = load(hostB + at, size);
		while (at != last && (a == b) == i.repeat) {
			at += step;
			a = load(hostA + at, size);
			b = load(hostB + at, size);
		}
		long elements = at / step + 1;
		StringAccess.advance(cpu, i, Cpu.RSI, elements << shift);
		StringAccess.advance(cpu, i, Cpu.RDI, elements << shift);
		setFlags(cpu, size, a, b);
		return elements;
	}

	/** @return number of bytes, a multiple of eight and at most {@code length}, in which both are the same */
	private static long equalPrefix(long a, long b, long length) {
		long at = 0;
		while (at + 8 <= length && RAW.getLong(a + at) == RAW.getLong(b + at)) {
			at += 8;
		}
		return at;
	}

	// SCAS

	private static void scan(Cpu cpu, Instruction i) {
		StringLoop.execute(cpu, i, StringComparisons::scanRun, StringComparisons::scanOne, true);
	}

	private static void scanOne(Cpu cpu, Instruction i) {
		int size = i.operandSize;
		long b = cpu.read(cpu.linear(Segment.ES, StringAccess.pointer(cpu, i, Cpu.RDI), size, false), size);
		StringAccess.advance(cpu, i, Cpu.RDI, size);
		setFlags(cpu, size, cpu.r[Cpu.RAX], b);
	}

	/** @return number of elements compared, 0 if the next one must go alone */
	private static long scanRun(Cpu cpu, Instruction i, long remaining) {
		int size = i.operandSize;
		int shift = Integer.numberOfTrailingZeros(size);
		long offset = StringAccess.pointer(cpu, i, Cpu.RDI);
		long address = cpu.linear(Segment.ES, offset, size, false);
		long run = StringAccess.run(cpu, i, Segment.ES, offset, address, shift);
		if (Long.compareUnsigned(remaining, run) < 0) {
			run = remaining;
		}
		long host = run == 0 ? 0 : cpu.hostForRead(address, size);
		if (host == 0) {
			return 0;
		}
		long step = StringAccess.down(cpu) ? -size : size;
		long last = (run - 1) * step;
		long a = Operands.signExtend(cpu.r[Cpu.RAX], size);
		long at = 0;
		long b = load(host, size);
		while (at != last && (a == b) == i.repeat) {
			at += step;
			b = load(host + at, size);
		}
		long elements = at / step + 1;
		StringAccess.advance(cpu, i, Cpu.RDI, elements << shift);
		setFlags(cpu, size, a, b);
		return elements;
	}
}
