package mshv.core.synic;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.TreeMap;

import mshv.api.Errno;
import mshv.api.HypervisorException;

/** The event flags of one SINT, and which port has which of them. */
final class EventFlags {
	/** Size in bytes of a SINT's flags. */
	static final int SIZE = 256;
	/** Number of flags of a SINT. */
	static final int COUNT = SIZE * Byte.SIZE;

	private static final VarHandle WORDS = JAVA_INT.varHandle();

	/** A range of flags. */
	private record Range(int count, Port port) {}

	private final MemorySegment flags;
	/** By first flag. */
	private final TreeMap<Integer, Range> ranges = new TreeMap<>();

	/** @param flags {@link #SIZE} bytes, aligned */
	EventFlags(MemorySegment flags) {
		this.flags = flags;
	}

	/** Finds flags that no port has. @return the first of them, which stay free until they are {@link #assign}ed
	 * @throws HypervisorException (ENOMEM) if not so many are free one after the other */
	synchronized int find(int count) {
		int first = 0;
		for (var range : ranges.entrySet()) {
			if (range.getKey() - first >= count) {
				break;
			}
			first = range.getKey() + range.getValue().count;
		}
		if (count < 1 || count > COUNT - first) {
			throw new HypervisorException(count + " event flags are not free", Errno.ENOMEM);
		}
		return first;
	}

	/** Gives flags to a port; what is left of an earlier one is cleared. */
	synchronized void assign(Port port, Port.User.Events events) {
		for (int flag = events.first(); flag < events.first() + events.count(); flag++) {
			WORDS.getAndBitwiseAnd(flags, word(flag), ~(1 << flag));
		}
		ranges.put(events.first(), new Range(events.count(), port));
	}

	private static long word(int flag) {
		return (long) (flag >>> 5) * Integer.BYTES;
	}

	/** Takes flags back. */
	synchronized void free(int first) {
		ranges.remove(first);
	}

	/** Clears the flags that are set and tells their ports; a flag that is no port's is skipped. */
	void drain() {
		for (int first = 0; first < COUNT; first += Integer.SIZE) {
			if ((int) WORDS.getOpaque(flags, word(first)) == 0) {
				continue;
			}
			int set = (int) WORDS.getAndSet(flags, word(first), 0);
			for (; set != 0; set &= set - 1) {
				int flag = first + Integer.numberOfTrailingZeros(set);
				Port port = port(flag);
				if (port != null) {
					port.signal(flag);
				}
			}
		}
	}

	private synchronized Port port(int flag) {
		var range = ranges.floorEntry(flag);
		return range == null || flag - range.getKey() >= range.getValue().count ? null : range.getValue().port;
	}
}
