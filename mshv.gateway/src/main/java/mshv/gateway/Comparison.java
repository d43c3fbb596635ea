package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.VpState;
import mshv.api.abi.CallCode;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MshvDeprecatedIoctl;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvRootHvcall;
import mshv.api.abi.MshvVpState;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.VpRegistersInput;
import mshv.api.replay.ReplayReport.Difference;
import mshv.gateway.trace.CallName;
import mshv.gateway.trace.Note;
import mshv.gateway.trace.RecordedCall;

/**
 * What of two outcomes of a call differs. Not looked at, because it is never the same: numbers of descriptors; the sender of a message,
 * which is the partition's id; the registers of time; the reference time; the current count of a local APIC's timer.
 */
final class Comparison {
	private static final Set<Register> TIMES = Set.of(Register.TSC, Register.TIME_REF_COUNT, Register.VP_RUNTIME);
	private static final int SENDER = 8;
	private static final int SENDER_SIZE = 8;
	private static final int LAPIC_CURRENT_COUNT = 164;
	private static final int VALUE_SIZE = 16;
	/** So many bytes are shown of what has no fields. */
	private static final int SHOWN = 16;

	private final CallName names = new CallName();
	private final Duration patience;

	/** @param patience longest time for a run */
	Comparison(Duration patience) {
		this.patience = patience;
	}

	private record Field(String name, String expected, String found) {}

	/** @return whether what the call tells depends on guest memory */
	boolean readsMemory(RecordedCall call) {
		int code = hypercall(call);
		return code == CallCode.READ_GPA || code == CallCode.TRANSLATE_VIRTUAL_ADDRESS || call.command() == MshvDeprecatedIoctl.READ_GPA
			|| call.command() == MshvDeprecatedIoctl.TRANSLATE_GVA;
	}

	/** @param result the call's, or -errno
	 * @param made what it has written
	 * @param resultOnly nothing else is to be compared
	 * @return the first difference, null if there is none */
	Difference first(RecordedCall call, long result, ReplayCaller made, boolean resultOnly) {
		Field field = null;
		Map<Long, byte[]> expected = written(call.out());
		Map<Long, byte[]> found = written(made.written());
		byte[] expectedStructure = expected.remove(call.argument());
		byte[] foundStructure = found.remove(call.argument());
		if (!resultOnly && expectedStructure != null && foundStructure != null) {
			field = structure(call, expectedStructure, foundStructure);
		}
		if (field == null && (call.created() == 0 || result < 0 ? call.result() : 0) != result) {
			field = new Field("result", result(call.result()), found(result, made));
		}
		if (field == null && !resultOnly && (expectedStructure == null) != (foundStructure == null)) {
			field = new Field("structure", shown(expectedStructure, 0), shown(foundStructure, 0));
		}
		if (field == null && !resultOnly) {
			field = data(call, expected, found);
		}
		return field == null ? null : new Difference(call.number(), call.thread(), call.file(), name(call), field.name(), field.expected(),
			field.found());
	}

	private static Map<Long, byte[]> written(List<Note.Access> accesses) {
		Map<Long, byte[]> written = new TreeMap<>();
		accesses.forEach(access -> written.put(access.address(), access.bytes().clone()));
		return written;
	}

	private String name(RecordedCall call) {
		int code = hypercall(call);
		return names.ioctl(call.command()) + (code < 0 ? "" : " " + names.hypercall(code));
	}

	/** @return call code, -1 if it is no hypercall */
	private static int hypercall(RecordedCall call) {
		byte[] structure = call.command() == MshvIoctl.ROOT_HVCALL ? read(call, call.argument()) : null;
		return structure == null || structure.length < MshvRootHvcall.SIZE ? -1
			: MshvRootHvcall.decode(MemorySegment.ofArray(structure)).code();
	}

	private static byte[] read(RecordedCall call, long address) {
		return call.in().stream().filter(access -> access.address() == address).findFirst().map(Note.Access::bytes).orElse(null);
	}

