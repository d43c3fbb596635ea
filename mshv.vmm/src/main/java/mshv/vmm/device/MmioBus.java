package mshv.vmm.device;

import java.util.ArrayList;
import java.util.List;

/** Memory space without RAM: addresses without a device read all-ones and ignore writes. */
public final class MmioBus {
	private final List<Range> ranges = new ArrayList<>();

	private record Range(long first, long length, MmioDevice device) {
		boolean overlaps(long address, long size) {
			return address < first + length && first < address + size;
		}

		boolean contains(long address, int size) {
			return address >= first && address - first <= length - size;
		}
	}

	/** Puts a device at some addresses.
	 * @param first guest-physical address @param length bytes
	 * @throws IllegalArgumentException if the range overlaps another */
	public void add(MmioDevice device, long first, long length) {
		if (ranges.stream().anyMatch(range -> range.overlaps(first, length))) {
			throw new IllegalArgumentException("0x%x is taken".formatted(first));
		}
		ranges.add(new Range(first, length, device));
	}

	/** @param size 1, 2, 4 or 8 @return the value, zero-extended */
	public long read(long address, int size) {
		Range range = find(address, size);
		long value = range == null ? -1 : range.device.read(address - range.first, size);
		return size == 8 ? value : value & (1L << 8 * size) - 1;
	}

	/** @param size 1, 2, 4 or 8 */
	public void write(long address, int size, long value) {
		Range range = find(address, size);
		if (range != null) {
			range.device.write(address - range.first, size, size == 8 ? value : value & (1L << 8 * size) - 1);
		}
	}

	private Range find(long address, int size) {
		for (int i = 0; i < ranges.size(); i++) {
			if (ranges.get(i).contains(address, size)) {
				return ranges.get(i);
			}
		}
		return null;
	}
}
