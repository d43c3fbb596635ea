package mshv.gateway.linux;

/** A system call failed. */
public final class LinuxException extends RuntimeException {
	/** Not permitted. */
	public static final int EPERM = 1;
	/** No such file. */
	public static final int ENOENT = 2;
	/** No such process. */
	public static final int ESRCH = 3;
	/** Interrupted. */
	public static final int EINTR = 4;
	/** Bad descriptor. */
	public static final int EBADF = 9;
	/** Try again. */
	public static final int EAGAIN = 11;
	/** Not allowed. */
	public static final int EACCES = 13;
	/** Bad address. */
	public static final int EFAULT = 14;
	/** In use. */
	public static final int EBUSY = 16;
	/** Invalid. */
	public static final int EINVAL = 22;
	/** No such call. */
	public static final int ENOSYS = 38;

	private static final long serialVersionUID = 1;

	private final int errno;

	/** @param what what failed @param errno error number */
	public LinuxException(String what, int errno) {
		super(what + ": errno " + errno);
		this.errno = errno;
	}

	/** @return error number */
	public int errno() {
		return errno;
	}
}
