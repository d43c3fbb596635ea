package mshv.backend.emu.apic;

/** The registers of a local APIC as software reaches them, in the xAPIC page or as x2APIC MSRs, and for who saves and restores all of them. */
final class RegisterAccess {
	/** Integrated APIC, six LVT entries, EOI broadcasts can be suppressed. */
	static final int VERSION = 0x14 | 5 << 16 | 1 << 24;

	private final LocalApic apic;

	RegisterAccess(LocalApic apic) {
		this.apic = apic;
	}

	// xAPIC page

	/** @param offset within the page @param size bytes @return the value; 0 where there is no register */
	long readPage(int offset, int size) {
		if ((offset & 15) > 3) {
			return 0;
		}
		int register = offset >> 4;
		if (!readable(register)) {
			apic.error(ErrorStatus.ILLEGAL_REGISTER);
			return 0;
		}
		long value = (register == ApicRegister.ID ? apic.id() << 24 : read(register)) & 0xFFFFFFFFL;
		long shifted = value >>> 8 * (offset & 3);
		return size >= 8 ? shifted : shifted & (1L << 8 * size) - 1;
	}

	/** Only aligned 32-bit writes have an effect. */
	void writePage(int offset, int size, long value) {
		if ((offset & 15) != 0 || size != 4) {
			return;
		}
		int register = offset >> 4;
		int bits = (int) value;
		switch (register) {
			case ApicRegister.EOI -> apic.queue.endOfInterrupt();
			case ApicRegister.LDR -> apic.destination.setLogical(bits);
			case ApicRegister.DFR -> apic.destination.setFormat(bits);
			case ApicRegister.ICR_HIGH -> apic.command.setHigh(bits);
			case ApicRegister.ICR_LOW -> apic.command.sendLow(bits);
			case ApicRegister.ERROR_STATUS -> apic.errors.latch();
			default -> {
				if (writable(register)) {
					write(register, bits);
				} else if (!readable(register)) {
					apic.error(ErrorStatus.ILLEGAL_REGISTER);
				}
			}
		}
	}

	// x2APIC MSRs

	/** @param register MSR index minus 0x800 @return the value, -1 if there is no such register to read */
	long readMsr(int register) {
		if (!apic.x2apic() || !readable(register) || register == ApicRegister.DFR || register == ApicRegister.ICR_HIGH
				|| register == ApicRegister.APR || register == ApicRegister.REMOTE_READ) {
			return -1;
		}
		if (register == ApicRegister.ICR_LOW) {
			// It never has all bits set: -1 is free to mean none
			return apic.command.value();
		}
		return read(register) & 0xFFFFFFFFL;
	}

	/** @return false if there is no such register to write, or a reserved bit is set */
	boolean writeMsr(int register, long value) {
		if (!apic.x2apic()) {
			return false;
		}
		if (register == ApicRegister.ICR_LOW) {
			return apic.command.send64(value);
		}
		long allowed = switch (register) {
			case ApicRegister.TPR, ApicRegister.SELF_IPI -> 0xFF;
			case ApicRegister.EOI, ApicRegister.ERROR_STATUS -> 0;
			case ApicRegister.SPURIOUS -> InterruptQueue.SPURIOUS_BITS;
			case ApicRegister.INITIAL_COUNT -> 0xFFFFFFFFL;
			case ApicRegister.DIVIDE -> 0xB;
			default -> LocalVectorTable.contains(register) ? LocalVectorTable.bits(register) : -1;
		};
		if (allowed < 0 || (value & ~allowed) != 0) {
			return false;
		}
		switch (register) {
			case ApicRegister.EOI -> apic.queue.endOfInterrupt();
			case ApicRegister.ERROR_STATUS -> apic.errors.latch();
			case ApicRegister.SELF_IPI -> apic.command.sendToSelf((int) value);
			default -> write(register, (int) value);
		}
		return true;
	}

	// Both

	private static boolean readable(int register) {
		return switch (register) {
			case ApicRegister.ID, ApicRegister.VERSION, ApicRegister.TPR, ApicRegister.APR, ApicRegister.PPR, ApicRegister.REMOTE_READ,
				ApicRegister.LDR, ApicRegister.DFR, ApicRegister.SPURIOUS, ApicRegister.ERROR_STATUS, ApicRegister.ICR_LOW,
				ApicRegister.ICR_HIGH, ApicRegister.INITIAL_COUNT, ApicRegister.CURRENT_COUNT, ApicRegister.DIVIDE -> true;
			default -> register >= ApicRegister.ISR && register < ApicRegister.ERROR_STATUS || LocalVectorTable.contains(register);
		};
	}

