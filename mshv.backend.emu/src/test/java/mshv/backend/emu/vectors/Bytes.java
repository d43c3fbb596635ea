package mshv.backend.emu.vectors;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian values in byte arrays. */
final class Bytes {
	private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

	private Bytes() {
	}

	static void put(byte[] array, int offset, long value) {
		LONG.set(array, offset, value);
	}

	static long get(byte[] array, int offset) {
		return (long) LONG.get(array, offset);
	}
}
