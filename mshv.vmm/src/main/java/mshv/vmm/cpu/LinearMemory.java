package mshv.vmm.cpu;

import java.util.LinkedHashMap;
import java.util.Map;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.VirtualProcessor;
import mshv.vmm.device.MmioBus;
import mshv.vmm.memory.GuestRam;

/** Memory by linear address, as the instruction under emulation sees it: RAM and devices, through the processor's paging. */
public final class LinearMemory {
	private static final long PAGE_MASK = 0xFFF;
	private static final long TRANSLATE_READ = 1;
	private static final long TRANSLATE_WRITE = 2;
	private static final long TRANSLATE_EXECUTE = 4;
	/** Accessed and dirty bits are set as by the instruction itself. */
	private static final long SET_PAGE_TABLE_BITS = 0x10;
	private static final int FAULT_PRESENT = 1;
	private static final int FAULT_WRITE = 2;
	private static final int FAULT_USER = 4;
	private static final int FAULT_RESERVED = 8;
	private static final int FAULT_FETCH = 16;

	private final VirtualProcessor processor;
	private final GuestRam ram;
	private final MmioBus devices;
	private boolean user;
	/** Of the bits that a linear address has. */
	private long mask;
	private boolean hinted;
	private long hintedPage;
	private long hintedGuestPage;

	/** @param processor whose paging counts @param ram the guest's memory @param devices all other addresses */
	public LinearMemory(VirtualProcessor processor, GuestRam ram, MmioBus devices) {
		this.processor = processor;
		this.ram = ram;
		this.devices = devices;
	}

	/** Begins an exit. @param mode of the processor */
	public void begin(ProcessorMode mode) {
		user = mode.user();
		mask = mode.longMode() ? -1 : 0xFFFFFFFFL;
		hinted = false;
	}

	/** Tells a translation that the intercept found: it holds for this exit. */
	public void hint(long linear, long guestAddress) {
		hinted = true;
		hintedPage = linear & ~PAGE_MASK;
		hintedGuestPage = guestAddress & ~PAGE_MASK;
	}

	/** @param size 1, 2, 4 or 8 @return the value, zero-extended @throws GuestException if a byte may not be read */
	public long read(long linear, int size) throws GuestException {
		if ((linear & PAGE_MASK) + size <= PAGE_MASK + 1) {
			return readPhysical(translate(linear, TRANSLATE_READ), size);
		}
		long value = 0;
		for (int i = 0; i < size; i++) {
			value |= readPhysical(translate(linear + i & mask, TRANSLATE_READ), 1) << 8 * i;
		}
		return value;
	}

	/** @param size 1, 2, 4 or 8 @param value its low bytes are written @throws GuestException if a byte may not be written; none is then */
	public void write(long linear, int size, long value) throws GuestException {
		long first = translate(linear, TRANSLATE_WRITE);
		if ((linear & PAGE_MASK) + size <= PAGE_MASK + 1) {
			writePhysical(first, size, value);
			return;
		}
		long second = translate((linear | PAGE_MASK) + 1 & mask, TRANSLATE_WRITE);
		for (int i = 0; i < size; i++) {
			long at = ((linear + i ^ linear) & ~PAGE_MASK) == 0 ? first + i : second + (linear + i & PAGE_MASK);
			writePhysical(at, 1, value >>> 8 * i);
		}
	}

	/** Makes sure that an access will not fault. @throws GuestException if it would */
	public void checkWrite(long linear, int size) throws GuestException {
		translate(linear, TRANSLATE_WRITE);
		if ((linear & PAGE_MASK) + size > PAGE_MASK + 1) {
			translate((linear | PAGE_MASK) + 1 & mask, TRANSLATE_WRITE);
		}
	}

	/** Reads instruction bytes. @param linear address of the first @param bytes receives up to 15
	 * @return how many could be read */
	public int fetch(long linear, byte[] bytes) {
		for (int i = 0; i < bytes.length; i++) {
			try {
				long at = translate(linear + i, TRANSLATE_EXECUTE);
				if (!ram.contains(at, 1)) {
					return i;
				}
				bytes[i] = (byte) ram.readValue(at, 1);
			} catch (GuestException e) {
				return i;
			}
		}
		return bytes.length;
	}

	/** Gives the guest the exception. RIP must still be at the instruction. */
	public void inject(GuestException exception) {
		Map<Register, RegisterValue> set = new LinkedHashMap<>();
		if (exception.isPageFault()) {
			set.put(Register.CR2, RegisterValue.of(exception.address()));
		}
		set.put(Register.PENDING_EVENT0, new RegisterValue(exception.pendingEvent(), exception.address()));
		processor.setRegisters(set);
	}

	private long translate(long linear, long access) throws GuestException {
		if (hinted && (linear & ~PAGE_MASK) == hintedPage) {
			return hintedGuestPage | linear & PAGE_MASK;
		}
		int error = (access == TRANSLATE_WRITE ? FAULT_WRITE : 0) | (access == TRANSLATE_EXECUTE ? FAULT_FETCH : 0)
			| (user ? FAULT_USER : 0);
		Translation translation = processor.translate(linear, access | SET_PAGE_TABLE_BITS);
		if (isDevice(translation.result())) {
			// Paging allows the access, so it is only asked where the page is
			translation = processor.translate(linear, 0);
		}
		return switch (translation.result()) {
			case SUCCESS -> translation.guestAddress() & ~PAGE_MASK | linear & PAGE_MASK;
			case PAGE_NOT_PRESENT -> throw GuestException.pageFault(linear, error);
			case PRIVILEGE_VIOLATION -> throw GuestException.pageFault(linear, error | FAULT_PRESENT);
			// Also for page tables that are not in memory: all-ones is what they would read as
			default -> throw GuestException.pageFault(linear, error | FAULT_PRESENT | FAULT_RESERVED);
		};
	}

	/** Whether no memory is at the guest-physical address, or none for this access. */
	private static boolean isDevice(Translation.Result result) {
		return switch (result) {
			case GPA_UNMAPPED, GPA_NO_READ_ACCESS, GPA_NO_WRITE_ACCESS -> true;
			default -> false;
		};
	}

	private long readPhysical(long address, int size) {
		return ram.contains(address, size) ? ram.readValue(address, size) : devices.read(address, size);
	}

	private void writePhysical(long address, int size, long value) {
		if (ram.contains(address, size)) {
			ram.writeValue(address, size, value);
		} else {
			devices.write(address, size, value);
		}
	}
}
