package mshv.api.abi;

/** Flags of HVCALL_MAP_GPA_PAGES (HV_MAP_GPA_FLAGS). */
public final class MapFlag {
	/** HV_MAP_GPA_READABLE. */
	public static final int READABLE = 0x1;
	/** HV_MAP_GPA_WRITABLE. */
	public static final int WRITABLE = 0x2;
	/** HV_MAP_GPA_KERNEL_EXECUTABLE. */
	public static final int KERNEL_EXECUTABLE = 0x4;
	/** HV_MAP_GPA_USER_EXECUTABLE. */
	public static final int USER_EXECUTABLE = 0x8;
	/** HV_MAP_GPA_ADJUSTABLE. */
	public static final int ADJUSTABLE = 0x8000;
	/** HV_MAP_GPA_NO_ACCESS. */
	public static final int NO_ACCESS = 0x10000;
	/** HV_MAP_GPA_NOT_CACHED. */
	public static final int NOT_CACHED = 0x200000;
	/** HV_MAP_GPA_LARGE_PAGE. */
	public static final int LARGE_PAGE = 0x80000000;

	private MapFlag() {}
}
