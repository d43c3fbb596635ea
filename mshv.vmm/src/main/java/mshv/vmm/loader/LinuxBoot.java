package mshv.vmm.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.vmm.memory.GuestRam;

/** Linux by its 64-bit boot protocol (Documentation/arch/x86/boot.rst): a bzImage, or the ELF file inside one. */
final class LinuxBoot {
	private static final int SETUP_SECTS = 0x1F1;
	private static final int SYSSIZE = 0x1F4;
	private static final int VIDEO_MODE = 0x1FA;
	private static final int BOOT_FLAG = 0x1FE;
	private static final int JUMP_LENGTH = 0x201;
	private static final int HEADER = 0x202;
	private static final int VERSION = 0x206;
	private static final int LOADER_TYPE = 0x210;
	private static final int LOAD_FLAGS = 0x211;
	private static final int RAMDISK_IMAGE = 0x218;
	private static final int RAMDISK_SIZE = 0x21C;
	private static final int COMMAND_LINE_POINTER = 0x228;
	private static final int INITRD_MAX = 0x22C;
	private static final int KERNEL_ALIGNMENT = 0x230;
	private static final int RELOCATABLE = 0x234;
	private static final int XLOAD_FLAGS = 0x236;
	private static final int COMMAND_LINE_SIZE = 0x238;
	private static final int PAYLOAD_OFFSET = 0x248;
	private static final int PAYLOAD_LENGTH = 0x24C;
	private static final int PREFERRED_ADDRESS = 0x258;
	private static final int INIT_SIZE = 0x260;
	private static final int HEADER_END = 0x268;
	/** Where the copied header ends at the latest: then comes what a BIOS would fill in. */
	private static final int HEADER_LIMIT = 0x290;
	private static final int RSDP = 0x070;
	private static final int E820_COUNT = 0x1E8;
	private static final int E820_TABLE = 0x2D0;
	private static final int ZERO_PAGE_SIZE = 0x1000;

	private static final int MAGIC = 0x53726448;
	private static final int BOOT_MAGIC = 0xAA55;
	/** First version with XLF_KERNEL_64. */
	private static final int VERSION_2_12 = 0x20C;
	private static final int XLF_KERNEL_64 = 1;
	private static final int LOADED_HIGH = 1;
	private static final int LOADER_UNDEFINED = 0xFF;
	private static final int VIDEO_NORMAL = 0xFFFF;
	private static final long DEFAULT_ADDRESS = 0x100000;
	private static final int ENTRY_64 = 0x200;
	private static final long NOT_UNPACKED = -1;
	private static final int ELF_CLASS = 4;
	private static final int ELF_CLASS_64 = 2;
	private static final long INITRD_LIMIT = 0x7FFFFFFF;
	private static final int COMMAND_LINE_LIMIT = 2047;
	private static final Reserved STRUCTURES = new Reserved(0, LowMemory.END, "the boot structures");

	private final GuestRam ram;
	private final BootRequest request;

	LinuxBoot(GuestRam ram, BootRequest request) {
		this.ram = ram;
		this.request = request;
	}

	/** @return true if the file has Linux's setup header */
	static boolean isImage(byte[] content) {
		ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
		return content.length >= HEADER + 4 && bytes.getInt(HEADER) == MAGIC && (bytes.getShort(BOOT_FLAG) & 0xFFFF) == BOOT_MAGIC;
	}

	/** Loads a bzImage. */
	Map<Register, RegisterValue> loadImage() throws LoadException {
		String name = request.kernel().name();
		byte[] content = request.kernel().content();
		ByteBuffer image = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
		if (content.length < HEADER_END) {
			throw LoadException.truncated("%s: truncated: %d bytes, less than the setup header", name, content.length);
		}
		int version = image.getShort(VERSION) & 0xFFFF;
		if (version < VERSION_2_12) {
			throw LoadException.protocol("%s: boot protocol %d.%02d, expected 2.12 or later, which has a 64-bit entry", name, version >> 8,
				version & 0xFF);
		}
		if ((image.getShort(XLOAD_FLAGS) & XLF_KERNEL_64) == 0) {
			throw LoadException.image("%s: a 32-bit kernel (xloadflags 0x%x without XLF_KERNEL_64), expected one with the 64-bit entry",
				name,
				image.getShort(XLOAD_FLAGS));
		}
		int setupSectors = image.get(SETUP_SECTS) & 0xFF;
		int setupSize = ((setupSectors == 0 ? 4 : setupSectors) + 1) * 512;
		long kernelSize = (image.getInt(SYSSIZE) & 0xFFFFFFFFL) * 16;
		if (setupSize + kernelSize > content.length || kernelSize <= ENTRY_64) {
			throw LoadException.truncated("%s: truncated: %d bytes, the header tells of %d", name, content.length, setupSize + kernelSize);
		}
		long initSize = Math.max(image.getInt(INIT_SIZE) & 0xFFFFFFFFL, kernelSize);
		long address = placeKernel(image, initSize);
		long limit = image.getInt(COMMAND_LINE_SIZE) & 0xFFFFFFFFL;
		byte[] zeroPage = zeroPage(limit == 0 ? 255 : limit);
		int headerEnd = Math.min(HEADER + (image.get(JUMP_LENGTH) & 0xFF), HEADER_LIMIT);
		ByteBuffer page = ByteBuffer.wrap(zeroPage).order(ByteOrder.LITTLE_ENDIAN);
		page.put(SETUP_SECTS, content, SETUP_SECTS, headerEnd - SETUP_SECTS);
		long preferred = image.getLong(PREFERRED_ADDRESS);
		// A kernel that moves itself needs the place where it will run
		long end = initSize + (image.get(RELOCATABLE) != 0 ? address : preferred);
		long entry = address == preferred ? unpack(image, setupSize, end) : NOT_UNPACKED;
		if (entry == NOT_UNPACKED) {
			ram.write(address, content, setupSize, (int) kernelSize);
			entry = address + ENTRY_64;
		}
		return enter(page, entry, Initrd.load(ram, request.initrd(), end, image.getInt(INITRD_MAX) & 0xFFFFFFFFL));
	}

