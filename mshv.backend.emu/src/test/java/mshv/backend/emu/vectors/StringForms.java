package mshv.backend.emu.vectors;

import java.util.ArrayList;
import java.util.List;

/** String instructions, alone and repeated. */
final class StringForms {
	private static final int DF = 1 << 10;
	private static final int REPNE = 0xF2;
	private static final int REPE = 0xF3;

	private StringForms() {
	}

	static List<Form> forms() {
		List<Form> forms = new ArrayList<>();
		String[] names = {"MOVS", "CMPS", "STOS", "LODS", "SCAS"};
		int[] opcodes = {0xA4, 0xA6, 0xAA, 0xAC, 0xAE};
		for (int i = 0; i < names.length; i++) {
			Form bytes = new Form(names[i] + " b", opcodes[i]).widths(8).implicitMemory().repeatable().weight(12)
				.finish(StringForms::operands);
			Form words = new Form(names[i] + " v", opcodes[i] + 1).widths(16, 32, 64).implicitMemory().repeatable().weight(24)
				.finish(StringForms::operands);
			boolean twoOperands = i < 2;
			forms.add(twoOperands ? bytes.eitherOperandFirst() : bytes);
			forms.add(twoOperands ? words.eitherOperandFirst() : words);
		}
		return forms;
	}

	private static void operands(CaseBuilder b) {
		Prng prng = b.prng;
		CpuState s = b.state();
		String name = b.form().mnemonic;
		int size = b.width() / 8;
		int count = 1;
		int prefix = 0;
		if (prng.chance(65)) {
			prefix = prng.chance(60) ? REPE : REPNE;
			b.repeat(prefix);
			count = prng.chance(10) ? 0 : 1 + prng.below(prng.chance(30) ? 24 : 6);
			// Whether a count of zero clears the upper half with 32-bit addresses differs between processors.
			s.gpr[CaseBuilder.RCX] = count | (b.address32() && count > 0 ? prng.next() << 32 : 0);
		}
		int length = Math.max(count, 1) * size;
		long source = b.place(length, 1);
		long destination = b.place(length, 1);
		if (prng.chance(15) && name.equals("MOVS")) {
			destination = source + prng.below(17) - 8;
		}
		long last = (s.rflags & DF) != 0 ? length - size : 0;
		if (!name.equals("STOS") && !name.equals("SCAS")) {
			b.pointer(CaseBuilder.RSI, source + last, true);
		}
		if (!name.equals("LODS")) {
			b.pointer(CaseBuilder.RDI, destination + last, false);
		}
		int odd = prng.below(count + 1);
		for (int i = 0; i < count; i++) {
			int at = (s.rflags & DF) != 0 ? length - size * (i + 1) : i * size;
			boolean equal = prefix == REPNE ? i == odd : i != odd;
			if (equal && name.equals("CMPS")) {
				b.poke(destination + at, b.peek(source + at, size), size);
			} else if (equal && name.equals("SCAS")) {
				b.poke(destination + at, s.gpr[CaseBuilder.RAX], size);
			}
		}
	}
}
