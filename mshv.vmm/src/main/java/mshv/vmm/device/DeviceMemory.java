package mshv.vmm.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Memory that a guest reaches by exits only: what it writes it reads back. */
public final class DeviceMemory implements MmioDevice {
	private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
	private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
	private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

	private final byte[] bytes;

	/** @param size bytes */
	public DeviceMemory(int size) {
		bytes = new byte[size];
	}

	@Override
	public long read(long offset, int size) {
		int at = (int) offset;
		return switch (size) {
			case 1 -> bytes[at];
			case 2 -> (short) SHORT.get(bytes, at);
			case 4 -> (int) INT.get(bytes, at);
			default -> (long) LONG.get(bytes, at);
		};
	}

	@Override
	public void write(long offset, int size, long value) {
		int at = (int) offset;
		switch (size) {
			case 1 -> bytes[at] = (byte) value;
			case 2 -> SHORT.set(bytes, at, (short) value);
			case 4 -> INT.set(bytes, at, (int) value);
			default -> LONG.set(bytes, at, value);
		}
	}
}
