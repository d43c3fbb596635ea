package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;

/** What is read from the current task-state segment outside task switches: inner stacks and the I/O permission bitmap. */
final class TaskState {
	private static final int IO_MAP_BASE = 102;
	private static final int FIRST_INTERRUPT_STACK = 0x24;

	private TaskState() {}

	/**
	 * SS:ESP of an inner privilege level.
	 *
	 * @param selector new SS
	 * @param raw its descriptor, checked
	 * @param pointer new ESP
	 */
	record InnerStack(int selector, long raw, long pointer) {
		PushStack begin(Cpu cpu, int ext) {
			return PushStack.in(cpu, raw, pointer, selector & 0xFFFC | ext);
		}
	}

	/** Reads and checks the stack of a privilege level outside long mode (Intel SDM vol. 3, 5.8.5.1 and 6.12.1).
	 * @param ext EXT bit of error codes */
	static InnerStack innerStack(Cpu cpu, int privilege, int ext) {
		Segment tr = cpu.segments[Segment.TR];
		boolean wide = (tr.attributes & 8) != 0;
		int offset = wide ? 4 + 8 * privilege : 2 + 4 * privilege;
		if (!tr.present() || offset + (wide ? 5 : 3) > tr.limit) {
			throw DescriptorTables.refuse(cpu, Vector.TS, tr.selector, ext);
		}
		int size = wide ? 4 : 2;
		long pointer = SystemMemory.read(cpu, tr.base + offset, size);
		int selector = (int) SystemMemory.read(cpu, tr.base + offset + size, 2);
		if (DescriptorTables.isNull(selector)) {
			throw DescriptorTables.refuse(cpu, Vector.TS, selector, ext);
		}
		long raw = SegmentLoader.stackDescriptor(cpu, selector, privilege, Vector.TS, ext);
		return new InnerStack(selector, raw, pointer);
	}

	/** @return RSP of a privilege level, long mode */
	static long longStack(Cpu cpu, int privilege, int ext) {
		return longPointer(cpu, 4 + 8 * privilege, ext);
	}

	/** @param number 1 to 7
	 * @return pointer of the interrupt stack table, long mode */
	static long interruptStack(Cpu cpu, int number, int ext) {
		return longPointer(cpu, FIRST_INTERRUPT_STACK + 8 * (number - 1), ext);
	}

	private static long longPointer(Cpu cpu, int offset, int ext) {
		Segment tr = cpu.segments[Segment.TR];
		if (!tr.present() || offset + 7 > tr.limit) {
			throw DescriptorTables.refuse(cpu, Vector.TS, tr.selector, ext);
		}
		long pointer = SystemMemory.read(cpu, tr.base + offset, 8);
		if (!Privilege.canonical(pointer)) {
			throw cpu.raise(Vector.SS, ext);
		}
		return pointer;
	}

	/** @return true if the I/O permission bitmap allows an access (Intel SDM vol. 1, 19.5.2) */
	static boolean allowsPorts(Cpu cpu, int port, int size) {
		Segment tr = cpu.segments[Segment.TR];
		if (!tr.present() || (tr.attributes & 8) == 0 || tr.limit < IO_MAP_BASE + 1) {
			return false;
		}
		long offset = SystemMemory.read(cpu, tr.base + IO_MAP_BASE, 2) + (port >> 3);
		// The processor always reads two bytes of the map.
		if (offset + 1 > tr.limit) {
			return false;
		}
		long map = SystemMemory.read(cpu, tr.base + offset, 2) >>> (port & 7);
		return (map & (1 << size) - 1) == 0;
	}
}
