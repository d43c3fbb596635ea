package mshv.backend.emu.partition;

/** Codes of partition properties beyond those that {@link mshv.api.abi.PartitionProperty} names. */
final class PropertyCode {
	/** Bank 0 of the processor features under its old code. */
	static final int PROCESSOR_FEATURES_DEPRECATED = 0x00060001;
	/** Size that CLFLUSH works on, in 8-byte units. */
	static final int CL_FLUSH_SIZE = 0x00060003;
	/** Version that the partition is compatible with. */
	static final int COMPATIBILITY_VERSION = 0x00060005;
	/** Bits of guest-physical addresses. */
	static final int IMPLEMENTED_PHYSICAL_ADDRESS_BITS = 0x00050010;

	private PropertyCode() {}
}
