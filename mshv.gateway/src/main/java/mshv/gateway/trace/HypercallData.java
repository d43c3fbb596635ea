package mshv.gateway.trace;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import mshv.api.Register;
import mshv.api.abi.AssertVirtualInterruptInput;
import mshv.api.abi.CallCode;
import mshv.api.abi.CpuidValuesInput;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.InterceptResultInput;
import mshv.api.abi.PartitionPropertyExInput;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.PostMessageDirectInput;
import mshv.api.abi.ReadGpaInput;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.SetPartitionPropertyInput;
import mshv.api.abi.SignalEventDirectInput;
import mshv.api.abi.TranslateVirtualAddressInput;
import mshv.api.abi.TranslateVirtualAddressOutput;
import mshv.api.abi.VpRegistersInput;
import mshv.api.abi.WriteGpaInput;

/** What the bytes mean that a hypercall of a program reads and writes. */
final class HypercallData {
	private static final int VALUE_SIZE = 16;
	private static final int NAME_SIZE = 4;

	private HypercallData() {}

	/** Registers of a processor that are asked for, by their names. */
	record Names(int vpIndex, List<String> registers) {}

	/** Registers of a processor that are written. */
	record Assignments(int vpIndex, List<Value> registers) {}

	/** Registers that were read. */
	record Values(List<Value> registers) {}

	/** A register's name and value. */
	record Value(String name, long low, long high) {}

	/** A property's value. */
	record Property(long value) {}

	/** @param event MSHV_ROOT_HVCALL @param access one of it, not that of its structure
	 * @return null if the bytes are only bytes */
	static Record decode(TraceEvent event, Note.Access access) {
		byte[] structure = null;
		byte[] input = null;
		for (Object note : event.notes()) {
			if (note instanceof Note.Access read && !read.write()) {
				if (structure == null) {
					structure = read.bytes();
				} else {
					input = read.bytes();
					break;
				}
			}
		}
		if (input == null || structure.length < 2) {
			return null;
		}
		int code = structure[0] & 0xFF | (structure[1] & 0xFF) << 8;
		MemorySegment bytes = MemorySegment.ofArray(access.bytes());
		try {
			return access.write() ? output(code, MemorySegment.ofArray(input), bytes) : input(code, bytes);
		} catch (IndexOutOfBoundsException e) {
			// The driver has refused it as well
			return null;
		}
	}

	private static Record input(int code, MemorySegment bytes) {
		return switch (code) {
			case CallCode.GET_VP_REGISTERS -> new Names(VpRegistersInput.decode(bytes).vpIndex(), names(bytes));
			case CallCode.SET_VP_REGISTERS -> assignments(bytes);
			case CallCode.GET_PARTITION_PROPERTY -> PartitionPropertyInput.decode(bytes);
			case CallCode.GET_PARTITION_PROPERTY_EX -> PartitionPropertyExInput.decode(bytes);
			case CallCode.SET_PARTITION_PROPERTY -> SetPartitionPropertyInput.decode(bytes);
			case CallCode.INSTALL_INTERCEPT -> InstallInterceptInput.decode(bytes);
			case CallCode.REGISTER_INTERCEPT_RESULT -> InterceptResultInput.decode(bytes);
			case CallCode.ASSERT_VIRTUAL_INTERRUPT -> AssertVirtualInterruptInput.decode(bytes);
			case CallCode.SIGNAL_EVENT_DIRECT -> SignalEventDirectInput.decode(bytes);
			case CallCode.POST_MESSAGE_DIRECT -> PostMessageDirectInput.decode(bytes);
			case CallCode.GET_VP_CPUID_VALUES -> CpuidValuesInput.decode(bytes);
			case CallCode.READ_GPA -> ReadGpaInput.decode(bytes);
			case CallCode.WRITE_GPA -> WriteGpaInput.decode(bytes);
			case CallCode.TRANSLATE_VIRTUAL_ADDRESS -> TranslateVirtualAddressInput.decode(bytes);
			default -> null;
		};
	}

	private static Record output(int code, MemorySegment input, MemorySegment bytes) {
		return switch (code) {
			case CallCode.GET_VP_REGISTERS -> values(names(input), bytes);
			case CallCode.GET_PARTITION_PROPERTY -> new Property(bytes.get(JAVA_LONG_UNALIGNED, 0));
			case CallCode.TRANSLATE_VIRTUAL_ADDRESS -> TranslateVirtualAddressOutput.decode(bytes);
			default -> null;
		};
	}

	private static String name(int code) {
		Register register = Register.of(code);
		return register == null ? "0x" + Integer.toHexString(code) : register.name();
	}

	private static List<String> names(MemorySegment input) {
		List<String> names = new ArrayList<>();
		for (long at = VpRegistersInput.SIZE; at + NAME_SIZE <= input.byteSize(); at += NAME_SIZE) {
			names.add(name(input.get(JAVA_INT_UNALIGNED, at)));
		}
		return names;
	}

	private static Assignments assignments(MemorySegment input) {
		List<Value> values = new ArrayList<>();
		for (long at = VpRegistersInput.SIZE; at + RegisterAssociation.SIZE <= input.byteSize(); at += RegisterAssociation.SIZE) {
			RegisterAssociation assigned = RegisterAssociation.decode(input.asSlice(at, RegisterAssociation.SIZE));
			values.add(new Value(name(assigned.name()), assigned.low(), assigned.high()));
		}
		return new Assignments(VpRegistersInput.decode(input).vpIndex(), values);
	}

	private static Values values(List<String> names, MemorySegment output) {
		List<Value> values = new ArrayList<>();
		for (int i = 0; i < names.size() && (i + 1L) * VALUE_SIZE <= output.byteSize(); i++) {
			long at = (long) i * VALUE_SIZE;
			values.add(new Value(names.get(i), output.get(JAVA_LONG_UNALIGNED, at), output.get(JAVA_LONG_UNALIGNED, at + 8)));
		}
		return new Values(values);
	}
}
