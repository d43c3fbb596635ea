package mshv.api.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import mshv.api.Intercept;
import mshv.api.RegisterValue;

/**
 * Intercept messages: the payloads of HV_MESSAGE that describe an {@link Intercept}.
 * A message has 256 bytes: a {@link MessageHeader}, then the payload.
 */
public final class InterceptMessage {
	/** Size of a message in bytes. */
	public static final int SIZE = 256;

	private static final int PAYLOAD = MessageHeader.SIZE;
	private static final int INSTRUCTION_BYTES = 16;
	/** Cache types: of memory, and of what is none. */
	private static final int WRITE_BACK = 6, UNCACHED = 0;

	private InterceptMessage() {}

	/** Writes a message. @param sender partition id
	 * @param at at least {@link #SIZE} bytes */
	public static void encode(Intercept intercept, long sender, MemorySegment at) {
		MemorySegment payload = at.asSlice(PAYLOAD, SIZE - PAYLOAD);
		payload.fill((byte) 0);
		switch (intercept) {
			case Intercept.IoPort io -> {
				header(at, MessageType.X64_IO_PORT_INTERCEPT, 128, sender);
				encode(io.header(), payload);
				payload.set(JAVA_SHORT_UNALIGNED, 40, (short) io.port());
				Intercept.StringOperands string = io.string();
				payload.set(JAVA_BYTE, 42, (byte) (io.size() | (string == null ? 0 : string.repeat() ? 24 : 8)));
				payload.set(JAVA_LONG_UNALIGNED, 48, io.rax());
				if (string != null) {
					segment(payload, 72, string.ds());
					segment(payload, 88, string.es());
					payload.set(JAVA_LONG_UNALIGNED, 104, string.rcx());
					payload.set(JAVA_LONG_UNALIGNED, 112, string.rsi());
					payload.set(JAVA_LONG_UNALIGNED, 120, string.rdi());
				}
			}
			case Intercept.Memory memory -> {
				header(at, memory.mapped() ? MessageType.GPA_INTERCEPT : MessageType.UNMAPPED_GPA, 80, sender);
				encode(memory.header(), payload);
				int count = Math.min(memory.instruction().length, INSTRUCTION_BYTES);
				payload.set(JAVA_INT_UNALIGNED, 40, memory.mapped() ? WRITE_BACK : UNCACHED);
				payload.set(JAVA_BYTE, 44, (byte) count);
				payload.set(JAVA_BYTE, 45, (byte) (memory.guestVirtualAddressValid() ? 3 : 0));
				payload.set(JAVA_BYTE, 46, (byte) memory.header().cr8());
				payload.set(JAVA_LONG_UNALIGNED, 48, memory.guestVirtualAddress());
				payload.set(JAVA_LONG_UNALIGNED, 56, memory.guestAddress());
				MemorySegment.copy(memory.instruction(), 0, payload, JAVA_BYTE, 64, count);
			}
			case Intercept.Msr msr -> {
				header(at, MessageType.X64_MSR_INTERCEPT, 64, sender);
				encode(msr.header(), payload);
				payload.set(JAVA_INT_UNALIGNED, 40, msr.msr());
				payload.set(JAVA_LONG_UNALIGNED, 48, msr.rdx());
				payload.set(JAVA_LONG_UNALIGNED, 56, msr.rax());
			}
			case Intercept.Cpuid cpuid -> {
				header(at, MessageType.X64_CPUID_INTERCEPT, 104, sender);
				encode(cpuid.header(), payload);
				payload.set(JAVA_LONG_UNALIGNED, 40, cpuid.rax());
				payload.set(JAVA_LONG_UNALIGNED, 48, cpuid.rcx());
				payload.set(JAVA_LONG_UNALIGNED, 72, cpuid.defaultRax());
				payload.set(JAVA_LONG_UNALIGNED, 80, cpuid.defaultRcx());
				payload.set(JAVA_LONG_UNALIGNED, 88, cpuid.defaultRdx());
				payload.set(JAVA_LONG_UNALIGNED, 96, cpuid.defaultRbx());
			}
			case Intercept.Exception exception -> {
				header(at, MessageType.X64_EXCEPTION_INTERCEPT, 240, sender);
				encode(exception.header(), payload);
				int count = Math.min(exception.instruction().length, INSTRUCTION_BYTES);
				payload.set(JAVA_SHORT_UNALIGNED, 40, (short) exception.vector());
				payload.set(JAVA_BYTE, 42, (byte) (exception.errorCodeValid() ? 1 : 0));
				payload.set(JAVA_BYTE, 43, (byte) count);
				payload.set(JAVA_INT_UNALIGNED, 44, exception.errorCode());
				payload.set(JAVA_LONG_UNALIGNED, 48, exception.parameter());
				MemorySegment.copy(exception.instruction(), 0, payload, JAVA_BYTE, 64, count);
			}
			case Intercept.Halt halt -> {
				header(at, MessageType.X64_HALT, 40, sender);
				encode(halt.header(), payload);
			}
			case Intercept.UnrecoverableException triple -> {
				header(at, MessageType.UNRECOVERABLE_EXCEPTION, 40, sender);
				encode(triple.header(), payload);
			}
			case Intercept.ApicEoi eoi -> {
				header(at, MessageType.X64_APIC_EOI, 8, sender);
				payload.set(JAVA_INT_UNALIGNED, 0, eoi.vpIndex());
				payload.set(JAVA_INT_UNALIGNED, 4, eoi.vector());
			}
			case Intercept.Other other -> {
				header(at, other.messageType(), other.payload().length, sender);
				MemorySegment.copy(other.payload(), 0, payload, JAVA_BYTE, 0, other.payload().length);
			}
			case Intercept.Interrupted _ -> throw new IllegalArgumentException("an interrupted run has no message");
		}
	}