	private static boolean writable(int register) {
		return register == ApicRegister.TPR || register == ApicRegister.SPURIOUS || register == ApicRegister.INITIAL_COUNT
			|| register == ApicRegister.DIVIDE || LocalVectorTable.contains(register);
	}

	private static boolean isVectorSet(int register, int first) {
		return register >= first && register < first + 8;
	}

	/** @return the register in the layout of the present mode, but the id as a number; 0 where there is none */
	int read(int register) {
		return switch (register) {
			case ApicRegister.ID -> apic.id();
			case ApicRegister.VERSION -> VERSION;
			case ApicRegister.TPR -> apic.queue.taskPriority();
			case ApicRegister.APR -> apic.queue.arbitrationPriority();
			case ApicRegister.PPR -> apic.queue.processorPriority();
			case ApicRegister.LDR -> apic.destination.logical();
			case ApicRegister.DFR -> apic.destination.format();
			case ApicRegister.SPURIOUS -> apic.queue.spurious();
			case ApicRegister.ERROR_STATUS -> apic.errors.register();
			case ApicRegister.ICR_LOW -> apic.command.low();
			case ApicRegister.ICR_HIGH -> apic.command.high();
			case ApicRegister.INITIAL_COUNT -> apic.timer.initialCount();
			case ApicRegister.CURRENT_COUNT -> apic.timer.currentCount();
			case ApicRegister.DIVIDE -> apic.timer.divideRegister();
			default -> {
				if (LocalVectorTable.contains(register)) {
					yield apic.lvt.get(register);
				}
				if (isVectorSet(register, ApicRegister.IRR)) {
					yield apic.queue.requested(register - ApicRegister.IRR);
				}
				if (isVectorSet(register, ApicRegister.TMR)) {
					yield apic.queue.levelTriggered(register - ApicRegister.TMR);
				}
				if (isVectorSet(register, ApicRegister.ISR)) {
					yield apic.queue.serviced(register - ApicRegister.ISR);
				}
				yield 0;
			}
		};
	}

	private void write(int register, int value) {
		switch (register) {
			case ApicRegister.TPR -> apic.queue.setTaskPriority(value & 0xFF);
			case ApicRegister.SPURIOUS -> setSpurious(value);
			case ApicRegister.INITIAL_COUNT -> apic.timer.setInitialCount(value);
			case ApicRegister.DIVIDE -> apic.timer.setDivideRegister(value);
			default -> setLocalVector(register, value);
		}
	}

	private void setSpurious(int value) {
		apic.queue.setSpurious(value);
		if (!apic.queue.softwareEnabled()) {
			apic.lvt.mask();
		}
	}

	private void setLocalVector(int register, int value) {
		if (register == ApicRegister.LVT_TIMER) {
			// What has expired did so in the old mode
			apic.timer.poll();
		}
		int entry = apic.lvt.set(register, value, !apic.queue.softwareEnabled());
		if (register == ApicRegister.LVT_TIMER) {
			apic.timer.setMode(LocalVectorTable.timerMode(entry));
		}
	}

	/** Restores one register, without the effects of a write, while the processor stands. */
	void restore(int register, int value) {
		switch (register) {
			case ApicRegister.ID -> apic.destination.restoreId(value);
			case ApicRegister.LDR -> apic.destination.restoreLogical(value);
			case ApicRegister.DFR -> apic.destination.setFormat(value);
			case ApicRegister.SPURIOUS -> apic.queue.restoreSpurious(value);
			case ApicRegister.ERROR_STATUS -> apic.errors.restore(value);
			case ApicRegister.ICR_LOW -> apic.command.restoreLow(value);
			case ApicRegister.ICR_HIGH -> apic.command.restoreHigh(value);
			case ApicRegister.DIVIDE -> apic.timer.setDivideRegister(value);
			default -> {
				if (LocalVectorTable.contains(register)) {
					setLocalVector(register, value);
				} else if (isVectorSet(register, ApicRegister.IRR)) {
					apic.queue.restoreRequested(register - ApicRegister.IRR, value);
				} else if (isVectorSet(register, ApicRegister.TMR)) {
					apic.queue.restoreLevelTriggered(register - ApicRegister.TMR, value);
				} else if (isVectorSet(register, ApicRegister.ISR)) {
					apic.queue.restoreServiced(register - ApicRegister.ISR, value);
				}
			}
		}
	}
}
