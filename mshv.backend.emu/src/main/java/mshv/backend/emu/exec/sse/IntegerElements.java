package mshv.backend.emu.exec.sse;

import java.util.function.LongBinaryOperator;

import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.isa.OperandKind;

/** Element-wise integer and bitwise instructions, whose halves do not depend on each other. */
final class IntegerElements {
	private IntegerElements() {}

	static void register(HandlerTable table) {
		sums(table);
		saturating(table);
		comparisons(table);
		products(table);
		bitwise(table);
	}

	private static void sums(HandlerTable table) {
		table.add(Opcode.PADDB, halves(Lanes::addBytes));
		table.add(Opcode.PADDW, halves(Lanes::addWords));
		table.add(Opcode.PADDD, halves(Lanes::addDwords));
		table.add(Opcode.PADDQ, halves((a, b) -> a + b));
		table.add(Opcode.PSUBB, halves(Lanes::subtractBytes));
		table.add(Opcode.PSUBW, halves(Lanes::subtractWords));
		table.add(Opcode.PSUBD, halves(Lanes::subtractDwords));
		table.add(Opcode.PSUBQ, halves((a, b) -> a - b));
		table.add(Opcode.PAVGB, bytes((a, b) -> (a & 0xFF) + (b & 0xFF) + 1 >> 1));
		table.add(Opcode.PAVGW, words((a, b) -> (a & 0xFFFF) + (b & 0xFFFF) + 1 >> 1));
		table.add(Opcode.PSADBW, halves(Lanes::absoluteDifferences));
	}

	private static void saturating(HandlerTable table) {
		table.add(Opcode.PADDSB, bytes((a, b) -> Lanes.saturateByte(a + b)));
		table.add(Opcode.PADDSW, words((a, b) -> Lanes.saturateWord(a + b)));
		table.add(Opcode.PADDUSB, bytes((a, b) -> Lanes.saturateUnsignedByte((a & 0xFF) + (b & 0xFF))));
		table.add(Opcode.PADDUSW, words((a, b) -> Lanes.saturateUnsignedWord((a & 0xFFFF) + (b & 0xFFFF))));
		table.add(Opcode.PSUBSB, bytes((a, b) -> Lanes.saturateByte(a - b)));
		table.add(Opcode.PSUBSW, words((a, b) -> Lanes.saturateWord(a - b)));
		table.add(Opcode.PSUBUSB, bytes((a, b) -> Lanes.saturateUnsignedByte((a & 0xFF) - (b & 0xFF))));
		table.add(Opcode.PSUBUSW, words((a, b) -> Lanes.saturateUnsignedWord((a & 0xFFFF) - (b & 0xFFFF))));
	}

	private static void comparisons(HandlerTable table) {
		table.add(Opcode.PCMPEQB, bytes((a, b) -> a == b ? -1 : 0));
		table.add(Opcode.PCMPEQW, words((a, b) -> a == b ? -1 : 0));
		table.add(Opcode.PCMPEQD, dwords((a, b) -> a == b ? -1 : 0));
		table.add(Opcode.PCMPGTB, bytes((a, b) -> a > b ? -1 : 0));
		table.add(Opcode.PCMPGTW, words((a, b) -> a > b ? -1 : 0));
		table.add(Opcode.PCMPGTD, dwords((a, b) -> a > b ? -1 : 0));
		table.add(Opcode.PMAXSW, words(Math::max));
		table.add(Opcode.PMINSW, words(Math::min));
		table.add(Opcode.PMAXUB, bytes((a, b) -> Math.max(a & 0xFF, b & 0xFF)));
		table.add(Opcode.PMINUB, bytes((a, b) -> Math.min(a & 0xFF, b & 0xFF)));
	}

	private static void products(HandlerTable table) {
		table.add(Opcode.PMULLW, words((a, b) -> a * b));
		table.add(Opcode.PMULHW, words((a, b) -> a * b >> 16));
		table.add(Opcode.PMULHUW, words((a, b) -> (a & 0xFFFF) * (b & 0xFFFF) >>> 16));
		table.add(Opcode.PMULUDQ, halves((a, b) -> (a & 0xFFFFFFFFL) * (b & 0xFFFFFFFFL)));
		table.add(Opcode.PMADDWD, halves(Lanes::multiplyAdd));
	}

	private static void bitwise(HandlerTable table) {
		for (Opcode opcode : new Opcode[] {Opcode.PAND, Opcode.ANDPS, Opcode.ANDPD}) {
			table.add(opcode, halves((a, b) -> a & b));
		}
		for (Opcode opcode : new Opcode[] {Opcode.PANDN, Opcode.ANDNPS, Opcode.ANDNPD}) {
			table.add(opcode, halves((a, b) -> ~a & b));
		}
		for (Opcode opcode : new Opcode[] {Opcode.POR, Opcode.ORPS, Opcode.ORPD}) {
			table.add(opcode, halves((a, b) -> a | b));
		}
		for (Opcode opcode : new Opcode[] {Opcode.PXOR, Opcode.XORPS, Opcode.XORPD}) {
			table.add(opcode, halves((a, b) -> a ^ b));
		}
	}

	private static Handler bytes(Lanes.Element f) {
		return halves((a, b) -> Lanes.bytes(a, b, f));
	}

	private static Handler words(Lanes.Element f) {
		return halves((a, b) -> Lanes.words(a, b, f));
	}

	private static Handler dwords(Lanes.Element f) {
		return halves((a, b) -> Lanes.dwords(a, b, f));
	}

	/** A handler that applies an operation to each 64-bit half of destination and source. */
	private static Handler halves(LongBinaryOperator f) {
		return (cpu, i) -> {
			if (i.destination == OperandKind.MMX) {
				VectorOperands.checkMmx(cpu);
				long source = VectorOperands.mmxSource(cpu, i, 8);
				VectorOperands.writeMmx(cpu, i.destinationRegister, f.applyAsLong(cpu.fpu.significand[i.destinationRegister], source));
			} else {
				VectorOperands.checkSse(cpu);
				int d = 2 * i.destinationRegister;
				long low = VectorOperands.low(cpu, i, true);
				long high = VectorOperands.high(cpu, i);
				cpu.xmm[d] = f.applyAsLong(cpu.xmm[d], low);
				cpu.xmm[d + 1] = f.applyAsLong(cpu.xmm[d + 1], high);
			}
		};
	}
}
