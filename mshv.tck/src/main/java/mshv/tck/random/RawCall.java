package mshv.tck.random;

import static mshv.tck.random.RawCall.Kind.ACCESS;
import static mshv.tck.random.RawCall.Kind.ANY;
import static mshv.tck.random.RawCall.Kind.CONNECTION;
import static mshv.tck.random.RawCall.Kind.COUNT;
import static mshv.tck.random.RawCall.Kind.GFN;
import static mshv.tck.random.RawCall.Kind.GPA;
import static mshv.tck.random.RawCall.Kind.GUEST;
import static mshv.tck.random.RawCall.Kind.HOST_PAGE;
import static mshv.tck.random.RawCall.Kind.MAP_FLAGS;
import static mshv.tck.random.RawCall.Kind.MONITOR;
import static mshv.tck.random.RawCall.Kind.PAGE_ADDRESS;
import static mshv.tck.random.RawCall.Kind.PARTITION;
import static mshv.tck.random.RawCall.Kind.PORT;
import static mshv.tck.random.RawCall.Kind.PORT_TYPE;
import static mshv.tck.random.RawCall.Kind.PROPERTY;
import static mshv.tck.random.RawCall.Kind.REGISTER;
import static mshv.tck.random.RawCall.Kind.ROOT;
import static mshv.tck.random.RawCall.Kind.ROOT_PAGE_ADDRESS;
import static mshv.tck.random.RawCall.Kind.SMALL;
import static mshv.tck.random.RawCall.Kind.STATE;
import static mshv.tck.random.RawCall.Kind.VP;
import static mshv.tck.random.RawCall.Kind.ZERO;

import java.util.ArrayList;
import java.util.List;

import mshv.api.abi.CallCode;

/**
 * Layout of a hypercall's input, as the headers have it.
 *
 * @param code call code
 * @param fast the input may be in registers
 * @param variable the call has a variable header
 * @param fields of the fixed part
 * @param repetition fields of each repetition or of the variable header, empty if there is neither
 * @param repetitions the call has repetitions
 */
record RawCall(int code, boolean fast, boolean variable, List<Field> fields, List<Field> repetition, boolean repetitions) {
	/** What a field holds. */
	enum Kind {
		PARTITION, GUEST, ROOT, VP, ZERO, SMALL, ANY, GFN, GPA, PAGE_ADDRESS, ROOT_PAGE_ADDRESS, HOST_PAGE, MAP_FLAGS, PROPERTY, REGISTER, PORT,
		PORT_TYPE, MONITOR, CONNECTION, STATE, COUNT, ACCESS
	}

	/**
	 * A field.
	 *
	 * @param kind what it holds
	 * @param size 1, 2, 4 or 8 bytes
	 */
	record Field(Kind kind, int size) {}

