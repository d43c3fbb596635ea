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
		table.add(Opcode.PADDB, halves(Lanes::paddb));
		table.add(Opcode.PADDW, halves(Lanes::paddw));
		table.add(Opcode.PADDD, halves(Lanes::paddd));
		table.add(Opcode.PADDQ, halves(Lanes::paddq));
		table.add(Opcode.PSUBB, halves(Lanes::psubb));
		table.add(Opcode.PSUBW, halves(Lanes::psubw));
		table.add(Opcode.PSUBD, halves(Lanes::psubd));
		table.add(Opcode.PSUBQ, halves(Lanes::psubq));
		table.add(Opcode.PAVGB, halves(Lanes::pavgb));
		table.add(Opcode.PAVGW, halves(Lanes::pavgw));
		table.add(Opcode.PSADBW, halves(Lanes::psadbw));
	}

	private static void saturating(HandlerTable table) {
		table.add(Opcode.PADDSB, halves(Lanes::paddsb));
		table.add(Opcode.PADDSW, halves(Lanes::paddsw));
		table.add(Opcode.PADDUSB, halves(Lanes::paddusb));
		table.add(Opcode.PADDUSW, halves(Lanes::paddusw));
		table.add(Opcode.PSUBSB, halves(Lanes::psubsb));
		table.add(Opcode.PSUBSW, halves(Lanes::psubsw));
		table.add(Opcode.PSUBUSB, halves(Lanes::psubusb));
		table.add(Opcode.PSUBUSW, halves(Lanes::psubusw));
	}

	private static void comparisons(HandlerTable table) {
		table.add(Opcode.PCMPEQB, halves(Lanes::pcmpeqb));
		table.add(Opcode.PCMPEQW, halves(Lanes::pcmpeqw));
		table.add(Opcode.PCMPEQD, halves(Lanes::pcmpeqd));
		table.add(Opcode.PCMPGTB, halves(Lanes::pcmpgtb));
		table.add(Opcode.PCMPGTW, halves(Lanes::pcmpgtw));
		table.add(Opcode.PCMPGTD, halves(Lanes::pcmpgtd));
		table.add(Opcode.PMAXSW, halves(Lanes::pmaxsw));
		table.add(Opcode.PMINSW, halves(Lanes::pminsw));
		table.add(Opcode.PMAXUB, halves(Lanes::pmaxub));
		table.add(Opcode.PMINUB, halves(Lanes::pminub));
	}

	private static void products(HandlerTable table) {
		table.add(Opcode.PMULLW, halves(Lanes::pmullw));
		table.add(Opcode.PMULHW, halves(Lanes::pmulhw));
		table.add(Opcode.PMULHUW, halves(Lanes::pmulhuw));
		table.add(Opcode.PMULUDQ, halves(Lanes::pmuludq));
		table.add(Opcode.PMADDWD, halves(Lanes::pmaddwd));
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
