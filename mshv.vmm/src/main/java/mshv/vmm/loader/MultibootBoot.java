package mshv.vmm.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.vmm.memory.GuestRam;

/** Kernels by the Multiboot specification, version 0.6.96: ELF files, and any others whose header tells where they load. */
final class MultibootBoot {
	private static final int HEADER_MAGIC = 0x1BADB002;
	private static final int LOADER_MAGIC = 0x2BADB002;
	private static final int SEARCH_LENGTH = 8192;
	private static final int HEADER_SIZE = 12;
	private static final int HEADER_WITH_ADDRESSES = 32;
	private static final int FLAG_VIDEO = 1 << 2;
	private static final int FLAG_ADDRESSES = 1 << 16;
	/** Requirements that a loader must know; of those, page-aligned modules and the memory map are met. */
	private static final int REQUIREMENTS = 0xFFFF;
	private static final int MET = 3;

	private static final int INFO_MEMORY = 1;
	private static final int INFO_COMMAND_LINE = 1 << 2;
	private static final int INFO_MODULES = 1 << 3;
	private static final int INFO_MAP = 1 << 6;
	private static final int INFO_LOADER_NAME = 1 << 9;
	private static final int INFO_SIZE = 116;
	private static final int MAP_ENTRY_SIZE = 24;
	private static final int MODULE_SIZE = 16;
	private static final int PAGE = 0x1000;

	/** All that the kernel is handed; high in conventional memory, as kernels load low. */
	private static final Reserved STRUCTURES = new Reserved(0x80000, MemoryMap.CONVENTIONAL_END, "the boot structures");
	private static final int COMMAND_LINE_LIMIT = 4095;

	private final GuestRam ram;
	private final BootRequest request;
	private final ByteBuffer image;
	private final int header;
	private long next = STRUCTURES.start();

	private MultibootBoot(GuestRam ram, BootRequest request, int header) {
		this.ram = ram;
		this.request = request;
		this.header = header;
		image = ByteBuffer.wrap(request.kernel().content()).order(ByteOrder.LITTLE_ENDIAN);
	}

	/** @return offset of the header, or -1 if there is none with a good checksum */
	static int findHeader(byte[] content) {
		ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
		int end = Math.min(content.length, SEARCH_LENGTH) - HEADER_SIZE;
		for (int at = 0; at <= end; at += 4) {
			if (bytes.getInt(at) == HEADER_MAGIC && HEADER_MAGIC + bytes.getInt(at + 4) + bytes.getInt(at + 8) == 0) {
				return at;
			}
		}
		return -1;
	}

	/** @param elf the kernel, or null if it is not an ELF file @param header offset of the header */
	static Map<Register, RegisterValue> load(GuestRam ram, BootRequest request, ElfImage elf, int header) throws LoadException {
		return new MultibootBoot(ram, request, header).load(elf);
	}

	private Map<Register, RegisterValue> load(ElfImage elf) throws LoadException {
		int flags = image.getInt(header + 4);
		if ((flags & REQUIREMENTS & ~MET) != 0) {
			throw LoadException.image("%s: the multiboot header requires 0x%x%s, expected no more than 0x%x", request.kernel().name(),
				flags & REQUIREMENTS, (flags & FLAG_VIDEO) != 0 ? " (video)" : "", MET);
		}
		long entry;
		long end;
		if ((flags & FLAG_ADDRESSES) != 0) {
			entry = image.capacity() >= header + HEADER_WITH_ADDRESSES ? word(header + 28) : 0;
			end = loadFlat();
		} else if (elf != null) {
			entry = elf.entry();
			end = elf.load(ram, List.of(STRUCTURES, Reserved.TABLES));
		} else {
			throw LoadException.image("%s: a multiboot kernel that is no ELF file needs load addresses, its flags 0x%x have none",
				request.kernel().name(), flags);
		}
		if (entry >= GuestRam.LOW_LIMIT || !ram.contains(entry, 1)) {
			throw LoadException.image("%s: the entry point 0x%x is not in the machine's memory", request.kernel().name(), entry);
		}
		long info = writeInfo(end);
		long gdt = reserve(5 * 8);
		LowMemory.writeGdt(ram, gdt, false);
		Map<Register, RegisterValue> state = EntryState.protectedMode(entry, gdt);
		state.put(Register.RAX, RegisterValue.of(LOADER_MAGIC));
		state.put(Register.RBX, RegisterValue.of(info));
		return state;
	}