	/** Unpacks the kernel proper to where it is linked to run: what its own code would do, but for choosing a random address.
	 * @param end address that it may not exceed
	 * @return its entry point, or {@link #NOT_UNPACKED} */
	private long unpack(ByteBuffer image, int setupSize, long end) {
		byte[] content = KernelPayload.unpack(image, setupSize + (image.getInt(PAYLOAD_OFFSET) & 0xFFFFFFFFL),
			image.getInt(PAYLOAD_LENGTH) & 0xFFFFFFFFL, 2 * end);
		if (content == null || content[ELF_CLASS] != ELF_CLASS_64) {
			return NOT_UNPACKED;
		}
		try {
			ElfImage elf = ElfImage.parse(new BootFile(request.kernel().name(), content));
			long entry = elf.entry();
			Reserved others = new Reserved(end, Long.MAX_VALUE, "the initial RAM disk and others");
			elf.load(ram, List.of(STRUCTURES, Reserved.TABLES, others));
			return entry;
		} catch (LoadException e) {
			// What its own code makes of it is for the guest to see
			return NOT_UNPACKED;
		}
	}

	private long placeKernel(ByteBuffer image, long initSize) throws LoadException {
		long preferred = image.getLong(PREFERRED_ADDRESS);
		if (preferred < DEFAULT_ADDRESS || preferred > GuestRam.LOW_LIMIT) {
			throw LoadException.image("%s: preferred address 0x%x, expected 1 MiB to 3 GiB", request.kernel().name(), preferred);
		}
		boolean relocatable = image.get(RELOCATABLE) != 0;
		if (ram.contains(preferred, initSize)) {
			// One that cannot relocate moves itself from where kernels are loaded by default
			return relocatable ? preferred : DEFAULT_ADDRESS;
		}
		long alignment = Math.max(Integer.toUnsignedLong(image.getInt(KERNEL_ALIGNMENT)), ZERO_PAGE_SIZE);
		long lowest = (DEFAULT_ADDRESS + alignment - 1) / alignment * alignment;
		if (relocatable && ram.contains(lowest, initSize)) {
			return lowest;
		}
		throw LoadException.memory("%s: the kernel needs memory up to 0x%x, the machine has %d MiB", request.kernel().name(),
			(relocatable ? Math.min(lowest, preferred) : preferred) + initSize, ram.size() >> 20);
	}

	/** Loads an ELF file, entered in 64-bit mode with the same structures as a bzImage. */
	Map<Register, RegisterValue> loadElf(ElfImage elf) throws LoadException {
		long entry = elf.entry();
		long end = elf.load(ram, List.of(STRUCTURES, Reserved.TABLES));
		ByteBuffer page = ByteBuffer.wrap(zeroPage(COMMAND_LINE_LIMIT)).order(ByteOrder.LITTLE_ENDIAN);
		page.putShort(BOOT_FLAG, (short) BOOT_MAGIC).putInt(HEADER, MAGIC).putShort(VERSION, (short) VERSION_2_12);
		page.put(LOAD_FLAGS, (byte) LOADED_HIGH).putInt(KERNEL_ALIGNMENT, 0x200000);
		return enter(page, entry, Initrd.load(ram, request.initrd(), end, INITRD_LIMIT));
	}

	/** Writes the command line. @param limit longest that the kernel takes, without the terminating zero
	 * @return a zero page with all but the setup header */
	private byte[] zeroPage(long limit) throws LoadException {
		CommandLine.write(ram, LowMemory.COMMAND_LINE, request.commandLine(), limit);
		ByteBuffer page = ByteBuffer.allocate(ZERO_PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
		page.putLong(RSDP, request.rsdp());
		List<MemoryMap.Entry> map = MemoryMap.of(ram);
		page.put(E820_COUNT, (byte) map.size());
		page.position(E820_TABLE);
		for (MemoryMap.Entry entry : map) {
			page.putLong(entry.start()).putLong(entry.size()).putInt(entry.type());
		}
		return page.array();
	}

	private Map<Register, RegisterValue> enter(ByteBuffer page, long entry, Initrd initrd) {
		page.put(LOADER_TYPE, (byte) LOADER_UNDEFINED).putShort(VIDEO_MODE, (short) VIDEO_NORMAL);
		page.putInt(COMMAND_LINE_POINTER, (int) LowMemory.COMMAND_LINE);
		page.putInt(RAMDISK_IMAGE, (int) initrd.address()).putInt(RAMDISK_SIZE, (int) initrd.size());
		ram.write(LowMemory.START_INFO, page.array());
		LowMemory.writeGdt(ram, LowMemory.GDT, true);
		LowMemory.writePageTables(ram);
		Map<Register, RegisterValue> state = EntryState.longMode(entry, LowMemory.PAGE_TABLES, LowMemory.GDT);
		state.put(Register.RSI, RegisterValue.of(LowMemory.START_INFO));
		return state;
	}
}
