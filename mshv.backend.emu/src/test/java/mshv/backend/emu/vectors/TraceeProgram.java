package mshv.backend.emu.vectors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The program of the traced child, made as bytes: a static ELF64 executable that maps the pages of {@link AddressSpace} from an
 * inherited file, installs signal handlers on a stack of their own, asks to be traced and stops.
 */
final class TraceeProgram {
	/** Offset of the code page, the data pages and the signal stack in the shared file. */
	static final int FILE_CODE = 0;
	static final int FILE_DATA = AddressSpace.PAGE;
	static final int FILE_SIGNAL_STACK = FILE_DATA + AddressSpace.DATA_SIZE;
	static final int SIGNAL_STACK_SIZE = 8 * AddressSpace.PAGE;
	static final int FILE_SIZE = FILE_SIGNAL_STACK + SIGNAL_STACK_SIZE;
	/** Where the signal stack is mapped in the child. */
	static final long SIGNAL_STACK = 0x6100_0000_0000L;

	private static final long BASE = 0x6000_0000_0000L;
	private static final int HEADERS = 64 + 56;
	private static final int[] SIGNALS = {4, 5, 7, 8, 11};

	private final ByteBuffer image = ByteBuffer.allocate(AddressSpace.PAGE).order(ByteOrder.LITTLE_ENDIAN);

	private TraceeProgram() {
	}

	static byte[] image(int fd) {
		TraceeProgram program = new TraceeProgram();
		program.headers();
		long stack = program.signalStack();
		long action = program.signalAction();
		int entry = program.image.position();
		program.code(fd, stack, action);
		program.image.putLong(24, BASE + entry);
		return program.image.array();
	}

	private void headers() {
		image.putInt(0x464C457F).put((byte) 2).put((byte) 1).put((byte) 1).position(16);
		image.putShort((short) 2).putShort((short) 62).putInt(1);
		image.putLong(0).putLong(64).putLong(0).putInt(0);
		image.putShort((short) 64).putShort((short) 56).putShort((short) 1).putShort((short) 64).putInt(0);
		// One PT_LOAD, readable and executable.
		image.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
		image.putLong(AddressSpace.PAGE).putLong(AddressSpace.PAGE).putLong(AddressSpace.PAGE);
		if (image.position() != HEADERS) {
			throw new AssertionError();
		}
	}

	/** A stack_t. */
	private long signalStack() {
		long address = BASE + image.position();
		image.putLong(SIGNAL_STACK).putLong(0).putLong(SIGNAL_STACK_SIZE);
		return address;
	}

	/** A kernel sigaction; the handler is never executed, the tracer only reads the frame made for it. */
	private long signalAction() {
		long address = BASE + image.position();
		final long siginfo = 4;
		final long restorer = 0x04000000;
		final long onStack = 0x08000000;
		final long noDefer = 0x40000000;
		image.putLong(BASE).putLong(siginfo | restorer | onStack | noDefer).putLong(BASE).putLong(0);
		return address;
	}

	private void code(int fd, long stack, long action) {
		map(AddressSpace.CODE, AddressSpace.PAGE, 5, fd, FILE_CODE);
		map(AddressSpace.DATA_LOW, AddressSpace.DATA_SIZE, 3, fd, FILE_DATA);
		map(AddressSpace.DATA_HIGH, AddressSpace.DATA_SIZE, 3, fd, FILE_DATA);
		map(SIGNAL_STACK, SIGNAL_STACK_SIZE, 3, fd, FILE_SIGNAL_STACK);
		final int sigaltstack = 131;
		call(sigaltstack, stack, 0);
		for (int signal : SIGNALS) {
			final int rtSigaction = 13;
			call(rtSigaction, signal, action, 0, 8);
		}
		final int ptrace = 101;
		call(ptrace, 0, 0, 0, 0);
		final int getpid = 39;
		call(getpid);
		// mov edi, eax; mov esi, SIGSTOP; mov eax, kill; syscall; ud2
		image.put(new byte[] {(byte) 0x89, (byte) 0xC7, (byte) 0xBE, 19, 0, 0, 0, (byte) 0xB8, 62, 0, 0, 0, 0x0F, 0x05, 0x0F, 0x0B});
	}

	private void map(long address, long size, int protection, int fd, long offset) {
		final int mmap = 9;
		final int sharedFixed = 0x11;
		call(mmap, address, size, protection, sharedFixed, fd, offset);
	}

	private void call(int number, long... arguments) {
		// movabs to rdi, rsi, rdx, r10, r8, r9
		final int[] moves = {0xBF48, 0xBE48, 0xBA48, 0xBA49, 0xB849, 0xB949};
		for (int i = 0; i < arguments.length; i++) {
			image.putShort((short) moves[i]).putLong(arguments[i]);
		}
		image.put((byte) 0xB8).putInt(number).put((byte) 0x0F).put((byte) 0x05);
	}
}