	/** Loads by the addresses in the header. @return address after the last byte */
	private long loadFlat() throws LoadException {
		String name = request.kernel().name();
		if (image.capacity() < header + HEADER_WITH_ADDRESSES) {
			throw LoadException.truncated("%s: truncated: the multiboot header at 0x%x has %d bytes, expected 32", name, header,
				image.capacity() - header);
		}
		long headerAddress = word(header + 12);
		long start = word(header + 16);
		long loadEnd = word(header + 20);
		long bssEnd = word(header + 24);
		long offset = header - (headerAddress - start);
		if (start > headerAddress || offset < 0) {
			throw LoadException.image("%s: bad multiboot header: load address 0x%x with the header at 0x%x, offset 0x%x", name, start,
				headerAddress, header);
		}
		long available = image.capacity() - offset;
		long size = loadEnd == 0 ? available : loadEnd - start;
		if (size < 0 || size > available) {
			throw LoadException.image("%s: bad multiboot header: loads 0x%x to 0x%x, but the file has 0x%x bytes for it", name, start,
				loadEnd,
				available);
		}
		long end = Math.max(bssEnd, start + size);
		Reserved.check(name, List.of(STRUCTURES, Reserved.TABLES), start, end - start);
		if (!ram.contains(start, end - start)) {
			throw LoadException.memory("%s: the kernel needs memory from 0x%x to 0x%x, the machine has %d MiB", name, start, end,
				ram.size() >> 20);
		}
		ram.write(start, request.kernel().content(), (int) offset, (int) size);
		ram.clear(start + size, end - start - size);
		return end;
	}

	private long writeInfo(long kernelEnd) throws LoadException {
		long info = reserve(INFO_SIZE);
		// The first word is the program's name
		String program = request.kernel().name().replace(' ', '_');
		String commandLine = request.commandLine().isEmpty() ? program : program + ' ' + request.commandLine();
		long commandLineAddress = writeText(commandLine);
		long loaderName = writeText("mshv.vmm");
		List<BootFile> modules = new ArrayList<>();
		if (request.initrd() != null) {
			modules.add(request.initrd());
		}
		modules.addAll(request.modules());
		long moduleList = writeModules(modules, Math.max(kernelEnd, MemoryMap.EXTENDED));
		List<MemoryMap.Entry> map = MemoryMap.of(ram);
		long mapAddress = writeMap(map);
		ByteBuffer bytes = ByteBuffer.allocate(INFO_SIZE).order(ByteOrder.LITTLE_ENDIAN);
		bytes.putInt(INFO_MEMORY | INFO_COMMAND_LINE | INFO_MODULES | INFO_MAP | INFO_LOADER_NAME);
		bytes.putInt((int) (MemoryMap.CONVENTIONAL_END >> 10)).putInt((int) (ram.lowEnd() - MemoryMap.EXTENDED >> 10));
		bytes.putInt(16, (int) commandLineAddress).putInt(20, modules.size()).putInt(24, (int) moduleList);
		bytes.putInt(44, map.size() * MAP_ENTRY_SIZE).putInt(48, (int) mapAddress).putInt(64, (int) loaderName);
		ram.write(info, bytes.array());
		return info;
	}

	private long writeModules(List<BootFile> modules, long from) throws LoadException {
		ByteBuffer list = ByteBuffer.allocate(modules.size() * MODULE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
		long address = from + PAGE - 1 & -PAGE;
		for (BootFile module : modules) {
			int size = module.content().length;
			if (address + size > ram.lowEnd()) {
				throw LoadException.memory("%s: a module of %d bytes does not fit between 0x%x and the end of memory at 0x%x",
					module.name(),
					size, address, ram.lowEnd());
			}
			ram.write(address, module.content());
			list.putInt((int) address).putInt((int) address + size).putInt((int) writeText(module.name())).putInt(0);
			address = address + size + PAGE - 1 & -PAGE;
		}
		long at = reserve(list.capacity());
		ram.write(at, list.array());
		return at;
	}

	private long writeMap(List<MemoryMap.Entry> map) throws LoadException {
		ByteBuffer bytes = ByteBuffer.allocate(map.size() * MAP_ENTRY_SIZE).order(ByteOrder.LITTLE_ENDIAN);
		for (MemoryMap.Entry entry : map) {
			// The size does not count itself
			bytes.putInt(MAP_ENTRY_SIZE - 4).putLong(entry.start()).putLong(entry.size()).putInt(entry.type());
		}
		long at = reserve(bytes.capacity());
		ram.write(at, bytes.array());
		return at;
	}

	private long writeText(String text) throws LoadException {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		if (bytes.length > COMMAND_LINE_LIMIT) {
			throw LoadException.commandLine("the command line has %d bytes, a multiboot kernel gets at most %d", bytes.length,
				COMMAND_LINE_LIMIT);
		}
		long at = reserve(bytes.length + 1);
		ram.write(at, Arrays.copyOf(bytes, bytes.length + 1));
		return at;
	}

	private long reserve(int size) throws LoadException {
		long at = next;
		next = next + size + 7 & -8;
		if (next > STRUCTURES.end()) {
			throw LoadException.machine("%s: the boot structures need more than 0x%x bytes: too many modules", request.kernel().name(),
				STRUCTURES.end() - STRUCTURES.start());
		}
		return at;
	}

	private long word(int at) {
		return image.getInt(at) & 0xFFFFFFFFL;
	}
}
