package mshv.backend.emu.memory;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Which units of guest memory, of 2 MiB each, may have pages of a unit of host memory: a hint that is looked up seldom and costs little
 * to keep. What is noted stays until everything is collected anew.
 */
final class HostPages {
	private static final int UNIT_SHIFT = 21;
	private static final int[] NONE = {};

	private final Map<Long, int[]> units = new HashMap<>();
	private long lastHost = -1;
	private int lastUnit = -1;
	private int notes;

	/** Notes that a page of a guest unit is at a host address. */
	void note(int unit, long host) {
		long hostUnit = host >>> UNIT_SHIFT;
		if (hostUnit == lastHost && unit == lastUnit) {
			return;
		}
		lastHost = hostUnit;
		lastUnit = unit;
		int[] known = units.getOrDefault(hostUnit, NONE);
		for (int one : known) {
			if (one == unit) {
				return;
			}
		}
		int[] more = Arrays.copyOf(known, known.length + 1);
		more[known.length] = unit;
		units.put(hostUnit, more);
		notes++;
	}

	/** @return guest units that may have a page at a host address */
	int[] of(long host) {
		return units.getOrDefault(host >>> UNIT_SHIFT, NONE);
	}

	/** @return number of notes */
	int size() {
		return notes;
	}

	/** Forgets all notes. */
	void clear() {
		units.clear();
		notes = 0;
		lastHost = -1;
		lastUnit = -1;
	}
}
