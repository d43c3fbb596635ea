package mshv.vmm.loader;

/**
 * A file that takes part in booting.
 *
 * @param name for messages and for the guest
 * @param content its bytes, not to be changed
 */
public record BootFile(String name, byte[] content) {}
