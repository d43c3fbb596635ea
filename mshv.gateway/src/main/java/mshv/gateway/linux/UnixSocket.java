package mshv.gateway.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** A socket of this machine that keeps messages apart and can carry a descriptor (AF_UNIX, SOCK_SEQPACKET). */
public final class UnixSocket {
	/** Most bytes of a message. */
	public static final int MESSAGE_SIZE = 32768;

	private static final int AF_UNIX = 1;
	private static final int SOCK_SEQPACKET_CLOEXEC = 5 | 0x80000;
	private static final int SOCK_CLOEXEC = 0x80000;
	private static final int ADDRESS_SIZE = 110;
	private static final int SOL_SOCKET = 1;
	private static final int SO_PEERCRED = 17;
	private static final int SCM_RIGHTS = 1;
	private static final int MSG_CMSG_CLOEXEC = 0x40000000;
	private static final int MSG_NOSIGNAL = 0x4000;
	private static final int CONTROL_SIZE = 24;
	private static final int CONTROL_LENGTH = 20;

	private final Kernel kernel;
	private final int descriptor;
	private final MemorySegment header;
	private final MemorySegment control;
	private final MemorySegment vector;
	private final MemorySegment buffer;

	private UnixSocket(Kernel kernel, Arena arena, int descriptor) {
		this.kernel = kernel;
		this.descriptor = descriptor;
		header = arena.allocate(56, 8);
		control = arena.allocate(CONTROL_SIZE, 8);
		vector = arena.allocate(16, 8);
		buffer = arena.allocate(MESSAGE_SIZE, 8);
		header.set(JAVA_LONG, 16, vector.address());
		header.set(JAVA_LONG, 24, 1);
		vector.set(JAVA_LONG, 0, buffer.address());
	}

	/** @return a socket that listens at a path that must not exist, for this user only
	 * @throws LinuxException if the path is taken or cannot be used */
	public static int listen(Kernel kernel, String path) {
		try (Arena arena = Arena.ofConfined()) {
			int socket = (int) kernel.require("socket", SystemCall.SOCKET, AF_UNIX, SOCK_SEQPACKET_CLOEXEC, 0);
			try {
				kernel.require("binding " + path, SystemCall.BIND, socket, address(arena, path).address(), ADDRESS_SIZE);
				kernel.require("listening", SystemCall.LISTEN, socket, 64, 0);
				return socket;
			} catch (LinuxException e) {
				kernel.close(socket);
				throw e;
			}
		}
	}

	/** @return the next connection's descriptor, or -errno */
	public static long accept(Kernel kernel, int socket) {
		return kernel.call(SystemCall.ACCEPT4, socket, 0, 0, SOCK_CLOEXEC);
	}

	/** @return a socket over an accepted connection */
	public static UnixSocket of(Kernel kernel, Arena arena, int descriptor) {
		return new UnixSocket(kernel, arena, descriptor);
	}

	/** @return the socket, null if nobody listens there */
	public static UnixSocket connect(Kernel kernel, Arena arena, String path) {
		int socket = (int) kernel.require("socket", SystemCall.SOCKET, AF_UNIX, SOCK_SEQPACKET_CLOEXEC, 0);
		if (kernel.call(SystemCall.CONNECT, socket, address(arena, path).address(), ADDRESS_SIZE) < 0) {
			kernel.close(socket);
			return null;
		}
		return new UnixSocket(kernel, arena, socket);
	}

	private static MemorySegment address(Arena arena, String path) {
		byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
		MemorySegment address = arena.allocate(ADDRESS_SIZE, 8);
		if (bytes.length > ADDRESS_SIZE - 3) {
			throw new LinuxException("socket path of " + bytes.length + " bytes", LinuxException.EINVAL);
		}
		address.set(JAVA_SHORT, 0, (short) AF_UNIX);
		MemorySegment.copy(bytes, 0, address, JAVA_BYTE, 2, bytes.length);
		return address;
	}

	/** @return process at the other end */
	public int peer() {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment credentials = arena.allocate(12, 4);
			MemorySegment size = arena.allocateFrom(JAVA_INT, 12);
			kernel.require("SO_PEERCRED", SystemCall.GETSOCKOPT, descriptor, SOL_SOCKET, SO_PEERCRED, credentials.address(),
				size.address(), 0);
			return credentials.get(JAVA_INT, 0);
		}
	}

	/** Sends a message. @param attached descriptor that goes with it, or -1
	 * @return false if the other end is gone */
	public boolean send(byte[] message, int attached) {
		MemorySegment.copy(message, 0, buffer, JAVA_BYTE, 0, message.length);
		return send(message.length, attached);
	}

	/** Sends what the buffer holds; makes no object. */
	private boolean send(int length, int attached) {
		vector.set(JAVA_LONG, 8, length);
		header.set(JAVA_LONG, 32, attached < 0 ? 0 : control.address());
		header.set(JAVA_LONG, 40, attached < 0 ? 0 : CONTROL_SIZE);
		control.set(JAVA_LONG, 0, CONTROL_LENGTH);
		control.set(JAVA_INT, 8, SOL_SOCKET);
		control.set(JAVA_INT, 12, SCM_RIGHTS);
		control.set(JAVA_INT, 16, attached);
		return kernel.call(SystemCall.SENDMSG, descriptor, header.address(), MSG_NOSIGNAL) >= 0;
	}

	/**
	 * A message.
	 *
	 * @param bytes what it says
	 * @param descriptor what was attached, or -1
	 */
	public record Message(byte[] bytes, int descriptor) {}

	/** @return the next message, null if the other end is gone */
	public Message receive() {
		vector.set(JAVA_LONG, 8, MESSAGE_SIZE);
		header.set(JAVA_LONG, 32, control.address());
		header.set(JAVA_LONG, 40, CONTROL_SIZE);
		control.fill((byte) 0);
		long size;
		do {
			size = kernel.call(SystemCall.RECVMSG, descriptor, header.address(), MSG_CMSG_CLOEXEC);
		} while (size == -LinuxException.EINTR);
		if (size <= 0) {
			return null;
		}
		boolean attached = header.get(JAVA_LONG, 40) >= CONTROL_LENGTH && control.get(JAVA_INT, 12) == SCM_RIGHTS;
		return new Message(buffer.asSlice(0, size).toArray(JAVA_BYTE), attached ? control.get(JAVA_INT, 16) : -1);
	}

	/** Closes the socket. */
	public void close() {
		kernel.close(descriptor);
	}
}