	/** All that a driver may ask for, but for what would take away what the driver itself has. */
	static final List<RawCall> ALL = List.of(
		simple(CallCode.CREATE_PARTITION, ANY, 8, ZERO, 8, ZERO, 4, ZERO, 4, ANY, 8, ANY, 8, ANY, 8, ZERO, 8),
		fast(CallCode.INITIALIZE_PARTITION, PARTITION, 8), fast(CallCode.FINALIZE_PARTITION, PARTITION, 8),
		fast(CallCode.DELETE_PARTITION, PARTITION, 8),
		simple(CallCode.GET_PARTITION_PROPERTY, PARTITION, 8, PROPERTY, 4, ZERO, 4),
		simple(CallCode.SET_PARTITION_PROPERTY, PARTITION, 8, PROPERTY, 4, ZERO, 4, ANY, 8),
		simple(CallCode.GET_PARTITION_PROPERTY_EX, PARTITION, 8, PROPERTY, 4, ZERO, 4, ZERO, 8),
		repeated(CallCode.MAP_GPA_PAGES, List.of(HOST_PAGE, 8), PARTITION, 8, GFN, 8, MAP_FLAGS, 4, ZERO, 4),
		repeated(CallCode.UNMAP_GPA_PAGES, List.of(), PARTITION, 8, GFN, 8, SMALL, 4, ZERO, 4),
		simple(CallCode.INSTALL_INTERCEPT, PARTITION, 8, ACCESS, 4, SMALL, 4, SMALL, 8),
		simple(CallCode.CREATE_VP, PARTITION, 8, VP, 4, ZERO, 4, ZERO, 8, ZERO, 8, ZERO, 8),
		fast(CallCode.DELETE_VP, PARTITION, 8, VP, 4, ZERO, 4),
		repeated(CallCode.GET_VP_REGISTERS, List.of(REGISTER, 4), PARTITION, 8, VP, 4, ZERO, 4),
		repeated(CallCode.SET_VP_REGISTERS, List.of(REGISTER, 4, ZERO, 4, ZERO, 8, ANY, 8, ZERO, 8), PARTITION, 8, VP, 4, ZERO, 4),
		simple(CallCode.TRANSLATE_VIRTUAL_ADDRESS, PARTITION, 8, VP, 4, ZERO, 4, SMALL, 8, GFN, 8),
		simple(CallCode.READ_GPA, PARTITION, 8, VP, 4, COUNT, 4, GPA, 8, SMALL, 8),
		simple(CallCode.WRITE_GPA, PARTITION, 8, VP, 4, COUNT, 4, GPA, 8, SMALL, 8, ANY, 8, ANY, 8),
		fast(CallCode.CLEAR_VIRTUAL_INTERRUPT, PARTITION, 8),
		fast(CallCode.DELETE_PORT, PARTITION, 8, PORT, 4, ZERO, 4), fast(CallCode.DISCONNECT_PORT, PARTITION, 8, CONNECTION, 4, SMALL, 4),
		simple(CallCode.MAP_STATS_PAGE, STATE, 4, ZERO, 4, PARTITION, 8, VP, 4, ZERO, 4),
		simple(CallCode.UNMAP_STATS_PAGE, STATE, 4, ZERO, 4, PARTITION, 8, VP, 4, ZERO, 4),
		simple(CallCode.GET_SYSTEM_PROPERTY, SMALL, 4, ZERO, 4, ZERO, 8), fast(CallCode.NOTIFY_PORT_RING_EMPTY, SMALL, 4, ZERO, 4),
		simple(CallCode.REGISTER_INTERCEPT_RESULT, PARTITION, 8, VP, 4, SMALL, 4, SMALL, 8, SMALL, 8, ZERO, 8, ZERO, 8, ZERO, 8, ZERO, 4),
		simple(CallCode.ASSERT_VIRTUAL_INTERRUPT, PARTITION, 8, SMALL, 4, SMALL, 4, VP, 8, SMALL, 4, ZERO, 4),
		simple(CallCode.CREATE_PORT, PARTITION, 8, PORT, 4, ZERO, 4, PARTITION, 8, PORT_TYPE, 4, ZERO, 4, SMALL, 4, VP, 4, ZERO, 8, ZERO, 8),
		simple(CallCode.CREATE_PORT, GUEST, 8, PORT, 4, ZERO, 4, GUEST, 8, MONITOR, 4, ZERO, 4, PAGE_ADDRESS, 8, ZERO, 8, ZERO, 8),
		simple(CallCode.CREATE_PORT, ROOT, 8, PORT, 4, ZERO, 4, GUEST, 8, MONITOR, 4, ZERO, 4, ROOT_PAGE_ADDRESS, 8, ZERO, 8, ZERO, 8),
		simple(CallCode.CONNECT_PORT, GUEST, 8, CONNECTION, 4, ZERO, 4, GUEST, 8, PORT, 4, ZERO, 4, MONITOR, 4, ZERO, 4, PAGE_ADDRESS, 8,
			ZERO, 8, ZERO, 8, ZERO, 8),
		simple(CallCode.CONNECT_PORT, GUEST, 8, CONNECTION, 4, ZERO, 4, ROOT, 8, PORT, 4, ZERO, 4, MONITOR, 4, ZERO, 4, PAGE_ADDRESS, 8,
			ZERO, 8, ZERO, 8, ZERO, 8),
		simple(CallCode.CONNECT_PORT, PARTITION, 8, CONNECTION, 4, ZERO, 4, PARTITION, 8, PORT, 4, ZERO, 4, SMALL, 4, ZERO, 4, GPA, 8, ANY, 8,
			SMALL, 8, ZERO, 8),
		simple(CallCode.SIGNAL_EVENT_DIRECT, PARTITION, 8, VP, 4, ZERO, 1, SMALL, 1, SMALL, 2),
		simple(CallCode.POST_MESSAGE_DIRECT, PARTITION, 8, VP, 4, ZERO, 4, SMALL, 4, SMALL, 4, SMALL, 4, SMALL, 8),
		repeated(CallCode.GET_GPA_PAGES_ACCESS_STATES, List.of(), PARTITION, 8, SMALL, 8, GFN, 8),
		repeated(CallCode.ACQUIRE_SPARSE_SPA_PAGE_HOST_ACCESS, List.of(HOST_PAGE, 8), ACCESS, 4, SMALL, 4, ZERO, 8),
		repeated(CallCode.RELEASE_SPARSE_SPA_PAGE_HOST_ACCESS, List.of(HOST_PAGE, 8), ZERO, 4, ACCESS, 4, PARTITION, 8),
		simple(CallCode.MAP_VP_STATE_PAGE, PARTITION, 8, VP, 4, SMALL, 2, ZERO, 2, ZERO, 8),
		simple(CallCode.UNMAP_VP_STATE_PAGE, PARTITION, 8, VP, 4, SMALL, 2, ZERO, 2),
		variable(CallCode.GET_VP_STATE, List.of(HOST_PAGE, 8), PARTITION, 8, VP, 4, ZERO, 4, STATE, 4, ZERO, 4, SMALL, 8, SMALL, 8),
		variable(CallCode.SET_VP_STATE, List.of(HOST_PAGE, 8), PARTITION, 8, VP, 4, ZERO, 4, STATE, 4, ZERO, 4, SMALL, 8, SMALL, 8),
		repeated(CallCode.GET_VP_CPUID_VALUES, List.of(SMALL, 4, SMALL, 4, ANY, 8, ANY, 8), PARTITION, 8, VP, 4, SMALL, 4, ZERO, 8));

	private static RawCall simple(int code, Object... fields) {
		return new RawCall(code, false, false, fields(List.of(fields)), List.of(), false);
	}

	private static RawCall fast(int code, Object... fields) {
		return new RawCall(code, true, false, fields(List.of(fields)), List.of(), false);
	}

	private static RawCall repeated(int code, List<Object> repetition, Object... fields) {
		return new RawCall(code, false, false, fields(List.of(fields)), fields(repetition), true);
	}

	private static RawCall variable(int code, List<Object> header, Object... fields) {
		return new RawCall(code, false, true, fields(List.of(fields)), fields(header), false);
	}

	/** @param pairs kinds and sizes in turn */
	private static List<Field> fields(List<Object> pairs) {
		List<Field> fields = new ArrayList<>();
		for (int i = 0; i < pairs.size(); i += 2) {
			fields.add(new Field((Kind) pairs.get(i), (int) pairs.get(i + 1)));
		}
		return List.copyOf(fields);
	}
}