	/** @param at at least {@link #SIZE} bytes
	 * @return the message's intercept; {@link Intercept.Other} for a type without one of its own */
	public static Intercept decode(MemorySegment at) {
		int type = at.get(JAVA_INT_UNALIGNED, 0);
		if (type == MessageType.X64_IO_PORT_INTERCEPT) {
			return decodePort(at);
		}
		MemorySegment payload = at.asSlice(PAYLOAD, SIZE - PAYLOAD);
		return switch (type) {
			case MessageType.UNMAPPED_GPA, MessageType.GPA_INTERCEPT -> {
				int count = Math.min(payload.get(JAVA_BYTE, 44) & 0xFF, INSTRUCTION_BYTES);
				yield new Intercept.Memory(decodeHeader(at), type == MessageType.GPA_INTERCEPT,
					payload.get(JAVA_LONG_UNALIGNED, 48), (payload.get(JAVA_BYTE, 45) & 1) != 0, payload.get(JAVA_LONG_UNALIGNED, 56),
					payload.asSlice(64, count).toArray(JAVA_BYTE));
			}
			case MessageType.X64_MSR_INTERCEPT -> new Intercept.Msr(decodeHeader(at), payload.get(JAVA_INT_UNALIGNED, 40),
				payload.get(JAVA_LONG_UNALIGNED, 48), payload.get(JAVA_LONG_UNALIGNED, 56));
			case MessageType.X64_CPUID_INTERCEPT -> new Intercept.Cpuid(decodeHeader(at), payload.get(JAVA_LONG_UNALIGNED, 40),
				payload.get(JAVA_LONG_UNALIGNED, 48), payload.get(JAVA_LONG_UNALIGNED, 72), payload.get(JAVA_LONG_UNALIGNED, 96),
				payload.get(JAVA_LONG_UNALIGNED, 80), payload.get(JAVA_LONG_UNALIGNED, 88));
			case MessageType.X64_EXCEPTION_INTERCEPT -> new Intercept.Exception(decodeHeader(at),
				payload.get(JAVA_SHORT_UNALIGNED, 40) & 0xFFFF, (payload.get(JAVA_BYTE, 42) & 1) != 0, payload.get(JAVA_INT_UNALIGNED, 44),
				payload.get(JAVA_LONG_UNALIGNED, 48),
				payload.asSlice(64, Math.min(payload.get(JAVA_BYTE, 43) & 0xFF, INSTRUCTION_BYTES)).toArray(JAVA_BYTE));
			case MessageType.X64_HALT -> new Intercept.Halt(decodeHeader(at));
			case MessageType.UNRECOVERABLE_EXCEPTION -> new Intercept.UnrecoverableException(decodeHeader(at));
			case MessageType.X64_APIC_EOI -> new Intercept.ApicEoi(payload.get(JAVA_INT_UNALIGNED, 0), payload.get(JAVA_INT_UNALIGNED, 4));
			default -> new Intercept.Other(type, payload.asSlice(0, Math.min(at.get(JAVA_BYTE, 4) & 0xFF, 240)).toArray(JAVA_BYTE));
		};
	}

