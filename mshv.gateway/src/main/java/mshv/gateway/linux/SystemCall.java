package mshv.gateway.linux;

/** Numbers of system calls (x86-64). */
final class SystemCall {
	static final int READ = 0;
	static final int WRITE = 1;
	static final int OPEN = 2;
	static final int CLOSE = 3;
	static final int STAT = 4;
	static final int LSTAT = 6;
	static final int POLL = 7;
	static final int MMAP = 9;
	static final int MUNMAP = 11;
	static final int RT_SIGPROCMASK = 14;
	static final int IOCTL = 16;
	static final int ACCESS = 21;
	static final int SOCKET = 41;
	static final int CONNECT = 42;
	static final int ACCEPT4 = 288;
	static final int SENDMSG = 46;
	static final int RECVMSG = 47;
	static final int BIND = 49;
	static final int LISTEN = 50;
	static final int GETSOCKOPT = 55;
	static final int EXECVE = 59;
	static final int WAIT4 = 61;
	static final int FCNTL = 72;
	static final int FTRUNCATE = 77;
	static final int GETTID = 186;
	static final int PTRACE = 101;
	static final int PRCTL = 157;
	static final int TGKILL = 234;
	static final int EXIT_GROUP = 231;
	static final int INOTIFY_ADD_WATCH = 254;
	static final int INOTIFY_RM_WATCH = 255;
	static final int OPENAT = 257;
	static final int NEWFSTATAT = 262;
	static final int READLINKAT = 267;
	static final int FACCESSAT = 269;
	static final int EVENTFD2 = 290;
	static final int INOTIFY_INIT1 = 294;
	static final int PROCESS_VM_READV = 310;
	static final int PROCESS_VM_WRITEV = 311;
	static final int SECCOMP = 317;
	static final int MEMFD_CREATE = 319;
	static final int STATX = 332;
	static final int PIDFD_OPEN = 434;
	static final int OPENAT2 = 437;
	static final int PIDFD_GETFD = 438;
	static final int FACCESSAT2 = 439;

	private SystemCall() {}
}
