package mshv.shell.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import mshv.shell.text.Table;

/**
 * A local APIC as a processor's state block has it (HV_X64_INTERRUPT_CONTROLLER_STATE).
 *
 * @param registers 44 fields of 32 bits
 */
public record LocalApicState(List<Integer> registers) {
	private static final int FIELDS = 44;
	/** Fields by their index. */
	private static final int ID = 0, VERSION = 1, LDR = 2, DFR = 3, SPURIOUS = 4, ISR = 5, TMR = 13, IRR = 21, ERROR_STATUS = 29,
		ICR_HIGH = 30, ICR_LOW = 31, LVT_TIMER = 32, INITIAL_COUNT = 40, CURRENT_COUNT = 41, DIVIDE = 42;
	private static final String[] LVT_NAMES = {"timer", "thermal", "performance", "LINT0", "LINT1", "error", "CMCI"};
	/** By delivery mode. */
	private static final String[] MODES = {"fixed", "lowest", "SMI", "3", "NMI", "INIT", "start-up", "ExtINT"};
	private static final String[] TIMER_MODES = {"one-shot", "periodic", "TSC deadline", "3"};

	/** @param block as {@link mshv.api.VirtualProcessor#getState} gives it */
	public static LocalApicState of(byte[] block) {
		ByteBuffer buffer = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
		List<Integer> fields = new ArrayList<>();
		for (int i = 0; i < FIELDS; i++) {
			fields.add(buffer.getInt());
		}
		return new LocalApicState(fields);
	}

	/** @return everything, as tables */
	public String text() {
		Table registers = new Table("REGISTER", "VALUE", "MEANING");
		registers.row("id", hex(ID), "").row("version", hex(VERSION), "").row("logical destination", hex(LDR), "")
			.row("destination format", hex(DFR), "")
			.row("spurious", hex(SPURIOUS), (field(SPURIOUS) & 0x100) != 0 ? "enabled, vector " + (field(SPURIOUS) & 0xFF) : "disabled")
			.row("error status", hex(ERROR_STATUS), "")
			.row("interrupt command", "%08x:%08x".formatted(field(ICR_HIGH), field(ICR_LOW)), "");
		for (int i = 0; i < LVT_NAMES.length; i++) {
			registers.row("LVT " + LVT_NAMES[i], hex(LVT_TIMER + i), entry(field(LVT_TIMER + i), i == 0));
		}
		registers.row("timer initial count", hex(INITIAL_COUNT), "").row("timer current count", hex(CURRENT_COUNT), "")
			.row("timer divide", hex(DIVIDE), "");
		return registers + "\nrequested:  " + vectors(IRR) + "\nin service: " + vectors(ISR) + "\nlevel:      " + vectors(TMR);
	}

	private int field(int index) {
		return registers.get(index);
	}

	private String hex(int index) {
		return "%08x".formatted(field(index));
	}

	private static String entry(int value, boolean timer) {
		return ((value & 0x10000) != 0 ? "masked" : "vector " + (value & 0xFF))
			+ ", " + (timer ? TIMER_MODES[value >> 17 & 3] : MODES[value >> 8 & 7]);
	}

	private String vectors(int first) {
		List<String> set = new ArrayList<>();
		for (int vector = 0; vector < 256; vector++) {
			if ((field(first + vector / 32) >> vector % 32 & 1) != 0) {
				set.add(Integer.toString(vector));
			}
		}
		return set.isEmpty() ? "none" : String.join(" ", set);
	}
}
