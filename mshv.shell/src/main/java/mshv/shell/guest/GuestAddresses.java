package mshv.shell.guest;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Locale;

import mshv.api.Translation;
import mshv.api.VirtualProcessor;
import mshv.shell.status.CommandException;

/** A guest's memory by the addresses that its processor uses: through its present page tables. */
public final class GuestAddresses {
	/** HV_TRANSLATE_GVA: validate a read, whatever the privilege. */
	private static final long READ = 0x1 | 0x8;
	private static final int PAGE = 0x1000;

	private final Guest guest;
	private final VirtualProcessor processor;

	/** @param processor whose page tables count */
	public GuestAddresses(Guest guest, VirtualProcessor processor) {
		this.guest = guest;
		this.processor = processor;
	}

	/** @return result and guest-physical address of one byte */
	public Translation translate(long address) {
		return processor.translate(address, READ);
	}

	private long physical(long address) throws CommandException {
		Translation translation = translate(address);
		if (translation.result() != Translation.Result.SUCCESS) {
			throw CommandException.usage("0x%x cannot be read: %s".formatted(address, words(translation)));
		}
		return translation.guestAddress();
	}

	/** @return the result in words */
	public static String words(Translation translation) {
		return translation.result().name().toLowerCase(Locale.ROOT).replace('_', ' ');
	}

	/** Reads up to a page that is not there, or all.
	 * @return at least one byte
	 * @throws CommandException if not even the first page is there */
	public byte[] read(long address, int length) throws CommandException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(length);
		for (long at = address; bytes.size() < length;) {
			int part = (int) Math.min(PAGE - (at & PAGE - 1), length - bytes.size());
			try {
				bytes.writeBytes(guest.machine().readMemory(physical(at), part));
			} catch (CommandException | IndexOutOfBoundsException e) {
				if (bytes.size() > 0) {
					break;
				}
				throw e instanceof CommandException refusal ? refusal
					: CommandException.usage("0x%x is not in the guest's memory".formatted(at));
			}
			at += part;
		}
		return bytes.toByteArray();
	}

	/** Writes, whether the guest itself could or not; nothing if not all pages are there. */
	public void write(long address, byte[] bytes) throws CommandException {
		for (int pass = 0; pass < 2; pass++) {
			for (int done = 0; done < bytes.length;) {
				long at = address + done;
				int part = (int) Math.min(PAGE - (at & PAGE - 1), bytes.length - done);
				long physical = physical(at);
				if (pass == 0) {
					PhysicalMemory.check(guest, physical, part);
				} else {
					guest.machine().writeMemory(physical, Arrays.copyOfRange(bytes, done, done + part));
				}
				done += part;
			}
		}
	}
}
