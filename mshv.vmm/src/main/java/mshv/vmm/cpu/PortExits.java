package mshv.vmm.cpu;

import mshv.api.Intercept;
import mshv.vmm.device.PortBus;

/** Completes IN, OUT, INS and OUTS. */
public final class PortExits {
	/** Iterations of a string instruction in one exit; the rest follow in the next, so that the processor can be interrupted. */
	static final int CHUNK = 1024;

	private static final int ES = 0;
	private static final int DS = 3;
	private static final int FS = 4;
	private static final long DIRECTION_FLAG = 1 << 10;

	private final PortBus ports;
	private final RegisterFile registers;
	private final LinearMemory memory;
	private final byte[] instruction = new byte[15];

	/** @param ports where accesses go @param registers of the processor @param memory of the processor */
	public PortExits(PortBus ports, RegisterFile registers, LinearMemory memory) {
		this.ports = ports;
		this.registers = registers;
		this.memory = memory;
	}

	/** Carries the instruction out and advances the processor, unless iterations remain or the guest gets an exception. */
	public void handle(Intercept.IoPort access) {
		if (access.string() != null) {
			registers.begin();
			string(access, access.string());
			return;
		}
		if (access.header().write()) {
			ports.write(access.port(), access.size(), (int) access.rax());
			registers.advance(next(access.header()));
		} else {
			int value = ports.read(access.port(), access.size());
			registers.advance(next(access.header()), switch (access.size()) {
				case 1 -> access.rax() & ~0xFFL | value;
				case 2 -> access.rax() & ~0xFFFFL | value;
				default -> value & 0xFFFFFFFFL;
			});
		}
		DebugTraps.completed(access.header(), registers);
	}

	private static long next(Intercept.Header header) {
		long next = header.rip() + header.instructionLength();
		return ProcessorMode.of(header).longMode() ? next : next & 0xFFFFFFFFL;
	}

	private void string(Intercept.IoPort access, Intercept.StringOperands string) {
		Intercept.Header header = access.header();
		ProcessorMode mode = ProcessorMode.of(header);
		memory.begin(mode);
		int addressSize = mode.addressSize();
		int segment = header.write() ? DS : ES;
		// The message does not tell the prefixes, so they are read where the guest has them
		long code = mode.longMode() ? header.rip() : header.cs().segmentBase() + header.rip() & 0xFFFFFFFFL;
		int length = Math.min(memory.fetch(code, instruction), header.instructionLength());
		for (int i = 0; i < length - 1; i++) {
			int prefix = instruction[i] & 0xFF;
			switch (prefix) {
				case 0x67 -> addressSize = mode.addressSize() == 4 ? 2 : 4;
				case 0x26, 0x2E, 0x36, 0x3E -> segment = header.write() ? prefix >> 3 & 3 : ES;
				case 0x64, 0x65 -> segment = header.write() ? prefix - 0x60 : ES;
				default -> {
					// Operand size and repetition are in the message
				}
			}
		}
		long mask = addressSize == 8 ? -1 : (1L << 8 * addressSize) - 1;
		long base = mode.longMode() && segment < FS ? 0 : registers.segmentBase(segment);
		int pointerRegister = header.write() ? RegisterFile.RSI : RegisterFile.RDI;
		long pointer = header.write() ? string.rsi() : string.rdi();
		long step = (header.rflags() & DIRECTION_FLAG) != 0 ? -access.size() : access.size();
		long total = string.repeat() ? string.rcx() & mask : 1;
		// The hypervisor has checked the first element against its segment
		boolean single = DebugTraps.afterEachIteration(header) || !mode.longMode() && !registers.isFlat(segment);
		long most = single ? 1 : CHUNK;
		long limit = Long.compareUnsigned(total, most) < 0 ? total : most;
		long done = 0;
		GuestException fault = null;
		while (done < limit) {
			long linear = base + (pointer & mask);
			if (!mode.longMode()) {
				linear &= 0xFFFFFFFFL;
			}
			try {
				if (header.write()) {
					ports.write(access.port(), access.size(), (int) memory.read(linear, access.size()));
				} else {
					// A port may give each value only once: the place must be good before it is read
					memory.checkWrite(linear, access.size());
					memory.write(linear, access.size(), ports.read(access.port(), access.size()));
				}
			} catch (GuestException e) {
				fault = e;
				break;
			}
			pointer += step;
			done++;
		}
		if (done > 0) {
			registers.set(pointerRegister, merge(header.write() ? string.rsi() : string.rdi(), pointer, addressSize));
			if (string.repeat()) {
				registers.set(RegisterFile.RCX, merge(string.rcx(), (string.rcx() & mask) - done, addressSize));
			}
		}
		if (fault == null && done == total) {
			registers.setRip(next(header));
		}
		registers.commit();
		if (fault != null) {
			memory.inject(fault);
		} else {
			DebugTraps.completed(header, registers);
		}
	}

	/** A 16-bit result leaves the rest of the register, a 32-bit one clears it. */
	private static long merge(long old, long value, int size) {
		return switch (size) {
			case 2 -> old & ~0xFFFFL | value & 0xFFFFL;
			case 4 -> value & 0xFFFFFFFFL;
			default -> value;
		};
	}
}
