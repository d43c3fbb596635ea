package mshv.backend.emu.partition;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.api.abi.RegisterPage;
import mshv.backend.emu.apic.DeliveryMode;
import mshv.backend.emu.apic.LocalApic;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;

/** Keeps a processor and its register page ({@link RegisterPage}) in step; on the way of every exit, so nothing here allocates. */
final class RegisterPageMirror {
	private static final int GENERAL_REGISTERS = 16;
	private static final int SEGMENTS = 6;
	private static final int XMM_LONGS = 12;

	private final VirtualProcessor processor;
	private final Cpu cpu;
	private final long page;

	/** @param page host address of the page */
	RegisterPageMirror(VirtualProcessor processor, Cpu cpu, long page) {
		this.processor = processor;
		this.cpu = cpu;
		this.page = page;
		RAW.putShort(page + RegisterPage.VERSION, (short) 1);
	}

	/** Takes over what the root changed in the page. */
	void load() {
		int dirty = RAW.getInt(page + RegisterPage.DIRTY);
		if (dirty == 0) {
			return;
		}
		RAW.putInt(page + RegisterPage.DIRTY, 0);
		if ((dirty & RegisterPage.DIRTY_GENERAL) != 0) {
			RAW.copyOut(page + RegisterPage.RAX, cpu.r, GENERAL_REGISTERS);
		}
		if ((dirty & RegisterPage.DIRTY_XMM) != 0) {
			RAW.copyOut(page + RegisterPage.XMM0, cpu.xmm, XMM_LONGS);
		}
		if ((dirty & RegisterPage.DIRTY_SEGMENT) != 0) {
			for (int i = 0; i < SEGMENTS; i++) {
				long at = page + RegisterPage.ES + 16 * i;
				SegmentRegisters.setSegment(cpu.segments[i], RAW.getLong(at), RAW.getLong(at + 8));
			}
			processor.execution().contextChanged();
		}
		if ((dirty & RegisterPage.DIRTY_FLAGS) != 0) {
			cpu.setRflags(RAW.getLong(page + RegisterPage.RFLAGS));
			processor.execution().contextChanged();
		}
		if ((dirty & RegisterPage.DIRTY_IP) != 0) {
			processor.execution().moveTo(RAW.getLong(page + RegisterPage.RIP));
		}
	}

	/** The processor runs: the page does not mirror it. */
	void invalidate() {
		RAW.putByte(page + RegisterPage.IS_VALID, (byte) 0);
	}

	/** Writes the processor's registers to the page. */
	void refresh() {
		final Cpu cpu = this.cpu;
		final long page = this.page;
		final Segment[] segments = cpu.segments;
		RAW.copyIn(cpu.r, page + RegisterPage.RAX, GENERAL_REGISTERS);
		RAW.putLong(page + RegisterPage.RIP, cpu.rip);
		RAW.putLong(page + RegisterPage.RFLAGS, cpu.rflags());
		RAW.copyIn(cpu.xmm, page + RegisterPage.XMM0, XMM_LONGS);
		for (int i = 0; i < SEGMENTS; i++) {
			Segment segment = segments[i];
			RAW.putLong(page + RegisterPage.ES + 16 * i, segment.base);
			RAW.putLong(page + RegisterPage.ES + 16 * i + 8, segment.upper);
		}
		RAW.putLong(page + RegisterPage.CR0, cpu.cr0);
		RAW.putLong(page + RegisterPage.CR3, cpu.cr3);
		RAW.putLong(page + RegisterPage.CR4, cpu.cr4);
		RAW.putLong(page + RegisterPage.CR8, cpu.platform.taskPriority());
		RAW.putLong(page + RegisterPage.EFER, cpu.efer);
		RAW.putLong(page + RegisterPage.DR7, cpu.dr[7]);
		RAW.putLong(page + RegisterPage.PENDING_INTERRUPTION, processor.execution().pendingInterruption());
		RAW.putLong(page + RegisterPage.INTERRUPT_STATE, processor.registers().interruptState());
		RAW.putLong(page + RegisterPage.INSTRUCTION_EMULATION_HINTS, 0);
		RAW.putLong(page + RegisterPage.XFEM, processor.registers().xfem());
		RAW.putInt(page + RegisterPage.DIRTY, 0);
		RAW.putByte(page + RegisterPage.IS_VALID, (byte) 1);
	}

	/** Takes the interrupt vectors that the root left in the page: byte 0 says how many. */
	void takeInterruptVectors(LocalApic apic) {
		long at = page + RegisterPage.INTERRUPT_VECTORS;
		long vectors;
		do {
			vectors = RAW.getLong(at);
			if (vectors == 0) {
				return;
			}
		} while (!RAW.compareAndSetLong(at, vectors, 0));
		int count = (int) Math.min(vectors & 0xFF, 7);
		for (int i = 1; i <= count; i++) {
			apic.receive(DeliveryMode.FIXED, (int) (vectors >>> 8 * i) & 0xFF, false);
		}
	}
}
