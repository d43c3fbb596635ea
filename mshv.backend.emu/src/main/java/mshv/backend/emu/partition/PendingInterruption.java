package mshv.backend.emu.partition;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.system.EventType;
import mshv.backend.emu.exec.system.Interrupts;

/** The register PENDING_INTERRUPTION (HV_X64_PENDING_INTERRUPTION_REGISTER): an event that the root injects before the next instruction. */
final class PendingInterruption {
	/** Types of events. */
	static final int INTERRUPT = 0, NMI = 2, EXCEPTION = 3, SOFTWARE_INTERRUPT = 4, PRIVILEGED_SOFTWARE_EXCEPTION = 5,
		SOFTWARE_EXCEPTION = 6;

	private static final long PENDING = 1;
	private static final long RESERVED = 0xFC00;
	private static final long NESTED = 1 << 9;
	private static final int DELIVER_ERROR_CODE = 1 << 4;

	private PendingInterruption() {}

	/** @return true if the register can have this value */
	static boolean valid(long value) {
		if ((value & PENDING) == 0) {
			return true;
		}
		int type = type(value);
		long vector = vector(value);
		boolean fits = switch (type) {
			case INTERRUPT, SOFTWARE_INTERRUPT -> vector < 256;
			case NMI -> vector == Vector.NMI;
			case EXCEPTION, PRIVILEGED_SOFTWARE_EXCEPTION, SOFTWARE_EXCEPTION -> vector < 32;
			default -> false;
		};
		return fits && (value & (RESERVED | NESTED)) == 0;
	}

	/** @return the register's value for the event that the exit kept from being delivered */
	static long of(Exit exit) {
		return PENDING | exit.eventType << 1 | (exit.eventHasErrorCode ? DELIVER_ERROR_CODE : 0) | exit.eventLength << 5
			| exit.eventVector << 16 | (long) exit.eventErrorCode << 32;
	}

	static boolean pending(long value) {
		return (value & PENDING) != 0;
	}

	private static int type(long value) {
		return (int) value >> 1 & 7;
	}

	private static int vector(long value) {
		return (int) (value >>> 16) & 0xFFFF;
	}

	/** @return true if a debug exception that is due comes before it: for interrupts */
	static boolean yields(long value) {
		return type(value) == INTERRUPT || type(value) == NMI;
	}

	private static boolean isTrap(int vector) {
		return vector == Vector.DB || vector == Vector.BP || vector == Vector.OF;
	}

	/** Delivers the event; throws the exit that stands in its way. */
	static void deliver(Cpu cpu, long value) {
		EventType type = switch (type(value)) {
			case INTERRUPT -> EventType.EXTERNAL_INTERRUPT;
			case NMI -> EventType.NMI;
			case EXCEPTION -> isTrap(vector(value)) ? EventType.TRAP : EventType.FAULT;
			case SOFTWARE_INTERRUPT -> EventType.SOFTWARE_INTERRUPT;
			case PRIVILEGED_SOFTWARE_EXCEPTION -> EventType.PRIVILEGED_SOFTWARE_EXCEPTION;
			default -> EventType.SOFTWARE_EXCEPTION;
		};
		if (type == EventType.FAULT) {
			// As after a fault of the instruction itself
			cpu.pendingDebug = 0;
		}
		cpu.nextRip = cpu.rip + (value >>> 5 & 15);
		Interrupts.deliver(cpu, vector(value), type, (int) (value >>> 32), (value & DELIVER_ERROR_CODE) != 0);
	}
}
