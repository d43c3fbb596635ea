package mshv.backend.emu.partition;

import mshv.api.HvStatus;
import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.system.Debug;

/** Names 0x00010000 to 0x0001FFFF: what is about to be delivered, and what holds delivery back. */
final class EventRegisters {
	static final int DELIVERABILITY_NOTIFICATIONS = 0x10006;
	private static final int PENDING_INTERRUPTION = 0x10002, INTERRUPT_STATE = 0x10003, PENDING_EVENT0 = 0x10004, PENDING_EVENT1 = 0x10005,
		PENDING_DEBUG_EXCEPTION = 0x10007;
	/** In PENDING_DEBUG_EXCEPTION: bits 0 to 3 are those of DR6, and this is DR6.BS. */
	private static final long SINGLE_STEP = 1 << 4;

	private final VirtualProcessor processor;
	private final Cpu cpu;
	private final DeliverabilityNotifications notifications;
	private final RegisterBits bits;

	EventRegisters(VirtualProcessor processor, Cpu cpu, DeliverabilityNotifications notifications, RegisterBits bits) {
		this.processor = processor;
		this.cpu = cpu;
		this.notifications = notifications;
		this.bits = bits;
	}

	boolean read(int name) {
		switch (name) {
			case PENDING_INTERRUPTION -> bits.low = processor.execution().pendingInterruption();
			case INTERRUPT_STATE -> bits.low = interruptState();
			case PENDING_EVENT0, PENDING_EVENT1 -> bits.low = 0;
			case DELIVERABILITY_NOTIFICATIONS -> bits.low = notifications.register();
			case PENDING_DEBUG_EXCEPTION -> bits.low = pendingDebugException();
			default -> {
				return false;
			}
		}
		return true;
	}

	private long pendingDebugException() {
		processor.execution().countIterations();
		return cpu.pendingDebug & Debug.BREAKPOINTS | ((cpu.pendingDebug & Debug.SINGLE_STEP) != 0 ? SINGLE_STEP : 0);
	}

	/** @return INTERRUPT_STATE */
	long interruptState() {
		return (cpu.interruptShadow() ? 1 : 0) | (cpu.nmiMasked ? 2 : 0);
	}

	HvStatus write(int name, long low, long high) {
		switch (name) {
			case PENDING_INTERRUPTION -> {
				return RegisterBits.accepted(processor.execution().setPendingInterruption(low));
			}
			case INTERRUPT_STATE -> {
				if ((low & ~3L) != 0) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				if ((low & 1) == 0) {
					cpu.endShadow();
				} else if (!cpu.interruptShadow()) {
					cpu.shadowedRip = cpu.rip;
					cpu.stackShadow = false;
				}
				cpu.nmiMasked = (low & 2) != 0;
				cpu.requestAttention(Cpu.ATTENTION_INTERRUPT);
				return HvStatus.SUCCESS;
			}
			case PENDING_EVENT0 -> {
				return writePendingEvent(low, high);
			}
			case PENDING_EVENT1 -> {
				return RegisterBits.accepted(low == 0 && high == 0);
			}
			case DELIVERABILITY_NOTIFICATIONS -> {
				return notifications.setRegister(low) ? HvStatus.SUCCESS : HvStatus.INVALID_PARAMETER;
			}
			case PENDING_DEBUG_EXCEPTION -> {
				if ((low & ~(Debug.BREAKPOINTS | SINGLE_STEP)) != 0) {
					return HvStatus.INVALID_REGISTER_VALUE;
				}
				processor.execution().countIterations();
				Debug.makePending(cpu, low & Debug.BREAKPOINTS | ((low & SINGLE_STEP) != 0 ? Debug.SINGLE_STEP : 0));
				return HvStatus.SUCCESS;
			}
			default -> {
				return HvStatus.INVALID_PARAMETER;
			}
		}
	}

	/** An exception to raise: it becomes the pending interruption. */
	private HvStatus writePendingEvent(long low, long high) {
		if ((low & 1) == 0) {
			return RegisterBits.accepted(low == 0 && high == 0);
		}
		if ((low & 0xFEFEL) != 0) {
			return HvStatus.INVALID_REGISTER_VALUE;
		}
		long vector = low >>> 16 & 0xFFFF;
		long errorCode = (low >>> 8 & 1) << 4;
		if (!processor.execution().setPendingInterruption(1 | PendingInterruption.EXCEPTION << 1 | errorCode | vector << 16 | low >>> 32 << 32)) {
			return HvStatus.INVALID_REGISTER_VALUE;
		}
		if (vector == Vector.PF) {
			cpu.cr2 = high;
		}
		return HvStatus.SUCCESS;
	}
}
