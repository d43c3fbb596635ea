package mshv.api;

/** Linux error numbers that the driver gives. */
public enum Errno {
	/** Operation not permitted. */
	EPERM(1),
	/** No such entry. */
	ENOENT(2),
	/** Interrupted. */
	EINTR(4),
	/** Refused by the hypervisor. */
	EIO(5),
	/** No such device or address. */
	ENXIO(6),
	/** Argument list too long. */
	E2BIG(7),
	/** Bad descriptor. */
	EBADF(9),
	/** Try again. */
	EAGAIN(11),
	/** Out of memory. */
	ENOMEM(12),
	/** Bad address. */
	EFAULT(14),
	/** Busy. */
	EBUSY(16),
	/** Exists already. */
	EEXIST(17),
	/** No such device. */
	ENODEV(19),
	/** Invalid argument. */
	EINVAL(22),
	/** Not an ioctl of this descriptor. */
	ENOTTY(25),
	/** Value too large. */
	EOVERFLOW(75),
	/** Descriptor in a bad state. */
	EBADFD(77),
	/** Not supported. */
	EOPNOTSUPP(95);

	private final int number;

	Errno(int number) {
		this.number = number;
	}

	/** @return the number */
	public int number() {
		return number;
	}
}