	/** Of all messages by far the most frequent: nothing is read in vain, and without a slice, which would be an object. */
	private static Intercept decodePort(MemorySegment at) {
		int portAndAccess = at.get(JAVA_INT_UNALIGNED, PAYLOAD + 40);
		long rax = at.get(JAVA_LONG_UNALIGNED, PAYLOAD + 48);
		Intercept.StringOperands string = (portAndAccess & 8 << 16) == 0 ? null
			: decodeString(at.asSlice(PAYLOAD, SIZE - PAYLOAD), portAndAccess);
		return new Intercept.IoPort(decodeHeader(at), portAndAccess & 0xFFFF, portAndAccess >> 16 & 7, rax, string);
	}

	private static Intercept.StringOperands decodeString(MemorySegment payload, int portAndAccess) {
		return new Intercept.StringOperands((portAndAccess & 16 << 16) != 0, payload.get(JAVA_LONG_UNALIGNED, 104),
			payload.get(JAVA_LONG_UNALIGNED, 112), payload.get(JAVA_LONG_UNALIGNED, 120), segment(payload, 72), segment(payload, 88));
	}

	private static void header(MemorySegment at, int type, int size, long sender) {
		new MessageHeader(type, size, 0, sender).encode(at);
	}

	private static void encode(Intercept.Header header, MemorySegment payload) {
		payload.set(JAVA_INT_UNALIGNED, 0, header.vpIndex());
		payload.set(JAVA_BYTE, 4, (byte) (header.instructionLength() | header.cr8() << 4));
		payload.set(JAVA_BYTE, 5, (byte) header.access());
		payload.set(JAVA_SHORT_UNALIGNED, 6, (short) header.executionState());
		segment(payload, 8, header.cs());
		payload.set(JAVA_LONG_UNALIGNED, 24, header.rip());
		payload.set(JAVA_LONG_UNALIGNED, 32, header.rflags());
	}

	private static Intercept.Header decodeHeader(MemorySegment at) {
		// VP index, then a nibble each of instruction length and CR8, a byte of access, two of execution state
		long first = at.get(JAVA_LONG_UNALIGNED, PAYLOAD);
		long csLow = at.get(JAVA_LONG_UNALIGNED, PAYLOAD + 8);
		long csHigh = at.get(JAVA_LONG_UNALIGNED, PAYLOAD + 16);
		long rip = at.get(JAVA_LONG_UNALIGNED, PAYLOAD + 24);
		long rflags = at.get(JAVA_LONG_UNALIGNED, PAYLOAD + 32);
		return new Intercept.Header((int) first, (int) (first >>> 32) & 15, (int) (first >>> 36) & 15, (int) (first >>> 40) & 0xFF,
			(int) (first >>> 48), new RegisterValue(csLow, csHigh), rip, rflags);
	}

	private static void segment(MemorySegment payload, int offset, RegisterValue value) {
		payload.set(JAVA_LONG_UNALIGNED, offset, value.low());
		payload.set(JAVA_LONG_UNALIGNED, offset + 8, value.high());
	}

	private static RegisterValue segment(MemorySegment payload, int offset) {
		return new RegisterValue(payload.get(JAVA_LONG_UNALIGNED, offset), payload.get(JAVA_LONG_UNALIGNED, offset + 8));
	}
}
