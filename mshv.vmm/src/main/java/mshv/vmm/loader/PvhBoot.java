package mshv.vmm.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.vmm.memory.GuestRam;

/** The PVH entry of Xen (xen/include/public/arch-x86/hvm/start_info.h): 32-bit protected mode without paging. */
final class PvhBoot {
	/** XEN_ELFNOTE_PHYS32_ENTRY. */
	private static final int ENTRY_NOTE = 18;
	private static final String OWNER = "Xen";
	private static final int MAGIC = 0x336EC578;
	private static final int VERSION = 1;
	private static final int START_INFO_SIZE = 56;
	private static final int MODULE_SIZE = 32;
	private static final int MAP_ENTRY_SIZE = 24;
	private static final int COMMAND_LINE_LIMIT = 2047;
	private static final long INITRD_LIMIT = 0x7FFFFFFF;

	private PvhBoot() {}

	/** @return the entry point, or -1 if the kernel has none */
	static long entry(ElfImage elf) throws LoadException {
		return elf.findNote(OWNER, ENTRY_NOTE);
	}

	static Map<Register, RegisterValue> load(GuestRam ram, BootRequest request, ElfImage elf) throws LoadException {
		long entry = entry(elf);
		if (!ram.contains(entry, 1) || entry > GuestRam.LOW_LIMIT) {
			throw LoadException.image("%s: the PVH entry 0x%x is not in the machine's memory below 3 GiB", request.kernel().name(), entry);
		}
		long end = elf.load(ram, List.of(new Reserved(0, LowMemory.END, "the boot structures"), Reserved.TABLES));
		Initrd initrd = Initrd.load(ram, request.initrd(), end, INITRD_LIMIT);
		CommandLine.write(ram, LowMemory.COMMAND_LINE, request.commandLine(), COMMAND_LINE_LIMIT);
		List<MemoryMap.Entry> map = MemoryMap.of(ram);
		long modules = LowMemory.START_INFO + START_INFO_SIZE;
		long entries = modules + MODULE_SIZE;
		boolean hasModule = initrd.size() > 0;
		ByteBuffer info = ByteBuffer.allocate(START_INFO_SIZE + MODULE_SIZE + map.size() * MAP_ENTRY_SIZE).order(ByteOrder.LITTLE_ENDIAN);
		info.putInt(MAGIC).putInt(VERSION).putInt(0).putInt(hasModule ? 1 : 0);
		info.putLong(hasModule ? modules : 0).putLong(LowMemory.COMMAND_LINE).putLong(request.rsdp());
		info.putLong(entries).putInt(map.size()).putInt(0);
		info.putLong(initrd.address()).putLong(initrd.size()).putLong(0).putLong(0);
		for (MemoryMap.Entry range : map) {
			info.putLong(range.start()).putLong(range.size()).putInt(range.type()).putInt(0);
		}
		ram.write(LowMemory.START_INFO, info.array());
		LowMemory.writeGdt(ram, LowMemory.GDT, false);
		Map<Register, RegisterValue> state = EntryState.protectedMode(entry, LowMemory.GDT);
		state.put(Register.RBX, RegisterValue.of(LowMemory.START_INFO));
		return state;
	}
}
