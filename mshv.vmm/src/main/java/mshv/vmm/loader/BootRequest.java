package mshv.vmm.loader;

import java.util.List;

/**
 * What to boot.
 *
 * @param kernel the kernel
 * @param initrd the initial RAM disk, or null
 * @param modules modules of a multiboot kernel
 * @param commandLine without the kernel's name
 * @param rsdp guest-physical address of the RSDP
 */
public record BootRequest(BootFile kernel, BootFile initrd, List<BootFile> modules, String commandLine, long rsdp) {}
