package mshv.backend.emu.partition;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.backend.emu.Root;

/** 128 KiB of guest memory for 64-bit mode: a GDT at 0x2000, an IDT at 0x3000, stacks below 0x7000, page tables from 0x8000 on. */
final class LongModeMemory {
	private static final int PAGES = 32;
	private static final int GDT = 0x2000, IDT = 0x3000, STACK = 0x7000, STACK_SIZE = 0x800;

	private final Root root;
	private final long partition;
	private final MemorySegment segment;

	/** Memory from guest-physical address 0 on. */
	LongModeMemory(Root root, long partition) {
		this.root = root;
		this.partition = partition;
		segment = root.map(partition, 0, PAGES);
		segment.set(JAVA_LONG, GDT + 8, 0x00AF9B000000FFFFL);
		segment.set(JAVA_LONG, GDT + 16, 0x00CF93000000FFFFL);
	}

	/** @return all of it */
	MemorySegment segment() {
		return segment;
	}

	/** Puts a processor into 64-bit mode. */
	void enter(int vp, long rip) {
		root.flat64(partition, vp, segment, rip);
		root.set(partition, vp, Register.RSP, STACK - STACK_SIZE * vp);
		root.set(partition, vp, Register.GDTR, RegisterValue.table(GDT, 0x17));
		root.set(partition, vp, Register.IDTR, RegisterValue.table(IDT, 0xFFF));
	}

	/** Writes code. @param hex digits, with spaces where they help */
	void code(long at, String hex) {
		byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
		MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, at, bytes.length);
	}

	/** Sets an interrupt gate. @param handler its address, below 64 KiB */
	void gate(int vector, long handler) {
		segment.set(JAVA_LONG, IDT + 16L * vector, handler & 0xFFFF | 0x8E0000080000L);
		segment.set(JAVA_LONG, IDT + 16L * vector + 8, 0);
	}
}
