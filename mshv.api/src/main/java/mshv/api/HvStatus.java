package mshv.api;

import java.util.HashMap;
import java.util.Map;

/** Results of hypercalls (TLFS, HV_STATUS), with the error number that the Linux driver maps each to. */
public enum HvStatus {
	/** Success. */
	SUCCESS(0x00, null),
	/** Invalid hypercall code. */
	INVALID_HYPERCALL_CODE(0x02, Errno.EINVAL),
	/** Invalid hypercall input. */
	INVALID_HYPERCALL_INPUT(0x03, Errno.EINVAL),
	/** Invalid alignment. */
	INVALID_ALIGNMENT(0x04, Errno.EIO),
	/** Invalid parameter. */
	INVALID_PARAMETER(0x05, Errno.EINVAL),
	/** Access denied. */
	ACCESS_DENIED(0x06, Errno.EIO),
	/** Invalid partition state. */
	INVALID_PARTITION_STATE(0x07, Errno.EIO),
	/** Operation denied. */
	OPERATION_DENIED(0x08, Errno.EIO),
	/** Unknown property. */
	UNKNOWN_PROPERTY(0x09, Errno.EIO),
	/** Property value out of range. */
	PROPERTY_VALUE_OUT_OF_RANGE(0x0A, Errno.EIO),
	/** Insufficient memory. */
	INSUFFICIENT_MEMORY(0x0B, Errno.ENOMEM),
	/** Partition too deep. */
	PARTITION_TOO_DEEP(0x0C, Errno.EIO),
	/** Invalid partition id. */
	INVALID_PARTITION_ID(0x0D, Errno.EINVAL),
	/** Invalid VP index. */
	INVALID_VP_INDEX(0x0E, Errno.EINVAL),
	/** Not found. */
	NOT_FOUND(0x10, Errno.EIO),
	/** Invalid port id. */
	INVALID_PORT_ID(0x11, Errno.EINVAL),
	/** Invalid connection id. */
	INVALID_CONNECTION_ID(0x12, Errno.EINVAL),
	/** Insufficient buffers. */
	INSUFFICIENT_BUFFERS(0x13, Errno.EIO),
	/** Not acknowledged. */
	NOT_ACKNOWLEDGED(0x14, Errno.EIO),
	/** Invalid VP state. */
	INVALID_VP_STATE(0x15, Errno.EIO),
	/** Acknowledged. */
	ACKNOWLEDGED(0x16, Errno.EIO),
	/** Invalid save restore state. */
	INVALID_SAVE_RESTORE_STATE(0x17, Errno.EIO),
	/** Invalid synic state. */
	INVALID_SYNIC_STATE(0x18, Errno.EIO),
	/** Object in use. */
	OBJECT_IN_USE(0x19, Errno.EIO),
	/** Invalid proximity domain info. */
	INVALID_PROXIMITY_DOMAIN_INFO(0x1A, Errno.EIO),
	/** No data. */
	NO_DATA(0x1B, Errno.EIO),
	/** Inactive. */
	INACTIVE(0x1C, Errno.EIO),
	/** No resources. */
	NO_RESOURCES(0x1D, Errno.EIO),
	/** Feature unavailable. */
	FEATURE_UNAVAILABLE(0x1E, Errno.EIO),
	/** Partial packet. */
	PARTIAL_PACKET(0x1F, Errno.EIO),
	/** Processor feature not supported. */
	PROCESSOR_FEATURE_NOT_SUPPORTED(0x20, Errno.EIO),
	/** Cache line flush size incompatible. */
	CACHE_LINE_FLUSH_SIZE_INCOMPATIBLE(0x30, Errno.EIO),
	/** Insufficient buffer. */
	INSUFFICIENT_BUFFER(0x33, Errno.EIO),
	/** Incompatible processor. */
	INCOMPATIBLE_PROCESSOR(0x37, Errno.EIO),
	/** Insufficient device domains. */
	INSUFFICIENT_DEVICE_DOMAINS(0x38, Errno.EIO),
	/** Cpuid feature validation error. */
	CPUID_FEATURE_VALIDATION_ERROR(0x3C, Errno.EIO),
	/** Cpuid xsave feature validation error. */
	CPUID_XSAVE_FEATURE_VALIDATION_ERROR(0x3D, Errno.EIO),
	/** Processor startup timeout. */
	PROCESSOR_STARTUP_TIMEOUT(0x3E, Errno.EIO),
	/** Smx enabled. */
	SMX_ENABLED(0x3F, Errno.EIO),
	/** Invalid LP index. */
	INVALID_LP_INDEX(0x41, Errno.EINVAL),
	/** Invalid register value. */
	INVALID_REGISTER_VALUE(0x50, Errno.EINVAL),
	/** Invalid vtl state. */
	INVALID_VTL_STATE(0x51, Errno.EIO),
	/** Nx not detected. */
	NX_NOT_DETECTED(0x55, Errno.EIO),
	/** Invalid device id. */
	INVALID_DEVICE_ID(0x57, Errno.EIO),
	/** Invalid device state. */
	INVALID_DEVICE_STATE(0x58, Errno.EIO),
	/** Pending page requests. */
	PENDING_PAGE_REQUESTS(0x59, Errno.EIO),
	/** Page request invalid. */
	PAGE_REQUEST_INVALID(0x60, Errno.EIO),
	/** Key already exists. */
	KEY_ALREADY_EXISTS(0x65, Errno.EIO),
	/** Device already in domain. */
	DEVICE_ALREADY_IN_DOMAIN(0x66, Errno.EIO),
	/** Invalid cpu group id. */
	INVALID_CPU_GROUP_ID(0x6F, Errno.EIO),
	/** Invalid cpu group state. */
	INVALID_CPU_GROUP_STATE(0x70, Errno.EIO),
	/** Operation failed. */
	OPERATION_FAILED(0x71, Errno.EIO),
	/** Not allowed with nested virt active. */
	NOT_ALLOWED_WITH_NESTED_VIRT_ACTIVE(0x72, Errno.EIO),
	/** Insufficient root memory. */
	INSUFFICIENT_ROOT_MEMORY(0x73, Errno.ENOMEM),
	/** Event buffer already freed. */
	EVENT_BUFFER_ALREADY_FREED(0x74, Errno.EIO),
	/** Insufficient contiguous memory. */
	INSUFFICIENT_CONTIGUOUS_MEMORY(0x75, Errno.ENOMEM),
	/** Time out. */
	TIME_OUT(0x78, Errno.EIO),
	/** Call pending. */
	CALL_PENDING(0x79, Errno.EIO),
	/** Insufficient contiguous root memory. */
	INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY(0x83, Errno.ENOMEM),
	/** Vtl already enabled. */
	VTL_ALREADY_ENABLED(0x86, Errno.EIO);

	private static final Map<Integer, HvStatus> BY_CODE = new HashMap<>();

	static {
		for (HvStatus status : values()) {
			BY_CODE.put(status.code, status);
		}
	}

	private final int code;
	private final Errno errno;

	HvStatus(int code, Errno errno) {
		this.code = code;
		this.errno = errno;
	}

	/** @return the 16-bit status of a hypercall result */
	public int code() {
		return code;
	}

	/** @return the driver's error number, null for {@link #SUCCESS} */
	public Errno errno() {
		return errno;
	}

	/** @param code 16-bit status
	 * @return the status, {@link #OPERATION_FAILED} for a code that is not known */
	public static HvStatus of(int code) {
		return BY_CODE.getOrDefault(code, OPERATION_FAILED);
	}
}
