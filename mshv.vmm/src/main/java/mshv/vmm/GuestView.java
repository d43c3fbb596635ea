package mshv.vmm;

import java.util.List;
import java.util.OptionalLong;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.VirtualProcessor;
import mshv.vmm.memory.GuestRam;

/** What a processor that stands is about to execute, and where an event would take it. Bytes that are not in RAM read as zero. */
final class GuestView {
	/** Least value for INT n. */
	static final int INT = 0x10000;

	/** HV_TRANSLATE_GVA control flag. */
	private static final long PRIVILEGE_EXEMPT = 8;
	private static final int MAX_LENGTH = 15;
	private static final int LONG_MODE = 1 << 10;
	private static final int PROTECTION = 1;
	private static final int CODE_LONG = 1 << 13, DEFAULT_32 = 1 << 14;
	private static final int INTERRUPT_GATE_16 = 6, TRAP_GATE_16 = 7, INTERRUPT_GATE_32 = 14, TRAP_GATE_32 = 15;

	private final VirtualProcessor processor;
	private final GuestRam ram;

	GuestView(VirtualProcessor processor, GuestRam ram) {
		this.processor = processor;
		this.ram = ram;
	}

	private long physical(long linear) {
		Translation translation = processor.translate(linear, PRIVILEGE_EXEMPT);
		return translation.result() == Translation.Result.SUCCESS && ram.contains(translation.guestAddress(), 1)
			? translation.guestAddress() : -1;
	}

	private long read(long linear, int size) {
		long value = 0;
		for (int i = size - 1; i >= 0; i--) {
			long at = physical(linear + i);
			value = value << 8 | (at < 0 ? 0 : ram.readValue(at, 1));
		}
		return value;
	}

	private RegisterValue register(Register name) {
		return processor.getRegisters(List.of(name)).getFirst();
	}

	private boolean is64Bit(RegisterValue code) {
		return (processor.getRegister(Register.EFER) & LONG_MODE) != 0 && (code.segmentAttributes() & CODE_LONG) != 0;
	}

	/** @return opcode of the next instruction: one byte; 0x0F00 and the second byte; for INT n {@link #INT} + n */
	int opcode() {
		RegisterValue code = register(Register.CS);
		boolean wide = is64Bit(code);
		long at = (wide ? 0 : code.segmentBase()) + processor.getRegister(Register.RIP);
		for (int i = 0; i < MAX_LENGTH; i++) {
			int b = (int) read(at + i, 1);
			boolean prefix = switch (b) {
				case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3 -> true;
				default -> wide && b >>> 4 == 4;
			};
			if (!prefix) {
				return switch (b) {
					case 0x0F -> 0x0F00 | (int) read(at + i + 1, 1);
					case 0xCD -> INT + (int) read(at + i + 1, 1);
					default -> b;
				};
			}
		}
		return 0;
	}

	/** Clears bits of the byte pair on top of the stack. */
	void clearOnStack(long bits) {
		RegisterValue stack = register(Register.SS);
		long pointer = processor.getRegister(Register.RSP);
		if (!is64Bit(register(Register.CS))) {
			pointer = stack.segmentBase() + (pointer & ((stack.segmentAttributes() & DEFAULT_32) != 0 ? 0xFFFFFFFFL : 0xFFFF)) & 0xFFFFFFFFL;
		}
		for (int i = 0; i < 2; i++) {
			long at = physical(pointer + i);
			if (at >= 0) {
				ram.writeValue(at, 1, ram.readValue(at, 1) & ~(bits >>> 8 * i));
			}
		}
	}

	/** @return linear address of the code that handles a vector; empty if that cannot be told */
	OptionalLong handler(int vector) {
		long table = register(Register.IDTR).tableBase();
		if ((processor.getRegister(Register.CR0) & PROTECTION) == 0) {
			long target = read(table + 4L * vector, 4);
			return OptionalLong.of((target >>> 16 << 4) + (target & 0xFFFF));
		}
		boolean longMode = (processor.getRegister(Register.EFER) & LONG_MODE) != 0;
		long entry = table + (longMode ? 16L : 8L) * vector;
		long gate = read(entry, 8);
		long offset = gate & 0xFFFF | gate >>> 48 << 16;
		if (longMode) {
			return OptionalLong.of(offset | read(entry + 8, 4) << 32);
		}
		int selector = (int) (gate >>> 16) & 0xFFFF;
		if ((selector & 4) != 0) {
			return OptionalLong.empty();
		}
		long descriptor = read(register(Register.GDTR).tableBase() + (selector & ~7), 8);
		long base = descriptor >>> 16 & 0xFFFFFF | descriptor >>> 56 << 24;
		return switch ((int) (gate >>> 40) & 0x1F) {
			case INTERRUPT_GATE_16, TRAP_GATE_16 -> OptionalLong.of(base + (offset & 0xFFFF) & 0xFFFFFFFFL);
			case INTERRUPT_GATE_32, TRAP_GATE_32 -> OptionalLong.of(base + offset & 0xFFFFFFFFL);
			default -> OptionalLong.empty();
		};
	}
}
