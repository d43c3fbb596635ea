package mshv.vmm.loader;

import java.util.Map;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.vmm.memory.GuestRam;

/** Recognises what kind of kernel a file is and loads it. */
public final class KernelLoader {
	/** Least memory of a machine in bytes: what lies below 1 MiB, and something above. */
	public static final long LEAST_MEMORY = 2 << 20;
	/** Guest-physical address that is kept for the ACPI tables. */
	public static final long ACPI_TABLES = Reserved.TABLES.start();

	private KernelLoader() {}

	/** Loads a kernel and what it is handed.
	 * @param ram at least {@link #LEAST_MEMORY}
	 * @return registers to set before the first instruction, in this order
	 * @throws LoadException if that is not possible; memory may have been written to */
	public static Map<Register, RegisterValue> load(GuestRam ram, BootRequest request) throws LoadException {
		BootFile kernel = request.kernel();
		if (kernel.content().length == 0) {
			throw LoadException.image("%s: the file is empty", kernel.name());
		}
		if (LinuxBoot.isImage(kernel.content())) {
			refuseModules(request, "a Linux kernel");
			return new LinuxBoot(ram, request).loadImage();
		}
		ElfImage elf = ElfImage.parse(kernel);
		int multiboot = MultibootBoot.findHeader(kernel.content());
		if (multiboot >= 0) {
			return MultibootBoot.load(ram, request, elf, multiboot);
		}
		if (elf == null) {
			throw LoadException.image("%s: not a kernel: expected a bzImage, an ELF file or a multiboot header in the first 8 KiB",
				kernel.name());
		}
		refuseModules(request, "this ELF kernel");
		if (PvhBoot.entry(elf) != -1) {
			return PvhBoot.load(ram, request, elf);
		}
		if (!elf.wide()) {
			throw LoadException.image("%s: a 32-bit ELF file without a multiboot header or a PVH entry, so it cannot be entered",
				kernel.name());
		}
		return new LinuxBoot(ram, request).loadElf(elf);
	}

	private static void refuseModules(BootRequest request, String what) throws LoadException {
		if (!request.modules().isEmpty()) {
			throw LoadException.machine("%s: %s takes no modules, only multiboot kernels do", request.modules().getFirst().name(), what);
		}
	}
}