	private static String result(long result) {
		if (result >= 0) {
			return Long.toString(result);
		}
		return result + Arrays.stream(Errno.values()).filter(errno -> errno.number() == -result).findFirst().map(errno -> " (" + errno + ")")
			.orElse("");
	}

	private String found(long result, ReplayCaller made) {
		if (made.stopped()) {
			return "no exit in " + patience.toSeconds() + " s";
		}
		return result(result) + (made.unread() == null ? "" : ", as the trace does not have the " + made.unread() + " that are read here");
	}

	private static Field structure(RecordedCall call, byte[] expected, byte[] found) {
		if (call.command() == MshvIoctl.RUN_VP && expected.length == InterceptMessage.SIZE && found.length == InterceptMessage.SIZE) {
			Arrays.fill(expected, SENDER, SENDER + SENDER_SIZE, (byte) 0);
			Arrays.fill(found, SENDER, SENDER + SENDER_SIZE, (byte) 0);
		}
		if (Arrays.equals(expected, found)) {
			return null;
		}
		Field field = expected.length == found.length ? decoded(call, MemorySegment.ofArray(expected), MemorySegment.ofArray(found)) : null;
		return field != null ? field : bytes("structure", expected, found);
	}

	/** @return the field that differs, null if the bytes that differ are in none */
	private static Field decoded(RecordedCall call, MemorySegment expected, MemorySegment found) {
		long size = expected.byteSize();
		return switch (call.command()) {
			case MshvIoctl.RUN_VP -> size != InterceptMessage.SIZE ? null
				: exits(InterceptMessage.decode(expected), InterceptMessage.decode(found));
			case MshvIoctl.ROOT_HVCALL -> size != MshvRootHvcall.SIZE ? null
				: hypercalls(MshvRootHvcall.decode(expected), MshvRootHvcall.decode(found));
			case MshvIoctl.GET_VP_STATE, MshvIoctl.SET_VP_STATE -> size != MshvVpState.SIZE ? null
				: RecordComparison.first(MshvVpState.decode(expected), MshvVpState.decode(found), Field::new);
			default -> null;
		};
	}

	private static Field exits(Intercept expected, Intercept found) {
		String one = expected.getClass().getSimpleName();
		String other = found.getClass().getSimpleName();
		if (!one.equals(other)) {
			return new Field("exit", one, other);
		}
		Field field = RecordComparison.first((Record) expected, (Record) found, Field::new);
		return field == null ? null : new Field(one + "." + field.name(), field.expected(), field.found());
	}

	private static Field hypercalls(MshvRootHvcall expected, MshvRootHvcall found) {
		return expected.status() != found.status() ? new Field("status", status(expected.status()), status(found.status()))
			: RecordComparison.first(expected, found, Field::new);
	}

	private static String status(int status) {
		return status + " (" + HvStatus.of(status) + ")";
	}

	/** What is written beside the structure. */
	private static Field data(RecordedCall call, Map<Long, byte[]> expected, Map<Long, byte[]> found) {
		for (Map.Entry<Long, byte[]> entry : expected.entrySet()) {
			byte[] other = found.remove(entry.getKey());
			mask(call, entry.getValue());
			if (other == null) {
				return new Field("data", shown(entry.getValue(), 0), "none");
			}
			mask(call, other);
			if (!Arrays.equals(entry.getValue(), other)) {
				return data(call, entry.getValue(), other);
			}
		}
		return found.isEmpty() ? null : new Field("data", "none", shown(found.values().iterator().next(), 0));
	}

	private static byte[] hypercallInput(RecordedCall call) {
		byte[] structure = read(call, call.argument());
		return structure == null || structure.length < MshvRootHvcall.SIZE ? null
			: read(call, MshvRootHvcall.decode(MemorySegment.ofArray(structure)).inputAddress());
	}

