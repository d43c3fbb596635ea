package mshv.shell;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;

/** The registers of the instruction set, as a page to read. */
final class RegisterText {
	private static final List<Register> GENERAL = List.of(Register.RAX, Register.RBX, Register.RCX, Register.RDX, Register.RSI,
		Register.RDI, Register.RBP, Register.RSP, Register.R8, Register.R9, Register.R10, Register.R11, Register.R12, Register.R13,
		Register.R14, Register.R15, Register.RIP, Register.RFLAGS);
	private static final List<Register> CONTROL = List.of(Register.CR0, Register.CR2, Register.CR3, Register.CR4, Register.CR8,
		Register.EFER);
	private static final List<Register> SEGMENTS = List.of(Register.CS, Register.SS, Register.DS, Register.ES, Register.FS, Register.GS,
		Register.LDTR, Register.TR);
	private static final List<Register> TABLES = List.of(Register.GDTR, Register.IDTR);
	/** Flags by their bit. */
	private static final String[] FLAGS = {"CF", null, "PF", null, "AF", null, "ZF", "SF", "TF", "IF", "DF", "OF", null, null, "NT", null,
		"RF", "VM", "AC", "VIF", "VIP", "ID"};
	private static final int COLUMNS = 4;

	private final Map<Register, RegisterValue> values = new EnumMap<>(Register.class);

	private RegisterText(VirtualProcessor processor) {
		List<Register> all = new ArrayList<>(GENERAL);
		all.addAll(CONTROL);
		all.addAll(SEGMENTS);
		all.addAll(TABLES);
		List<RegisterValue> read = processor.getRegisters(all);
		for (int i = 0; i < all.size(); i++) {
			values.put(all.get(i), read.get(i));
		}
	}

	static String of(VirtualProcessor processor) {
		return new RegisterText(processor).text();
	}

	private long low(Register register) {
		return values.get(register).low();
	}

	private String text() {
		StringBuilder text = new StringBuilder();
		block(text, GENERAL);
		text.append("  ").append(flags(low(Register.RFLAGS))).append('\n');
		block(text, CONTROL);
		text.append("  ").append(ProcessorModes.name(low(Register.CR0), low(Register.EFER), values.get(Register.CS)));
		text.append("\n        selector  base              limit     attributes");
		for (Register register : SEGMENTS) {
			RegisterValue value = values.get(register);
			text.append("\n%-6s  %04x      %016x  %08x  %04x".formatted(name(register), value.segmentSelector(), value.segmentBase(),
				value.segmentLimit(), value.segmentAttributes()));
		}
		for (Register register : TABLES) {
			RegisterValue value = values.get(register);
			text.append("\n%-6s            %016x  %08x".formatted(name(register), value.tableBase(), value.tableLimit()));
		}
		return text.toString();
	}

	private void block(StringBuilder text, List<Register> registers) {
		for (int i = 0; i < registers.size(); i++) {
			text.append(i == 0 ? "" : i % COLUMNS == 0 ? "\n" : "  ").append("%-6s %016x".formatted(name(registers.get(i)),
				low(registers.get(i))));
		}
	}

	private static String name(Register register) {
		return register.name().toLowerCase(Locale.ROOT);
	}

	private static String flags(long value) {
		List<String> set = new ArrayList<>();
		for (int i = FLAGS.length - 1; i >= 0; i--) {
			if (FLAGS[i] != null && (value >> i & 1) != 0) {
				set.add(FLAGS[i]);
			}
		}
		return "IOPL=" + (value >> 12 & 3) + (set.isEmpty() ? "" : " " + String.join(" ", set));
	}
}