	/** @return register that a value of GET_VP_REGISTERS is of, null if it is not known */
	private static Register register(byte[] input, int index) {
		int at = VpRegistersInput.SIZE + 4 * index;
		return input == null || at + 4 > input.length ? null : Register.of(MemorySegment.ofArray(input).get(JAVA_INT_UNALIGNED, at));
	}

	private static int property(RecordedCall call) {
		byte[] input = hypercallInput(call);
		return input == null || input.length < PartitionPropertyInput.SIZE ? 0 : MemorySegment.ofArray(input).get(JAVA_INT_UNALIGNED, 8);
	}

	private static VpState state(RecordedCall call) {
		byte[] structure = read(call, call.argument());
		int type = structure == null || structure.length == 0 ? -1 : structure[0];
		return type >= 0 && type < VpState.values().length ? VpState.values()[type] : null;
	}

	/** Makes equal what is never the same. */
	private static void mask(RecordedCall call, byte[] data) {
		switch (call.command()) {
			case MshvIoctl.ROOT_HVCALL -> {
				int code = hypercall(call);
				if (code == CallCode.GET_VP_REGISTERS) {
					byte[] input = hypercallInput(call);
					for (int at = 0; at + VALUE_SIZE <= data.length; at += VALUE_SIZE) {
						Register register = register(input, at / VALUE_SIZE);
						if (register != null && TIMES.contains(register)) {
							Arrays.fill(data, at, at + VALUE_SIZE, (byte) 0);
						}
					}
				} else if (code == CallCode.GET_PARTITION_PROPERTY && property(call) == PartitionProperty.REFERENCE_TIME) {
					Arrays.fill(data, (byte) 0);
				}
			}
			case MshvIoctl.GET_VP_STATE -> {
				if (state(call) == VpState.LAPIC && data.length >= LAPIC_CURRENT_COUNT + 4) {
					Arrays.fill(data, LAPIC_CURRENT_COUNT, LAPIC_CURRENT_COUNT + 4, (byte) 0);
				}
			}
			default -> { }
		}
	}

	private static Field data(RecordedCall call, byte[] expected, byte[] found) {
		if (call.command() == MshvIoctl.GET_VP_STATE) {
			return bytes("block " + state(call), expected, found);
		}
		int code = hypercall(call);
		int at = Arrays.mismatch(expected, found);
		if (code == CallCode.GET_VP_REGISTERS && expected.length == found.length && at + VALUE_SIZE <= expected.length + at % VALUE_SIZE) {
			Register register = register(hypercallInput(call), at / VALUE_SIZE);
			int value = at / VALUE_SIZE * VALUE_SIZE;
			return new Field("register " + (register == null ? "number " + at / VALUE_SIZE : register), value(expected, value), value(found, value));
		}
		if (code == CallCode.GET_PARTITION_PROPERTY && expected.length == 8 && found.length == 8) {
			return new Field("property 0x" + Integer.toHexString(property(call)), value(expected, 0), value(found, 0));
		}
		return bytes("data", expected, found);
	}

	private static String value(byte[] bytes, int at) {
		MemorySegment value = MemorySegment.ofArray(bytes);
		long high = at + VALUE_SIZE <= bytes.length ? value.get(JAVA_LONG_UNALIGNED, at + 8) : 0;
		String low = Long.toHexString(value.get(JAVA_LONG_UNALIGNED, at));
		return high == 0 ? "0x" + low : "0x" + Long.toHexString(high) + "_" + "0".repeat(16 - low.length()) + low;
	}

	private static Field bytes(String what, byte[] expected, byte[] found) {
		if (expected.length != found.length) {
			return new Field("size of the " + what, expected.length + " bytes", found.length + " bytes");
		}
		int at = Arrays.mismatch(expected, found);
		return new Field(what + " from byte 0x" + Integer.toHexString(at) + " on", shown(expected, at), shown(found, at));
	}

	private static String shown(byte[] bytes, int at) {
		return bytes == null ? "none" : HexFormat.of().formatHex(bytes, at, Math.min(bytes.length, at + SHOWN))
			+ (bytes.length > at + SHOWN ? "…" : "");
	}
}
